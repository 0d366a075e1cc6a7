/** The file of a message whose caption was edited, out of what is kept of that message. Pure. */
import type { Media } from '../../core/media.ts';
import { openPlaintext, type Came, type OpenContext } from './from-wire.ts';

/** What an edit is opened with beside its context; `before` is what the message's ciphertext opened to, where it was kept. */
export function withFileBefore(
  before: Uint8Array | undefined,
  came: Came,
  context: OpenContext,
): OpenContext {
  return before === undefined ? context : { ...context, fileOf: () => fileIn(before, came, context) };
}

function fileIn(before: Uint8Array, came: Came, context: OpenContext): Media | undefined {
  const { opened } = openPlaintext(before, came, context);
  if (opened.kind !== 'event' || opened.event.kind !== 'message') return undefined;
  const { content } = opened.event;
  return content.kind === 'media' ? content.media : undefined;
}
