/** Files of users on their way: sealed onto the partner's own shelf, once for each message, until they are fetched. */
import * as z from 'zod';
import type { Content } from '../../core/event.ts';
import type { MatrixUserId, NetworkId, RemoteMessageId } from '../../core/ids.ts';
import { limitBytes, MediaError, type Media } from '../../core/media.ts';
import type { NetworkRecords, RecordName } from '../../core/network-records.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import { readSmallFile } from '../../core/small-file.ts';
import { voiceFor, type Transcoder } from '../../core/transcoder.ts';
import { newMediaKey } from '../../interop/media/keys.ts';
import { downloadPath } from '../../interop/media/paths.ts';
import { seal } from '../../interop/media/seal.ts';
import type { ShelfFailed } from '../../interop/media/shelf/failure.ts';
import { newRef, type Shelf } from '../../interop/media/shelf/shelf.ts';
import { sealedKindOf, type WrittenFile } from '../../interop/message/content-parts.ts';

const collection = 'sent-file';
/** A card stands in the message itself. */
const mostCardBytes = 64 * 1024;
const mostThumbnailBytes = 32 * 1024;

const bytes = z.base64().transform((text): Uint8Array => Buffer.from(text, 'base64'));
const kept = z.object({
  /** Where it lies and what opens it: known before anything is written, so that a repeat takes the same place. */
  ref: z.string(),
  mediaKey: bytes,
  /** How the file was described: by this an edit knows whether it is another. */
  looks: z.string(),
  /** What came of it, once it is on the shelf. */
  sealed: z
    .object({
      kind: z.enum(['image', 'video', 'audio', 'document']),
      plainHash: bytes,
      sealedHash: bytes,
      plainSize: z.number(),
      /** As what it went, where that is another form than it came in. */
      mimetype: z.string().optional(),
      thumbnail: bytes.optional(),
    })
    .optional(),
});
type Kept = z.output<typeof kept>;
type Sealed = NonNullable<Kept['sealed']>;

export interface SentFilesDeps {
  readonly id: NetworkId;
  readonly integrator: number;
  readonly records: NetworkRecords;
  readonly shelf: Shelf;
  readonly transcoder: Transcoder | undefined;
  readonly maxBytes: number;
  readonly keepMs: number;
  readonly now: () => number;
}
export interface SentFiles {
  readonly kind: 'files';
  readonly files: readonly WrittenFile[];
  /** The content, as its files went. */
  readonly content: Content;
}

type Went = WrittenFile & { readonly mimetype?: string | undefined };
interface One {
  readonly user: MatrixUserId;
  readonly name: string;
  readonly media: Media;
  readonly signal: AbortSignal;
}

export class FileSender {
  readonly #deps: SentFilesDeps;

  constructor(deps: SentFilesDeps) {
    this.#deps = deps;
  }

  /** The files of a content, in order, of a message that a user sends; the same again for the same message. */
  async of(
    user: MatrixUserId,
    message: RemoteMessageId,
    content: Content,
    signal: AbortSignal,
  ): Promise<SentFiles | Failed> {
    const files: WrittenFile[] = [];
    let went = content;
    for (const [index, media] of mediaIn(content).entries()) {
      const file = await this.#one({ user, name: nameOf(message, index), media, signal });
      if (file.kind === 'failed') return file;
      files.push(file);
      const { mimetype } = file.kind === 'sealed' ? file : {};
      if (mimetype !== undefined && content.kind === 'media')
        went = { ...content, media: { ...media, mimetype } };
    }
    return { kind: 'files', files, content: went };
  }

  /** Whether the files of an edit are those of the message that it changes, as far as is known of them. */
  async areSame(user: MatrixUserId, message: RemoteMessageId, content: Content): Promise<boolean> {
    for (const [index, media] of mediaIn(content).entries()) {
      const known = await this.#find(user, nameOf(message, index));
      if (known !== undefined && known.looks !== looksOf(media)) return false;
    }
    return true;
  }

  /** Drops what is remembered of files that are not there any more. */
  async sweep(): Promise<void> {
    const { id, records, now, keepMs } = this.#deps;
    await records.sweep(id, collection, now() - keepMs);
  }

  /** Takes away all that a user has sent. */
  async forget(user: MatrixUserId): Promise<void> {
    await this.#deps.shelf.removeOwner(user);
    await this.#deps.records.commit(this.#deps.id, [{ kind: 'delete-all', of: { collection, owner: user } }]);
  }

  async #one(one: One): Promise<Went | Failed> {
    if (one.media.kind === 'contact') return cardFrom(one.media, one.signal);
    const { user, name, media } = one;
    const known = await this.#find(user, name);
    if (known?.sealed !== undefined && (await this.#isThere(known.ref)))
      return this.#written(known, known.sealed);
    const intent = known ?? { ref: newRef(), mediaKey: newMediaKey(), looks: looksOf(media) };
    if (known === undefined) await this.#put(user, name, intent);
    const sealed = await this.#seal(one, intent);
    if ('reason' in sealed) return sealed;
    await this.#put(user, name, { ...intent, sealed });
    return this.#written(intent, sealed);
  }

  async #seal({ user, media, signal }: One, { ref, mediaKey }: Kept): Promise<Sealed | Failed> {
    const { maxBytes, shelf, keepMs } = this.#deps;
    if (media.size !== undefined && media.size > maxBytes) return failedForGood('too-large');
    const playable = await this.#playable(media, signal);
    const opened = await playable.open(signal);
    if (opened.kind === 'failed') return opened;
    const kind = sealedKindOf(media);
    const sealing = seal(limitBytes(opened.stream, maxBytes), mediaKey, kind);
    try {
      const put = await shelf.put({ ref, owner: user, keepMs }, sealing.stream);
      if (put.kind === 'failed') return failureOf(put);
      const facts = sealing.facts();
      if (facts === undefined) throw new Error('what was sealed to its end has facts');
      const { plainHash, sealedHash, plainSize } = facts;
      const thumbnail = await thumbnailOf(media, signal);
      const other = playable.mimetype === media.mimetype ? {} : { mimetype: playable.mimetype };
      const small = thumbnail === undefined ? {} : { thumbnail };
      return { ...{ kind, plainHash, sealedHash, plainSize }, ...other, ...small };
    } catch (error) {
      if (error instanceof MediaError) return error.failed;
      if (signal.aborted) return failedForNow('timeout', error);
      throw error;
    }
  }

  /** Voice messages are Ogg with Opus there, as most of Matrix's are. */
  async #playable(media: Media, signal: AbortSignal): Promise<Media> {
    if (media.kind !== 'voice') return media;
    return voiceFor(this.#deps.transcoder, media, 'ogg-opus', signal);
  }

  #written({ ref, mediaKey }: Kept, { thumbnail, mimetype, ...sealed }: Sealed): Went {
    const { integrator } = this.#deps;
    const file = { ...sealed, mediaKey, directPath: downloadPath({ integrator, ref }) };
    return { kind: 'sealed', file, mimetype, ...(thumbnail === undefined ? {} : { thumbnail }) };
  }

  async #isThere(ref: string): Promise<boolean> {
    const found = await this.#deps.shelf.find(ref);
    await found?.[Symbol.asyncDispose]();
    return found !== undefined;
  }

  async #find(user: MatrixUserId, name: string): Promise<Kept | undefined> {
    const record = await this.#deps.records.get(this.#deps.id, recordOf(user, name));
    return record && kept.parse(JSON.parse(record.value));
  }

  async #put(user: MatrixUserId, name: string, one: Kept): Promise<void> {
    const { id, records, now } = this.#deps;
    const value = JSON.stringify(written(one));
    await records.commit(id, [{ kind: 'put', of: recordOf(user, name), value, at: now() }]);
  }
}

function written({ ref, mediaKey, looks, sealed }: Kept): z.input<typeof kept> {
  const known = { ref, mediaKey: base64(mediaKey), looks };
  if (sealed === undefined) return known;
  const { plainHash, sealedHash, thumbnail, ...rest } = sealed;
  const small = thumbnail === undefined ? {} : { thumbnail: base64(thumbnail) };
  return {
    ...known,
    sealed: { ...rest, plainHash: base64(plainHash), sealedHash: base64(sealedHash), ...small },
  };
}

function base64(some: Uint8Array): string {
  return Buffer.from(some).toString('base64');
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

function nameOf(message: RemoteMessageId, index: number): string {
  return `${message} ${String(index)}`;
}

function recordOf(owner: MatrixUserId, name: string): RecordName {
  return { collection, owner, name };
}
