/** Files of people on WhatsApp: fetched from its media host when somebody wants them, and only if genuine. */
import type { Media, OpenMedia } from '../../core/media.ts';
import type { Failed } from '../../core/outcome.ts';
import type { MediaBase } from '../../interop/media/base.ts';
import type { Fetcher } from '../../interop/media/fetcher.ts';
import { openSealed, type OpenedFile } from '../../interop/media/open.ts';
import type { SealedFile } from '../../interop/message/sealed-file.ts';

export interface ReceivedFilesDeps {
  readonly fetcher: Pick<Fetcher, 'fromHost'>;
  readonly base: MediaBase;
  readonly maxBytes: number;
}

/** How the files of messages are opened; nothing is fetched before. */
export function fileOpener({
  fetcher,
  base,
  maxBytes,
}: ReceivedFilesDeps): (file: SealedFile) => Media['open'] {
  return (file) =>
    async (signal): Promise<OpenMedia | Failed> => {
      const opened = await openSealed(() => fetcher.fromHost(base, file.directPath, signal), file, maxBytes);
      if (opened.kind === 'failed') return opened;
      return { kind: 'open', size: opened.size, mimetype: undefined, stream: once(opened) };
    };
}

/** The bytes of a file, once; it is forgotten when they were read, or nobody wants them, begun or not. */
function once(opened: OpenedFile): AsyncIterable<Uint8Array> {
  const forget = async (): Promise<void> => opened[Symbol.asyncDispose]();
  const stream = opened.read()[Symbol.asyncIterator]();
  const iterator: AsyncIterator<Uint8Array, undefined> = {
    next: async () => {
      try {
        const step = await stream.next();
        if (step.done !== true) return { done: false, value: bytesIn(step.value) };
      } catch (error) {
        await forget();
        throw error;
      }
      await forget();
      return { done: true, value: undefined };
    },
    return: async () => {
      await stream.return?.();
      await forget();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

function bytesIn(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError('a file is bytes');
}
