/**
 * Everything that is written in a run has a mark, a text that nothing else has and that both sides show: what a message
 * says, what a correction says now, the name of a file, the words at a place, or to what somebody reacted. What was sent is
 * compared with what arrived by these.
 */
import { attribute, bodyOf, NS, type Stanza } from '../../test/support/xmpp-stanzas.ts';

type Json = Readonly<Record<string, unknown>>;

/** The mark of the message that an id names, where it is known. */
export type Marks = (id: string) => string | undefined;

/** The mark of a reaction to the message with that mark. */
export function reactionMark(key: string, target: string): string {
  // Some write the emoji with a variation selector, which changes nothing of it.
  return `${key.replaceAll('\u{fe0f}', '')} on ${target}`;
}

/** The mark of a message stanza; `undefined` where it shows nothing. */
export function markOfStanza(stanza: Stanza, marks: Marks): string | undefined {
  const reactions = stanza.getChild('reactions', NS.reactions);
  if (reactions !== undefined) {
    const id = attribute(reactions, 'id') ?? '';
    const emojis = reactions.getChildren('reaction').map((reaction) => reaction.text());
    return reactionMark(emojis.join(' '), marks(id) ?? `the unknown message ${id}`);
  }
  const description = stanza.getChild('geoloc', NS.geoloc)?.getChildText('description') ?? undefined;
  if (description !== undefined) return description;
  const url = stanza.getChild('x', NS.oob)?.getChildText('url') ?? undefined;
  return url === undefined ? bodyOf(stanza) : withoutEnding(lastOf(url));
}

/** Whether a message is no more than the words that follow a place: a stanza of their own, named after the place's. */
export function isSecondPart(
  { text, id }: { readonly text: string; readonly id: string },
  textOf: Marks,
): boolean {
  return id.endsWith('-2') && textOf(id.slice(0, -2)) === text;
}

/** Whether a stanza is a message of its own, which others can be about. */
export function isOriginal(stanza: Stanza): boolean {
  return (
    stanza.getChild('reactions', NS.reactions) === undefined &&
    stanza.getChild('replace', NS.correct) === undefined
  );
}

/** The mark of an event of a Matrix room; `undefined` where it shows nothing. */
export function markOfEvent(type: string, content: Json, marks: Marks): string | undefined {
  const relates = objectOf(content['m.relates_to']);
  if (type === 'm.reaction') {
    const target = String(relates['event_id']);
    return reactionMark(String(relates['key']), marks(target) ?? `the unknown event ${target}`);
  }
  if (type !== 'm.room.message') return undefined;
  const shown = relates['rel_type'] === 'm.replace' ? objectOf(content['m.new_content']) : content;
  if (shown['msgtype'] === 'm.file') return withoutEnding(String(shown['filename'] ?? shown['body']));
  const { description } = objectOf(shown['org.matrix.msc3488.location']);
  return String(description ?? shown['body']);
}

/** Whether an event is a message of its own, which others can be about. */
export function isOriginalEvent(type: string, content: Json): boolean {
  return type === 'm.room.message' && objectOf(content['m.relates_to'])['rel_type'] !== 'm.replace';
}

function lastOf(url: string): string {
  return decodeURIComponent(url.slice(url.lastIndexOf('/') + 1));
}

function withoutEnding(name: string): string {
  return name.replace(/\.txt$/, '');
}

/** A JSON object as one; anything else as an empty one. */
export function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
