/** Reads stanzas as a client would that knows XEP-0080, 0201, 0264, 0372, 0382, 0393, 0446, 0447 and 0449. */
import { attribute, bodyOf, NS, type Stanza } from '../support/xmpp-stanzas.ts';
import type { MediaSort, RichSeen } from './rich-chat.ts';
import { readStanza } from './xmpp-reading.ts';

/** What the messages of the other say, each once, in order; `me` is the reader's address. */
export function readRichly(incoming: () => readonly Stanza[], me: string): readonly RichSeen[] {
  const latest = (): ReadonlyMap<string, Stanza> => byId(incoming());
  return [...latest()].flatMap(([id, stanza]) => read(id, stanza, latest, me));
}

function byId(incoming: readonly Stanza[]): ReadonlyMap<string, Stanza> {
  const messages = new Map<string, Stanza>();
  for (const stanza of incoming) {
    const id = attribute(stanza, 'id') ?? '';
    if (attribute(stanza, 'type') !== 'error' && !messages.has(id)) messages.set(id, stanza);
  }
  return messages;
}

function read(
  id: string,
  stanza: Stanza,
  latest: () => ReadonlyMap<string, Stanza>,
  me: string,
): readonly RichSeen[] {
  const messages = latest();
  const replaced = stanza.getChild('replace', NS.correct);
  if (replaced !== undefined) {
    const target = attribute(replaced, 'id') ?? '';
    return [{ kind: 'changed', target: captioned(target, messages) ?? target, text: bodyOf(stanza) ?? '' }];
  }
  const geoloc = stanza.getChild('geoloc', NS.geoloc);
  if (geoloc !== undefined) return [place(id, geoloc)];
  const file = fileIn(stanza);
  if (file !== undefined) return [media(id, stanza, file, latest)];
  if (captioned(id, messages) !== undefined) return [];
  return readStanza(stanza, id).flatMap((seen) =>
    seen.kind === 'text' ? [said(seen.id, seen.text, seen.replyTo, stanza, me)] : [],
  );
}

function said(id: string, text: string, replied: string | undefined, stanza: Stanza, me: string): RichSeen {
  const thread = stanza.getChildText('thread') ?? undefined;
  const emote = text.startsWith('/me ');
  const called = stanza.getChildren('reference').map((reference) => attribute(reference, 'uri'));
  return {
    ...{ kind: 'said', id, text: emote ? text.slice('/me '.length) : text, thread },
    style: emote ? 'emote' : 'normal',
    mentionsMe: called.includes(`xmpp:${me}`),
    // Who shows threads needs no word that it belongs to the message that began it.
    replyTo: replied === thread ? undefined : replied,
    spoilers: stanza.getChild('spoiler', NS.spoiler) === undefined ? [] : [text],
    code: [...text.matchAll(/^```(\S*)\n([^]*?)\n```$/gm)].map(([, language = '', code = '']) => ({
      language: language === '' ? undefined : language,
      text: code,
    })),
  };
}

function place(id: string, geoloc: Stanza): RichSeen {
  const said = (name: string): string | undefined => geoloc.getChildText(name) ?? undefined;
  const at = { latitude: Number(said('lat')), longitude: Number(said('lon')) };
  const description = said('description');
  return { kind: 'place', id, place: description === undefined ? at : { ...at, description } };
}

function media(
  id: string,
  stanza: Stanza,
  file: Stanza,
  latest: () => ReadonlyMap<string, Stanza>,
): RichSeen {
  const said = (name: string): string | undefined => file.getChildText(name) ?? undefined;
  const count = (name: string): number | undefined => {
    const text = said(name);
    return text === undefined ? undefined : Number(text);
  };
  const uris = file.getChildren('thumbnail', NS.thumbs).map((small) => attribute(small, 'uri') ?? '');
  const picture = uris.find((uri) => uri.startsWith('http'));
  const blurred = uris.find((uri) => uri.startsWith('data:image/blurhash,'));
  const type = said('media-type') ?? '';
  return {
    ...{ kind: 'media', id, name: said('name') ?? '', type, sort: sortOf(stanza, type) },
    // It follows the file, and may not be there yet when the file is.
    get caption() {
      const messages = latest();
      const [next] = [...messages.keys()].filter((other) => captioned(other, messages) === id);
      return next === undefined ? undefined : bodyOf(messages.get(next) ?? stanza);
    },
    ...{ width: count('width'), height: count('height'), duration: count('length'), waveform: undefined },
    blurhash: blurred && decodeURIComponent(blurred.slice(blurred.indexOf(',') + 1)),
    load: () => load(stanza.getChild('x', NS.oob)?.getChildText('url') ?? ''),
    loadThumbnail: picture === undefined ? undefined : () => load(picture),
  };
}

function sortOf(stanza: Stanza, type: string): MediaSort {
  if (stanza.getChild('sticker', NS.stickers) !== undefined) return 'sticker';
  if (type === 'text/vcard') return 'contact';
  const sorts = ['image', 'video', 'audio'] as const;
  return sorts.find((sort) => type.startsWith(`${sort}/`)) ?? 'file';
}

function fileIn(stanza: Stanza): Stanza | undefined {
  return stanza.getChild('file-sharing', NS.fileSharing)?.getChild('file', NS.fileMetadata);
}

/** The id of the file that a text is the caption of: the one before it among the stanzas of one message. */
function captioned(id: string, messages: ReadonlyMap<string, Stanza>): string | undefined {
  const [, base = '', part = ''] = /^(.+)-(\d+)$/.exec(id) ?? [];
  const before = part === '2' ? base : `${base}-${Number(part) - 1}`;
  const [text, file] = [messages.get(id), messages.get(before)];
  if (text === undefined || file === undefined || fileIn(text) !== undefined) return undefined;
  return fileIn(file) === undefined ? undefined : before;
}

async function load(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The download got ${response.status}.`);
  return new Uint8Array(await response.arrayBuffer());
}
