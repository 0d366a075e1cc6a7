/** How the host's records are named. Owners are users' numbers; nothing that names a person stands in the clear. */
import type { z } from 'zod';
import type { NetworkId } from '../../core/ids.ts';
import type { NetworkRecords, RecordChange, RecordName } from '../../core/network-records.ts';
import type { Turns } from '../../core/turns.ts';

/** What everything that keeps something works with. What changes an account's records is done in its turn. */
export interface Keeping {
  readonly network: NetworkId;
  readonly records: NetworkRecords;
  readonly turns: Turns;
  readonly now: () => number;
}

/** Collections of an account, by its user's number. */
export const accountCollections = ['account', 'seen', 'keys', 'prekeys', 'given', 'mail', 'done'] as const;
export type AccountCollection = (typeof accountCollections)[number];

export function ofAccount(
  collection: AccountCollection | 'telling',
  owner: string,
  name: string,
): RecordName {
  return { collection, owner, name };
}

/** Who has an identifier, by its digest. */
export function ofIdentifier(digest: string): RecordName {
  return { collection: 'identifier', owner: '', name: digest };
}

/** Who had an identifier last, by its digest, after their account is gone. */
export function ofFormer(digest: string): RecordName {
  return { collection: formers, owner: '', name: digest };
}
export const formers = 'former';

/** The host's own. */
export function ofHost(name: string): RecordName {
  return { collection: 'host', owner: '', name };
}

export function put(of: RecordName, value: unknown, at: number): RecordChange {
  return { kind: 'put', of, value: JSON.stringify(value), at };
}

/** What does not parse is a broken database, and throws. */
export function readKept<T>(shape: z.ZodType<T>, value: string): T {
  const parsed = shape.safeParse(JSON.parse(value));
  if (!parsed.success) throw new Error("a record of the host's is not what it should be");
  return parsed.data;
}

export function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

export function toBytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'base64'));
}

const pageSize = 500;

/** All owners of a collection, page by page. */
export async function* allOwners(
  { network, records }: Keeping,
  collection: string,
): AsyncGenerator<string, void, undefined> {
  let after: string | undefined;
  for (;;) {
    const page = await records.owners(network, collection, {
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    });
    yield* page;
    after = page.at(-1);
    if (after === undefined || page.length < pageSize) return;
  }
}
