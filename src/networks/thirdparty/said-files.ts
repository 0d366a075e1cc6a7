/** What the messages with files of providers' users were, for as long as their captions may be changed. */
import { createHash } from 'node:crypto';
import type { RemoteMessageId } from '../../core/ids.ts';
import type { NetworkRecords, RecordChange, RecordName } from '../../core/network-records.ts';
import { fileWordOf } from '../../interop/message/caption-edit.ts';
import { id as network } from './ids.ts';

export const saidFiles = 'said-file';
/** A thumbnail may make a message large; beyond this its caption stays as it is. */
const mostBytes = 128 * 1024;
/** Of one chat: beyond these the oldest keep their captions [G]. */
const mostOfChat = 100;
/** As long as mail waits: an edit comes no later [G]. */
const keepMs = 30 * 86_400_000;

export class SaidFiles {
  readonly #records: NetworkRecords;
  readonly #now: () => number;

  constructor(records: NetworkRecords, now: () => number) {
    this.#records = records;
    this.#now = now;
  }

  /** Keeps a message with a file in mind; answers the message that an edit of a caption is about, where that is known. */
  async take(
    person: string,
    resident: string,
    id: RemoteMessageId,
    padded: Uint8Array,
  ): Promise<Uint8Array | undefined> {
    const word = fileWordOf(padded);
    switch (word.kind) {
      case 'neither':
        return undefined;
      case 'caption': {
        const kept = await this.#records.get(network, nameOf(person, resident, word.of));
        return kept && new Uint8Array(Buffer.from(kept.value, 'base64'));
      }
      case 'file': {
        if (padded.byteLength > mostBytes) return undefined;
        const of = nameOf(person, resident, id);
        const value = Buffer.from(padded).toString('base64');
        const room = await this.#roomFor(of);
        await this.#records.commit(network, [...room, { kind: 'put', of, value, at: this.#now() }]);
        return undefined;
      }
    }
  }

  /** Strangers send as many as they like. */
  async #roomFor({ name: fresh, ...chat }: RecordName): Promise<readonly RecordChange[]> {
    const excess = (await this.#records.count(network, chat)) - mostOfChat + 1;
    if (excess <= 0) return [];
    const oldest = await this.#records.list(network, chat, { limit: excess });
    return oldest.flatMap(({ name }) => (name === fresh ? [] : [{ kind: 'delete', of: { ...chat, name } }]));
  }

  sweep(): Promise<number> {
    return this.#records.sweep(network, saidFiles, this.#now() - keepMs);
  }
}

/** Whose they are, for who forgets one of the two. */
export function saidFilesOf(person: string, resident: string): Omit<RecordName, 'name'> {
  return { collection: saidFiles, owner: `${person} ${resident}` };
}

function nameOf(person: string, resident: string, id: RemoteMessageId): RecordName {
  const name = createHash('sha256').update(id).digest('base64url');
  return { ...saidFilesOf(person, resident), name };
}
