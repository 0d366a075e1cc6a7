/** Files whose size nobody declared, under rules about size: they are measured while they cross. */
import type { BridgeEvent, Content } from './event.ts';
import { limitBytes, MediaError, type Media } from './media.ts';

/** An event whose files end as soon as they are larger than a rule lets pass. */
export interface Measured {
  readonly event: BridgeEvent;
  /** What was judged, with what is known of the sizes now; undefined where none was larger. */
  readonly larger: (judged: BridgeEvent) => BridgeEvent | undefined;
}

/** Measures the files of undeclared size up to a number of bytes. Pure but for what the transfers find out. */
export function measured(event: BridgeEvent, most: number): Measured {
  let isLarger = false;
  const cut = (media: Media): Media => ({
    ...media,
    open: async (signal) => {
      const opened = await media.open(signal);
      if (opened.kind === 'failed') return opened;
      return { ...opened, stream: noticing(opened.stream) };
    },
  });
  async function* noticing(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* limitBytes(stream, most);
    } catch (error) {
      if (error instanceof MediaError && error.failed.reason === 'too-large') isLarger = true;
      throw error;
    }
  }
  return {
    event: withFiles(event, cut),
    larger: (judged) =>
      isLarger ? withFiles(judged, (media) => ({ ...media, atLeast: most + 1 })) : undefined,
  };
}

/** The event with each file of undeclared size changed. */
function withFiles(event: BridgeEvent, change: (media: Media) => Media): BridgeEvent {
  if (event.kind !== 'message' && event.kind !== 'edit') return event;
  return {
    ...event,
    content: inContent(event.content, (media) => (media.size === undefined ? change(media) : media)),
  };
}

function inContent(content: Content, change: (media: Media) => Media): Content {
  if (content.kind === 'media') return { ...content, media: change(content.media) };
  if (content.kind !== 'gallery') return content;
  const [first, second, ...rest] = content.items;
  return { ...content, items: [change(first), change(second), ...rest.map(change)] };
}
