/** Matrix contents as the clients of people write them. */
import { escapeHtml } from '../../src/core/html.ts';
import type { Content } from '../support/matrix-content.ts';
import type { SampleMedia, SamplePlace } from './rich-chat.ts';

/** A file and its thumbnail in the homeserver's media store. */
export interface StoredMedia {
  readonly media: SampleMedia;
  readonly mxc: string;
  readonly thumbnail: string | undefined;
}

const msgtypes = {
  ...{ image: 'm.image', video: 'm.video', audio: 'm.audio', voice: 'm.audio' },
  ...{ sticker: 'm.sticker', contact: 'm.file', file: 'm.file' },
} as const;
const format = 'org.matrix.custom.html';
const textKey = 'org.matrix.msc1767.text';

export function spoilerContent(text: string, hidden: string): Content {
  const html = escapeHtml(text).replace(hidden, `<span data-mx-spoiler>${hidden}</span>`);
  return { msgtype: 'm.text', body: text, format, formatted_body: html };
}

export function codeContent(code: string, language: string): Content {
  const html = `<pre><code class="language-${language}">${escapeHtml(code)}\n</code></pre>`;
  return { msgtype: 'm.text', body: `\`\`\`${language}\n${code}\n\`\`\``, format, formatted_body: html };
}

export function mentionContent(text: string, userId: string, name: string): Content {
  const pill = `<a href="https://matrix.to/#/${encodeURIComponent(userId)}">${name}</a>`;
  return {
    ...{ msgtype: 'm.text', body: `${name}: ${text}`, format, formatted_body: `${pill}: ${text}` },
    'm.mentions': { user_ids: [userId] },
  };
}

export function threadContent(root: string, last: string, body: string): Content {
  const fallback = { is_falling_back: true, 'm.in_reply_to': { event_id: last } };
  return {
    ...{ msgtype: 'm.text', body },
    'm.relates_to': { rel_type: 'm.thread', event_id: root, ...fallback },
  };
}

/** A file as its kind is sent; for a sticker the content of `m.sticker`. */
export function mediaContent(stored: StoredMedia, caption = stored.media.caption): Content {
  const { media, mxc } = stored;
  const { sort, name, duration, waveform } = media;
  const sound = waveform?.map((share) => Math.round(share * 1024));
  const voice = {
    'org.matrix.msc1767.audio': { duration, waveform: sound },
    'org.matrix.msc3245.voice': {},
  };
  return {
    msgtype: msgtypes[sort],
    ...{ body: caption ?? name, filename: name, url: mxc, info: infoOf(stored) },
    ...(sort === 'voice' ? voice : {}),
  };
}

function infoOf({ media, thumbnail }: StoredMedia): Content {
  const { type, bytes, width, height, duration, blurhash, thumbnail: small } = media;
  const about = { mimetype: type, size: bytes.byteLength, w: width, h: height, duration };
  const picture = small && { mimetype: small.type, size: small.bytes.byteLength, w: 1, h: 1 };
  return {
    ...about,
    ...(blurhash === undefined ? {} : { 'xyz.amorgan.blurhash': blurhash }),
    ...(thumbnail === undefined ? {} : { thumbnail_url: thumbnail, thumbnail_info: picture }),
  };
}

export function galleryContent(items: readonly StoredMedia[], caption: string): Content {
  const itemtypes = items.map((item) => ({ ...mediaContent(item), itemtype: msgtypes[item.media.sort] }));
  return { msgtype: 'dm.filament.gallery', body: caption, itemtypes };
}

export function placeContent({ latitude, longitude, description }: SamplePlace): Content {
  const uri = `geo:${latitude},${longitude};u=10`;
  return {
    ...{ msgtype: 'm.location', body: `Location ${uri}`, geo_uri: uri },
    'org.matrix.msc3488.location': { uri, description },
    'org.matrix.msc3488.asset': { type: 'm.self' },
  };
}

/** The content of a poll; the ids of its answers are their places. */
export function pollContent(question: string, answers: readonly string[], maxSelections: number): Content {
  return {
    'org.matrix.msc3381.poll.start': {
      question: { [textKey]: question, body: question, msgtype: 'm.text' },
      kind: 'org.matrix.msc3381.poll.disclosed',
      max_selections: maxSelections,
      answers: answers.map((text, index) => ({ id: `answer-${index}`, [textKey]: text })),
    },
    [textKey]: [question, ...answers].join('\n'),
  };
}

export function voteContent(poll: string, ids: readonly string[]): Content {
  return {
    'm.relates_to': { rel_type: 'm.reference', event_id: poll },
    'org.matrix.msc3381.poll.response': { answers: ids },
  };
}

export function pollEndContent(poll: string): Content {
  return {
    'm.relates_to': { rel_type: 'm.reference', event_id: poll },
    'org.matrix.msc3381.poll.end': {},
    [textKey]: 'The poll has ended.',
  };
}
