/** What a client on XMPP writes for each feature: XEP-0071, 0080, 0085, 0201, 0308, 0333, 0372, 0424, 0444, 0447, 0449, 0461. */
import { xml } from '@xmpp/client';
import { sampleOf } from '../../../test/conformance/content-samples.ts';
import type { SampleMedia } from '../../../test/conformance/rich-chat.ts';
import {
  fileParts,
  NS,
  reactionParts,
  replyParts,
  retractionParts,
  type Stanza,
} from '../../../test/support/xmpp-stanzas.ts';
import type { XmppUser } from '../../../test/support/xmpp-user.ts';
import type { Deed } from './end.ts';

/** XEP-0466. */
export const ephemeral = 'urn:xmpp:ephemeral:0';

/** Where it is said. */
export interface Place {
  readonly user: XmppUser;
  readonly to: string;
  /** The Matrix user as who is in the chat: their address, or the room's with their nick. */
  readonly other: string;
  readonly uploadDomain: string;
}

/** The children of the message stanza. */
export async function partsOf(deed: Deed, place: Place): Promise<readonly Stanza[]> {
  const { feature, mark, emoji, own, other } = deed;
  switch (feature) {
    case 'formatting': {
      const html = xml('body', { xmlns: NS.xhtml }, `${mark} `, xml('strong', {}, 'bold'));
      return [body(`${mark} bold`), xml('html', { xmlns: NS.xhtmlIm }, html)];
    }
    case 'link':
      return [body(`${mark} https://example.org/`)];
    case 'image':
    case 'video':
    case 'audio':
    case 'voice':
    case 'file':
    case 'sticker':
    case 'contact':
      return shared({ ...sampleOf(feature, mark), ...deed.file }, place);
    case 'location':
      return [body('geo:52.5,13.4'), geoloc(mark)];
    case 'reply':
      return replyParts(place.other, other.xmpp, 'said before', mark);
    case 'thread':
      return [body(mark), xml('thread', {}, other.xmpp)];
    case 'disappearing':
      return [body(mark), xml('ephemeral', { xmlns: ephemeral, timer: '3600' })];
    case 'mention':
      return mention(mark, place);
    case 'edit':
      return [body(mark), xml('replace', { xmlns: NS.correct, id: own.stanza })];
    case 'reaction':
      return reactionParts(other.xmpp, [emoji]);
    case 'redaction':
      return retractionParts(own.xmpp, 1);
    case 'read-receipt':
      return [xml('displayed', { xmlns: NS.markers, id: other.xmpp })];
    case 'typing':
      return [xml('composing', { xmlns: NS.chatStates })];
    default:
      return [body(mark)];
  }
}

function body(text: string): Stanza {
  return xml('body', {}, text);
}

function geoloc(description: string): Stanza {
  const facts = { lat: '52.5', lon: '13.4', description };
  const children = Object.entries(facts).map(([name, value]) => xml(name, {}, value));
  return xml('geoloc', { xmlns: NS.geoloc }, ...children);
}

/** In a room by the place there, as clients do that know no more of who is there. */
function mention(mark: string, { other }: Place): readonly Stanza[] {
  const slash = other.indexOf('/');
  const name = slash === -1 ? (other.split('@', 1)[0] ?? '') : other.slice(slash + 1);
  const uri = `xmpp:${encodeURI(other)}`;
  const where = { type: 'mention', begin: '0', end: String(name.length), uri };
  return [body(`${name}: ${mark}`), xml('reference', { xmlns: NS.reference, ...where })];
}

async function shared(sample: SampleMedia, place: Place): Promise<readonly Stanza[]> {
  const { sort, name, type, bytes } = sample;
  const url = await place.user.upload(place.uploadDomain, { name, type, bytes });
  const sticker = xml('sticker', { xmlns: NS.stickers, pack: 'EpRv28DHHzFrE4zd+xaNpVb4' });
  const file = fileParts({ url, name, type, size: bytes.byteLength });
  return sort === 'sticker' ? [file, sticker] : [file];
}
