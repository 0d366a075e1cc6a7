/** Reads a room's events as a client with every feature shows them: MSC3381, MSC3245, MSC2530, m.thread, m.mentions. */
import type { SeenEvent } from '../support/matrix-event.ts';
import type { LoadMedia } from './matrix-timeline.ts';
import type { MediaSort, RichSeen, RichSeenOf } from './rich-chat.ts';

type Json = Readonly<Record<string, unknown>>;

const pollStart = 'org.matrix.msc3381.poll.start';
const pollResponse = 'org.matrix.msc3381.poll.response';
const textKey = 'org.matrix.msc1767.text';

/** Who reads: the user, whose words count as theirs, and how the bytes of a file are had. */
export interface Reader {
  readonly userId: string;
  readonly load: LoadMedia;
}

/** What `sender` has said, in the order of its coming. */
export function readRichTimeline(
  events: readonly SeenEvent[],
  sender: string,
  reader: Reader,
): readonly RichSeen[] {
  return events
    .filter((event) => event.sender === sender)
    .flatMap((event) => read(event, events, reader) ?? []);
}

function read(event: SeenEvent, all: readonly SeenEvent[], reader: Reader): RichSeen | undefined {
  const { type, content, relation } = event;
  const of = relation?.eventId ?? '';
  if (relation?.type === 'm.replace') return changed(of, record(content['m.new_content']));
  switch (type) {
    case 'm.sticker':
      return media(event, 'sticker', reader);
    case pollStart:
      return poll(event);
    case pollResponse:
      return { kind: 'vote', poll: of, choices: choices(record(content[pollResponse]), answersOf(all, of)) };
    case 'org.matrix.msc3381.poll.end':
      return { kind: 'poll-end', poll: of };
    case 'm.room.message':
      return message(event, reader);
    default:
      return undefined;
  }
}

function changed(target: string, fresh: Json): RichSeen {
  const captioned = fresh['url'] === undefined || fresh['body'] !== fresh['filename'];
  return { kind: 'changed', target, text: captioned ? text(fresh['body']) : '' };
}

function message(event: SeenEvent, reader: Reader): RichSeen {
  const { content } = event;
  const msgtype = text(content['msgtype']);
  if (msgtype === 'm.location') return place(event);
  if (content['url'] !== undefined) return media(event, sortOf(msgtype, content), reader);
  return said(event, msgtype, reader);
}

function said(event: SeenEvent, msgtype: string, reader: Reader): RichSeen {
  const { content, relation, eventId: id } = event;
  const relates = record(content['m.relates_to']);
  const html = text(content['formatted_body']);
  const users = record(content['m.mentions'])['user_ids'];
  return {
    ...{ kind: 'said', id, text: text(content['body']) },
    style: msgtype === 'm.emote' ? 'emote' : msgtype === 'm.notice' ? 'notice' : 'normal',
    mentionsMe: Array.isArray(users) && users.includes(reader.userId),
    replyTo: relates['is_falling_back'] === true ? undefined : event.inReplyTo,
    thread: relation?.type === 'm.thread' ? relation.eventId : undefined,
    spoilers: spoilersIn(html),
    code: codeIn(html),
  };
}

/** What an HTML text hides. */
export function spoilersIn(html: string): readonly string[] {
  return [...html.matchAll(/<span data-mx-spoiler(?:="[^"]*")?>([^<]*)</g)].map(([, hidden]) => hidden ?? '');
}

/** The blocks of code in an HTML text. */
export function codeIn(html: string): RichSeenOf<'said'>['code'] {
  const blocks = html.matchAll(/<pre><code(?: class="language-([^"]*)")?>([^<]*)</g);
  return [...blocks].map(([, language, code]) => ({ language, text: (code ?? '').trimEnd() }));
}

function media({ content, eventId: id }: SeenEvent, sort: MediaSort, { load }: Reader): RichSeen {
  const info = record(content['info']);
  const audio = record(content['org.matrix.msc1767.audio']);
  const [url, small] = [text(content['url']), info['thumbnail_url']];
  const name = text(content['filename'] ?? content['body']);
  const waveform = Array.isArray(audio['waveform'])
    ? audio['waveform'].map((one) => Number(one) / 1024)
    : undefined;
  return {
    ...{ kind: 'media', id, sort, name, type: text(info['mimetype']), waveform },
    caption: content['body'] === name ? undefined : text(content['body']),
    ...{ width: number(info['w']), height: number(info['h']) },
    duration: number(info['duration']),
    blurhash: typeof info['xyz.amorgan.blurhash'] === 'string' ? info['xyz.amorgan.blurhash'] : undefined,
    load: () => load(url),
    loadThumbnail: typeof small === 'string' ? () => load(small) : undefined,
  };
}

function sortOf(msgtype: string, content: Json): MediaSort {
  if (msgtype === 'm.audio') return content['org.matrix.msc3245.voice'] === undefined ? 'audio' : 'voice';
  if (msgtype === 'm.image' || msgtype === 'm.video') return msgtype === 'm.image' ? 'image' : 'video';
  return record(content['info'])['mimetype'] === 'text/vcard' ? 'contact' : 'file';
}

function place({ content, eventId: id }: SeenEvent): RichSeen {
  const [, latitude, longitude] = /^geo:([\d.-]+),([\d.-]+)/.exec(text(content['geo_uri'])) ?? [];
  const { description } = record(content['org.matrix.msc3488.location']);
  const at = { latitude: Number(latitude), longitude: Number(longitude) };
  return { kind: 'place', id, place: typeof description === 'string' ? { ...at, description } : at };
}

function poll({ content, eventId: id }: SeenEvent): RichSeen {
  const start = record(content[pollStart]);
  return {
    ...{ kind: 'poll', id, question: text(record(start['question'])[textKey]) },
    answers: answersIn(content).map((answer) => answer.text),
    maxSelections: number(start['max_selections']) ?? 1,
  };
}

/** The answers of a poll in a room, by their ids. */
export function answersOf(
  events: readonly SeenEvent[],
  pollId: string,
): readonly { readonly id: string; readonly text: string }[] {
  const asked = events.find(({ eventId }) => eventId === pollId);
  return asked === undefined ? [] : answersIn(asked.content);
}

function answersIn(content: Json): readonly { readonly id: string; readonly text: string }[] {
  const { answers } = record(content[pollStart]);
  return Array.isArray(answers)
    ? answers.map(record).map((answer) => ({ id: text(answer['id']), text: text(answer[textKey]) }))
    : [];
}

function choices(
  response: Json,
  answers: readonly { readonly id: string; readonly text: string }[],
): readonly string[] {
  const { answers: chosen } = response;
  if (!Array.isArray(chosen)) return [];
  return answers.filter(({ id }) => chosen.includes(id)).map((answer) => answer.text);
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
