/** What the messages with files of people on a network were, for as long as their captions may be changed. */
import { createHash } from 'node:crypto';
import type { NetworkId, RemoteMessageId } from '../../core/ids.ts';
import type { NetworkRecords, RecordName } from '../../core/network-records.ts';
import { fileWordOf } from './caption-edit.ts';

const collection = 'said-file';
/** A thumbnail may make a message large; beyond this its caption stays as it is. */
const mostBytes = 128 * 1024;
/** As long as mail waits: an edit comes no later [G]. */
const keepMs = 30 * 86_400_000;

export interface SaidFilesDeps {
  readonly network: NetworkId;
  readonly records: NetworkRecords;
  readonly now: () => number;
}

/** A chat: what of it is forgotten together, and what tells it from others of that owner. */
export interface ChatOfFiles {
  readonly owner: string;
  readonly chat: string;
}

export class SaidFiles {
  readonly #deps: SaidFilesDeps;

  constructor(deps: SaidFilesDeps) {
    this.#deps = deps;
  }

  /** Keeps a message with a file in mind; answers the message that an edit of a caption is about, where that is known. */
  async take(of: ChatOfFiles, id: RemoteMessageId, padded: Uint8Array): Promise<Uint8Array | undefined> {
    const { network, records, now } = this.#deps;
    const word = fileWordOf(padded);
    switch (word.kind) {
      case 'neither':
        return undefined;
      case 'caption': {
        const kept = await records.get(network, nameOf(of, word.of));
        return kept && new Uint8Array(Buffer.from(kept.value, 'base64'));
      }
      case 'file': {
        if (padded.byteLength > mostBytes) return undefined;
        const value = Buffer.from(padded).toString('base64');
        await records.commit(network, [{ kind: 'put', of: nameOf(of, id), value, at: now() }]);
        return undefined;
      }
    }
  }

  sweep(): Promise<number> {
    const { network, records, now } = this.#deps;
    return records.sweep(network, collection, now() - keepMs);
  }
}

/** Those of an owner, for who forgets it. */
export function saidFilesOf(owner: string): Omit<RecordName, 'name'> {
  return { collection, owner };
}

function nameOf({ owner, chat }: ChatOfFiles, id: RemoteMessageId): RecordName {
  const name = createHash('sha256')
    .update(JSON.stringify([chat, id]))
    .digest('base64url');
  return { ...saidFilesOf(owner), name };
}
