/** Files of providers' users: fetched from the provider's own server when somebody wants them, and only if genuine. */
import type { Media, OpenMedia } from '../../core/media.ts';
import { failedForGood, type Failed } from '../../core/outcome.ts';
import type { Fetcher } from '../../interop/media/fetcher.ts';
import { openSealed, type OpenedFile } from '../../interop/media/open.ts';
import type { SealedFile } from '../../interop/message/sealed-file.ts';
import type { Providers } from './provider-book.ts';

export interface PartnerMediaDeps {
  /** Each provider's own, with what it is trusted with. */
  readonly fetchers: ReadonlyMap<number, Fetcher>;
  readonly providers: Providers;
  readonly maxBytes: number;
}

/** How a file of a message is opened. */
export function openerOf(
  { fetchers, providers, maxBytes }: PartnerMediaDeps,
  integrator: number,
  file: SealedFile,
): Media['open'] {
  return async (signal): Promise<OpenMedia | Failed> => {
    const base = providers.numbered(integrator)?.media;
    const fetcher = fetchers.get(integrator);
    if (base === undefined || fetcher === undefined) return failedForGood('media-gone');
    const fetch = (): Promise<OpenMedia | Failed> =>
      fetcher.fromPartner({ path: file.directPath, integrator, base }, signal);
    const opened = await openSealed(fetch, file, maxBytes);
    if (opened.kind === 'failed') return opened;
    return { kind: 'open', size: opened.size, mimetype: undefined, stream: once(opened) };
  };
}

/** The bytes of a file, once; it is forgotten when they were read, or when nobody wants them, begun or not. */
function once(opened: OpenedFile): AsyncIterable<Uint8Array> {
  const forget = (): Promise<void> => Promise.resolve(opened[Symbol.asyncDispose]());
  const bytes = opened.read()[Symbol.asyncIterator]();
  const iterator: AsyncIterator<Uint8Array, undefined> = {
    next: async () => {
      const next = await bytes.next().catch(async (error: unknown) => {
        await forget();
        throw error;
      });
      if (next.done !== true) return { done: false, value: bytesIn(next.value) };
      await forget();
      return { done: true, value: undefined };
    },
    return: async () => {
      await bytes.return?.();
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
