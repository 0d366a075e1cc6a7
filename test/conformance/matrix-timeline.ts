import type { SeenEvent } from '../support/matrix-event.ts';
import type { Seen } from './rig.ts';

/** Loads the bytes behind an `mxc://` address. */
export type LoadMedia = (mxc: string) => Promise<Uint8Array>;

/** Reads a room's events as its user sees them: what `sender` has written, and done to what was written. */
export function readTimeline(events: readonly SeenEvent[], sender: string, load: LoadMedia): readonly Seen[] {
  const reactions = new Map<string, { readonly target: string; readonly emoji: string }>();
  return events.filter((event) => event.sender === sender).flatMap((event) => read(event, reactions, load));
}

function read(
  event: SeenEvent,
  reactions: Map<string, { readonly target: string; readonly emoji: string }>,
  load: LoadMedia,
): readonly Seen[] {
  const { relation } = event;
  if (event.type === 'm.reaction' && relation?.key !== undefined) {
    reactions.set(event.eventId, { target: relation.eventId, emoji: relation.key });
    return [reactionsTo(relation.eventId, reactions)];
  }
  if (event.type === 'm.room.redaction' && event.redacts !== undefined) {
    const reaction = reactions.get(event.redacts);
    if (reaction === undefined) return [{ kind: 'retraction', target: event.redacts }];
    reactions.delete(event.redacts);
    return [reactionsTo(reaction.target, reactions)];
  }
  return event.type === 'm.room.message' ? [message(event, load)] : [];
}

function reactionsTo(
  target: string,
  reactions: ReadonlyMap<string, { readonly target: string; readonly emoji: string }>,
): Seen {
  const emojis = [...reactions.values()].filter((one) => one.target === target).map(({ emoji }) => emoji);
  return { kind: 'reactions', target, emojis };
}

function message(event: SeenEvent, load: LoadMedia): Seen {
  const { content, relation, eventId: id } = event;
  if (relation?.type === 'm.replace') {
    const fresh = content['m.new_content'];
    const text = typeof fresh === 'object' && fresh !== null && 'body' in fresh ? String(fresh.body) : '';
    return { kind: 'edit', target: relation.eventId, text };
  }
  const text = textOf(content['body']);
  if (typeof content['url'] === 'string') {
    const { url } = content;
    const name = textOf(content['filename'] ?? text);
    return { kind: 'file', id, name, image: content['msgtype'] === 'm.image', load: () => load(url) };
  }
  return {
    kind: 'text',
    id,
    text,
    bold: boldIn(textOf(content['formatted_body'])),
    replyTo: event.inReplyTo,
  };
}

/** The parts of an HTML text that are bold. */
export function boldIn(html: string): readonly string[] {
  return [...html.matchAll(/<(?:strong|b)(?:\s[^>]*)?>([^<]*)</g)].map(([, text]) => text ?? '');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
