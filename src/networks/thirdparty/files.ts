/** Files of homeserver users on their way to a provider: sealed onto the shelf, once for each message. */
import { createHmac } from 'node:crypto';
import * as z from 'zod';
import type { Content } from '../../core/event.ts';
import type { RemoteMessageId } from '../../core/ids.ts';
import { limitBytes, MediaError, type Media } from '../../core/media.ts';
import type { NetworkRecords, RecordName } from '../../core/network-records.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import { readSmallFile } from '../../core/small-file.ts';
import { hostedPath } from '../../interop/media/paths.ts';
import { seal } from '../../interop/media/seal.ts';
import type { ShelfFailed } from '../../interop/media/shelf/failure.ts';
import type { Shelf } from '../../interop/media/shelf/shelf.ts';
import { sealedKindOf, type WrittenFile } from '../../interop/message/content-parts.ts';
import type { SealedFile } from '../../interop/message/sealed-file.ts';
import { id as network } from './ids.ts';

const collection = 'sent-file';
/** A card stands in the message itself. */
const mostCardBytes = 64 * 1024;
const mostThumbnailBytes = 48 * 1024;

const kept = z.object({
  kind: z.enum(['image', 'video', 'audio', 'document']),
  plainHash: z.string(),
  sealedHash: z.string(),
  plainSize: z.number(),
  /** What the file looked like before it was opened: by this an edit knows whether it is another. */
  looks: z.string(),
  thumbnail: z.string().optional(),
});
type Kept = z.infer<typeof kept>;

export interface FilesDeps {
  readonly shelf: Shelf;
  readonly records: NetworkRecords;
  readonly key: Uint8Array;
  readonly maxBytes: number;
  readonly keepMs: number;
  readonly now: () => number;
}
export interface Written {
  readonly kind: 'written';
  readonly files: readonly WrittenFile[];
}

export class Files {
  readonly #deps: FilesDeps;

  constructor(deps: FilesDeps) {
    this.#deps = deps;
  }

  /**
   * The files of a content, in order, of the message `id` that `owner` sends. Keys and references follow from the message's
   * name and are kept with what was sealed, so that a repeat finds what is there.
   */
  async write(
    owner: string,
    id: RemoteMessageId,
    content: Content,
    signal: AbortSignal,
  ): Promise<Written | Failed> {
    const files: WrittenFile[] = [];
    for (const [index, media] of mediaIn(content).entries()) {
      const file = await this.#writeOne({ owner, name: this.#nameOf(owner, id, index), media, signal });
      if (file.kind === 'failed') return file;
      files.push(file);
    }
    return { kind: 'written', files };
  }

  /** Whether the files of an edit are those of the message that it changes, as far as is known of them. */
  async areSame(owner: string, id: RemoteMessageId, content: Content): Promise<boolean> {
    for (const [index, media] of mediaIn(content).entries()) {
      const known = await this.#find(owner, this.#nameOf(owner, id, index));
      if (known !== undefined && known.looks !== looksOf(media)) return false;
    }
    return true;
  }

  /** Drops what is remembered of files that are not there any more. */
  sweep(): Promise<number> {
    const { records, now, keepMs } = this.#deps;
    return records.sweep(network, collection, now() - keepMs);
  }

  /** Takes away all that a user has sent. */
  async forget(owner: string): Promise<void> {
    await this.#deps.shelf.removeOwner(owner);
    await this.#deps.records.commit(network, [{ kind: 'delete-all', of: { collection, owner } }]);
  }

  async #writeOne(one: One): Promise<WrittenFile | Failed> {
    const { owner, name, media, signal } = one;
    if (media.kind === 'contact') return cardFrom(media, signal);
    const known = await this.#find(owner, name);
    if (known !== undefined && (await this.#isThere(name))) return this.#written(name, known);
    const sealed = await this.#seal(one);
    if ('reason' in sealed) return sealed;
    const { records, now } = this.#deps;
    const value = JSON.stringify(sealed);
    await records.commit(network, [{ kind: 'put', of: recordOf(owner, name), value, at: now() }]);
    return this.#written(name, sealed);
  }

  async #seal({ owner, name, media, signal }: One): Promise<Kept | Failed> {
    const { maxBytes, shelf, keepMs } = this.#deps;
    if (media.size !== undefined && media.size > maxBytes) return failedForGood('too-large');
    const opened = await media.open(signal);
    if (opened.kind === 'failed') return opened;
    const kind = sealedKindOf(media);
    const sealing = seal(limitBytes(opened.stream, maxBytes), this.#keyOf(name), kind);
    try {
      const put = await shelf.put({ ref: this.#refOf(name), owner, keepMs }, sealing.stream);
      const facts = sealing.facts();
      if (put.kind === 'failed') return failureOf(put);
      if (facts === undefined) throw new Error('what was sealed to its end has facts');
      const thumbnail = await thumbnailOf(media, signal);
      return {
        ...{ kind, plainHash: textOf(facts.plainHash), sealedHash: textOf(facts.sealedHash) },
        ...{ plainSize: facts.plainSize, looks: looksOf(media) },
        ...(thumbnail === undefined ? {} : { thumbnail: textOf(thumbnail) }),
      };
    } catch (error) {
      if (error instanceof MediaError) return error.failed;
      if (signal.aborted) return failedForNow('timeout', error);
      throw error;
    }
  }

  #written(name: string, { kind, plainHash, sealedHash, plainSize, thumbnail }: Kept): WrittenFile {
    const file: SealedFile = {
      ...{ kind, plainSize, mediaKey: this.#keyOf(name) },
      ...{ plainHash: bytesOf(plainHash), sealedHash: bytesOf(sealedHash) },
      directPath: hostedPath(this.#refOf(name)),
    };
    return { kind: 'sealed', file, ...(thumbnail === undefined ? {} : { thumbnail: bytesOf(thumbnail) }) };
  }

  async #isThere(name: string): Promise<boolean> {
    const found = await this.#deps.shelf.find(this.#refOf(name));
    await found?.[Symbol.asyncDispose]();
    return found !== undefined;
  }

  async #find(owner: string, name: string): Promise<Kept | undefined> {
    const record = await this.#deps.records.get(network, recordOf(owner, name));
    return record && kept.parse(JSON.parse(record.value));
  }

  #nameOf(owner: string, id: RemoteMessageId, index: number): string {
    return textOf(this.#derived(`name ${owner} ${id} ${String(index)}`));
  }

  #keyOf(name: string): Uint8Array {
    return this.#derived(`media key ${name}`);
  }

  #refOf(name: string): string {
    return textOf(this.#derived(`reference ${name}`));
  }

  #derived(what: string): Uint8Array {
    return new Uint8Array(createHmac('sha256', this.#deps.key).update(`file ${what}`).digest());
  }
}

interface One {
  readonly owner: string;
  readonly name: string;
  readonly media: Media;
  readonly signal: AbortSignal;
}

function mediaIn(content: Content): readonly Media[] {
  switch (content.kind) {
    case 'media':
      return [content.media];
    case 'gallery':
      return content.items;
    case 'text':
    case 'location':
    case 'poll':
      return [];
  }
}

async function cardFrom(media: Media, signal: AbortSignal): Promise<WrittenFile | Failed> {
  const card = await readSmallFile(media, mostCardBytes, signal);
  if (card.kind === 'failed') return card;
  return { kind: 'card', vcard: Buffer.from(card.bytes).toString('utf8') };
}

/** What goes wrong with a thumbnail is no reason for its file to fail. */
async function thumbnailOf({ thumbnail }: Media, signal: AbortSignal): Promise<Uint8Array | undefined> {
  if (thumbnail?.mimetype !== 'image/jpeg') return undefined;
  const small = await readSmallFile(thumbnail, mostThumbnailBytes, signal);
  return small.kind === 'file' ? small.bytes : undefined;
}

function failureOf(failed: ShelfFailed): Failed {
  switch (failed.reason) {
    case 'too-large':
      return failedForGood('too-large', failed);
    case 'taken':
      return failedForGood('internal', failed);
    case 'owner-full':
    case 'full':
    case 'disk-full':
    case 'disk':
      return failedForNow('media-unavailable', failed);
  }
}

function looksOf({ name, mimetype, size }: Media): string {
  return JSON.stringify([name, mimetype, size ?? null]);
}

function recordOf(owner: string, name: string): RecordName {
  return { collection, owner, name };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64url'));
}
