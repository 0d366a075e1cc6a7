/** What is kept of a user's membership between starts: where it stands, the keys of the channel, and what is owed. */
import * as z from 'zod';
import { matrixUserId, type MatrixUserId, type NetworkId } from '../../core/ids.ts';
import type { NetworkRecords, RecordName } from '../../core/network-records.ts';
import { parseLogin, renderLogin, type Login } from '../../interop/enlistment/login.ts';
import { curveKeyPair, newCurveKeyPair, type CurveKeyPair } from '../../interop/noise/curve-key.ts';
import type { EnlistmentTrouble } from './deps.ts';

/** Where a membership stands. The keys are those of the channel's handshake. */
export type Membership =
  /** The user wants to be enlisted, and is not yet. */
  | {
      readonly kind: 'wanted';
      readonly keys: CurveKeyPair;
      /** The account that the host has taken away. */
      readonly before: Login | undefined;
    }
  | { readonly kind: 'enlisted'; readonly keys: CurveKeyPair; readonly login: Login; readonly at: number }
  /** The host does not want the user. */
  | { readonly kind: 'refused'; readonly reason: EnlistmentTrouble; readonly at: number }
  /** The account is to be deleted; `then` says whether the user may come back by themselves only. */
  | {
      readonly kind: 'leaving';
      readonly keys: CurveKeyPair;
      readonly login: Login;
      readonly since: number;
      readonly then: 'unlinked' | 'forgotten';
    }
  /** The user has ended it, and stays enabled: only `link` begins it again. */
  | { readonly kind: 'unlinked' };

export type Of<K extends Membership['kind']> = Extract<Membership, { readonly kind: K }>;
/** Something is to be done about it. */
export type UnderWay = Of<'wanted' | 'enlisted' | 'leaving'>;

export function isUnderWay(membership: Membership | undefined): membership is UnderWay {
  return membership?.kind === 'wanted' || membership?.kind === 'enlisted' || membership?.kind === 'leaving';
}

const login = z.string().transform((text, context) => {
  const parsed = parseLogin(text);
  if (parsed === undefined) context.addIssue({ code: 'custom', message: 'not a login' });
  return parsed ?? z.NEVER;
});
const keys = z.base64().transform((text) => curveKeyPair(new Uint8Array(Buffer.from(text, 'base64'))));
const shape = z.discriminatedUnion('kind', [
  z
    .object({ kind: z.literal('wanted'), keys, before: login.optional() })
    .transform(({ before, ...rest }) => ({ ...rest, before })),
  z.object({ kind: z.literal('enlisted'), keys, login, at: z.number() }),
  z.object({
    kind: z.literal('refused'),
    reason: z.enum([
      'bad_integrator',
      'bad_param',
      'missing_param',
      'bad_token',
      'blocked',
      'old_version',
      'too_many',
      'too_recent',
      'temporarily_unavailable',
      'unknown',
      'no-answer',
      'no-identifier',
    ]),
    at: z.number(),
  }),
  z.object({
    kind: z.literal('leaving'),
    keys,
    login,
    since: z.number(),
    then: z.enum(['unlinked', 'forgotten']),
  }),
  z.object({ kind: z.literal('unlinked') }),
]);

const collection = 'member';
const pageSize = 500;

/** Memberships, as they are kept. */
export class MemberRecords {
  readonly #id: NetworkId;
  readonly #records: NetworkRecords;
  readonly #now: () => number;

  constructor(id: NetworkId, records: NetworkRecords, now: () => number) {
    this.#id = id;
    this.#records = records;
    this.#now = now;
  }

  async all(): Promise<ReadonlyMap<MatrixUserId, Membership>> {
    const found = new Map<MatrixUserId, Membership>();
    let after: string | undefined;
    for (;;) {
      const page = await this.#records.owners(this.#id, collection, {
        ...(after === undefined ? {} : { after }),
        limit: pageSize,
      });
      for (const owner of page) {
        const record = await this.#records.get(this.#id, nameOf(owner));
        if (record !== undefined) found.set(matrixUserId(owner), shape.parse(JSON.parse(record.value)));
      }
      after = page.at(-1);
      if (page.length < pageSize || after === undefined) return found;
    }
  }

  async put(user: MatrixUserId, membership: Membership): Promise<void> {
    const value = JSON.stringify(written(membership));
    await this.#records.commit(this.#id, [{ kind: 'put', of: nameOf(user), value, at: this.#now() }]);
  }

  async remove(user: MatrixUserId): Promise<void> {
    await this.#records.commit(this.#id, [{ kind: 'delete', of: nameOf(user) }]);
  }
}

/** New keys for somebody who is to be enlisted. */
export function wanted(): Membership & { readonly kind: 'wanted' } {
  return { kind: 'wanted', keys: newCurveKeyPair(), before: undefined };
}

function written(membership: Membership): Readonly<Record<string, unknown>> {
  switch (membership.kind) {
    case 'wanted': {
      const { before } = membership;
      const known = before === undefined ? {} : { before: renderLogin(before) };
      return { kind: 'wanted', keys: privateKey(membership.keys), ...known };
    }
    case 'enlisted':
    case 'leaving':
      return { ...membership, keys: privateKey(membership.keys), login: renderLogin(membership.login) };
    case 'refused':
    case 'unlinked':
      return { ...membership };
  }
}

function privateKey({ privateKey: key }: CurveKeyPair): string {
  return Buffer.from(key).toString('base64');
}

function nameOf(user: string): RecordName {
  return { collection, owner: user, name: '' };
}
