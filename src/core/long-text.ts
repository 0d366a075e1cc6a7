/** What becomes of a text that a network does not take in one message. Pure. */
import type { Media } from './media.ts';
import { splitText, textBytes } from './split-text.ts';

/** A text in one message, in several, or as a file that is attached to one. */
export type LongText =
  | { readonly kind: 'parts'; readonly parts: readonly [string, ...string[]] }
  | { readonly kind: 'file'; readonly media: Media };

/** A network's limits. `measure` counts bytes as the network does: in UTF-8 where absent. */
export interface TextLimits {
  /** At least 12. */
  readonly maxBytes: number;
  /** With more parts than this the whole text goes as a file. */
  readonly maxParts: number;
  readonly measure?: (text: string) => number;
}

/** Splits a text by a network's limits, or makes a file of it where it would be too many messages. Nothing is lost. */
export function longText(text: string, { maxBytes, maxParts, measure = textBytes }: TextLimits): LongText {
  if (measure(text) > maxBytes * maxParts) return { kind: 'file', media: textFile(text) };
  const parts = splitText(text, maxBytes, measure);
  return parts.length > maxParts ? { kind: 'file', media: textFile(text) } : { kind: 'parts', parts };
}

function textFile(text: string): Media {
  const bytes = Buffer.from(text.toWellFormed());
  const about = { size: bytes.byteLength, mimetype: 'text/plain' };
  return {
    kind: 'file',
    name: 'message.txt',
    ...about,
    ...{ width: undefined, height: undefined, duration: undefined },
    ...{ waveform: undefined, blurhash: undefined, thumbnail: undefined },
    open: async () => ({ kind: 'open', stream: once(bytes), ...about }),
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
