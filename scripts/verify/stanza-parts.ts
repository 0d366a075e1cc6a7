import { xml } from '@xmpp/client';
import { fileParts, NS, reactionParts, type Stanza } from '../../test/support/xmpp-stanzas.ts';
import type { XmppUser } from '../../test/support/xmpp-user.ts';
import { fileOf, place, type Kind } from './content.ts';
import { reactionMark } from './marks.ts';

/** What a client can be about, and with: one's own message to be corrected, another to be reacted to, the upload host. */
export interface About {
  readonly correct: string | undefined;
  readonly react: { readonly id: string; readonly text: string } | undefined;
  /** The person's own, for reactions. */
  readonly emoji: string;
  readonly user: XmppUser;
  readonly uploadDomain: string;
}

/** A message to be written: its mark, and what its stanza holds. */
export interface Letter {
  readonly mark: string;
  readonly parts: readonly Stanza[];
}

/** A message of a kind as a client writes it; a text where there is nothing yet that it could be about. */
export async function letterOf(kind: Kind, name: string, about: About): Promise<Letter> {
  switch (kind) {
    case 'text':
      return text(name);
    case 'edit': {
      if (about.correct === undefined) return text(name);
      const replace = xml('replace', { xmlns: NS.correct, id: about.correct });
      return { mark: name, parts: [xml('body', {}, name), replace] };
    }
    case 'reaction':
      if (about.react === undefined) return text(name);
      return {
        mark: reactionMark(about.emoji, about.react.text),
        parts: reactionParts(about.react.id, [about.emoji]),
      };
    case 'file':
      return { mark: name, parts: await filePartsOf(name, about) };
    case 'location': {
      const facts = { lat: String(place.latitude), lon: String(place.longitude), description: name };
      const children = Object.entries(facts).map(([key, value]) => xml(key, {}, value));
      const geoloc = xml('geoloc', { xmlns: NS.geoloc }, ...children);
      const body = xml('body', {}, `geo:${place.latitude},${place.longitude}`);
      return { mark: name, parts: [body, geoloc] };
    }
  }
}

function text(name: string): Letter {
  return { mark: name, parts: [xml('body', {}, name)] };
}

async function filePartsOf(mark: string, { user, uploadDomain }: About): Promise<readonly Stanza[]> {
  const { name, type, bytes } = fileOf(mark);
  const url = await user.upload(uploadDomain, { name, type, bytes });
  return [
    xml('body', {}, url),
    fileParts({ url, name, type, size: bytes.byteLength }),
    xml('x', { xmlns: NS.oob }, xml('url', {}, url)),
  ];
}
