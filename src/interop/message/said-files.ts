/** What messages with files were, for as long as their captions may be changed: an edit need not say the file again [P]. */
import { createHash } from 'node:crypto';
import type { NetworkId, RemoteMessageId } from '../../core/ids.ts';
import type { NetworkRecords, RecordChange, RecordName } from '../../core/network-records.ts';
import { fileWordOf } from './caption-edit.ts';

const collection = 'said-file';
/** A thumbnail may make a message large; beyond this its caption stays as it is. */
const mostBytes = 128 * 1024;
/** As long as mail waits: an edit comes no later [G]. */
const keepMs = 30 * 86_400_000;

export interface SaidFilesDeps {
  readonly network: NetworkId;
  readonly records: NetworkRecords;
  /** Of one owner: beyond these the oldest keep their captions. */
  readonly most: number;
  readonly now: () => number;
}

/** A message, and whose it is: what is kept of an owner goes together. */
export interface SaidMessage {
  readonly owner: string;
  /** Given where messages of more than one sender have one owner: nobody edits what others said. */
  readonly sender?: string;
  readonly id: RemoteMessageId;
  /** What its ciphertext opened to. */
  readonly padded: Uint8Array;
}

export class SaidFiles {
  readonly #deps: SaidFilesDeps;

  constructor(deps: SaidFilesDeps) {
    this.#deps = deps;
  }

  /** Keeps a message with a file in mind; answers the message that an edit of a caption is about, where that is known. */
  async take({ padded, ...said }: SaidMessage): Promise<Uint8Array | undefined> {
    const { network, records, now } = this.#deps;
    const word = fileWordOf(padded);
    switch (word.kind) {
      case 'neither':
        return undefined;
      case 'caption': {
        const kept = await records.get(network, recordOf(said, word.of));
        return kept && new Uint8Array(Buffer.from(kept.value, 'base64'));
      }
      case 'file': {
        if (padded.byteLength > mostBytes) return undefined;
        const of = recordOf(said, said.id);
        const value = Buffer.from(padded).toString('base64');
        const room = await this.#roomFor(of);
        await records.commit(network, [...room, { kind: 'put', of, value, at: now() }]);
        return undefined;
      }
    }
  }

  /** Strangers send as many as they like. */
  async #roomFor({ name: fresh, ...owned }: RecordName): Promise<readonly RecordChange[]> {
    const { network, records, most } = this.#deps;
    const excess = (await records.count(network, owned)) - most + 1;
    if (excess <= 0) return [];
    const oldest = await records.list(network, owned, { limit: excess });
    return oldest.flatMap(({ name }) => (name === fresh ? [] : [{ kind: 'delete', of: { ...owned, name } }]));
  }

  async forget(owner: string): Promise<void> {
    const { network, records } = this.#deps;
    await records.commit(network, [{ kind: 'delete-all', of: saidFilesOf(owner) }]);
  }

  sweep(): Promise<number> {
    const { network, records, now } = this.#deps;
    return records.sweep(network, collection, now() - keepMs);
  }
}

/** All that is kept of an owner, for who forgets them. */
export function saidFilesOf(owner: string): Omit<RecordName, 'name'> {
  return { collection, owner };
}

function recordOf({ owner, sender }: Pick<SaidMessage, 'owner' | 'sender'>, id: RemoteMessageId): RecordName {
  const whole = sender === undefined ? id : `${sender} ${id}`;
  return { ...saidFilesOf(owner), name: createHash('sha256').update(whole).digest('base64url') };
}
