import { Readable } from 'node:stream';
import { MediaError } from '../core/media.ts';
import { contradicts, SNIFFED_BYTES } from '../core/media-type.ts';
import { failedForGood, failedForNow } from '../core/outcome.ts';
import { spool } from '../core/spool.ts';

/** Passes the stream on; whatever breaks it is thrown as a `MediaError` that passes. */
export async function* failing(
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* stream;
  } catch (error) {
    throw error instanceof MediaError ? error : new MediaError(failedForNow('media-unavailable', error));
  }
}

/** Passes the stream on once its first bytes do not contradict the declared type; else throws `MediaError`. */
export async function* checkedHead(
  stream: AsyncIterable<Uint8Array>,
  declared: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let head: Uint8Array | undefined = new Uint8Array(0);
  const check = (bytes: Uint8Array): void => {
    if (contradicts(declared, bytes)) throw new MediaError(failedForGood('media-type-mismatch'));
  };
  for await (const chunk of stream) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.byteLength < SNIFFED_BYTES) continue;
    check(head);
    yield head;
    head = undefined;
  }
  if (head === undefined) return;
  check(head);
  yield head;
}

/** A file whose length is known before its bytes are sent. */
export interface SizedFile extends AsyncDisposable {
  readonly size: number;
  readonly stream: Readable;
}

/**
 * The stream with its length. Where nobody announced one it is first written to a temporary file, because homeservers
 * want a Content-Length; disposal removes that file and ends the transfer.
 */
export async function sized(
  stream: AsyncIterable<Uint8Array>,
  announced: number | undefined,
): Promise<SizedFile> {
  if (announced !== undefined) {
    const readable = Readable.from(stream, { objectMode: false, highWaterMark: 64 * 1024 });
    return {
      size: announced,
      stream: readable,
      [Symbol.asyncDispose]: async () => {
        end(readable);
        await closed(stream);
      },
    };
  }
  const file = await spool(stream);
  const readable = file.read();
  return {
    size: file.size,
    stream: readable,
    [Symbol.asyncDispose]: async () => {
      end(readable);
      await file[Symbol.asyncDispose]();
    },
  };
}

/**
 * Ends a transfer that nobody wants any more. A first chunk is asked for, because a generator that has not begun does
 * not pass its end on to the stream that it reads.
 */
export async function closed(stream: AsyncIterable<Uint8Array>): Promise<void> {
  const iterator = stream[Symbol.asyncIterator]();
  try {
    await iterator.next();
    await iterator.return?.();
  } catch {
    // It broke by itself: it is closed.
  }
}

function end(readable: Readable): void {
  readable.on('error', () => undefined);
  readable.destroy();
}
