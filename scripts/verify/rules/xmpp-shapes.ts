/** How what a Matrix user did looks at a client on XMPP. */
import { readStanza } from '../../../test/conformance/xmpp-reading.ts';
import { attribute, NS, type Stanza } from '../../../test/support/xmpp-stanzas.ts';
import type { Deed, Shape } from './end.ts';
import { first } from './matrix-shapes.ts';
import { ephemeral } from './xmpp-parts.ts';

/** What a message says, without the quote that old clients are shown. */
export function ownText(stanza: Stanza): string | undefined {
  const [seen] = readStanza(stanza, '');
  return seen?.kind === 'text' || seen?.kind === 'edit' ? seen.text : undefined;
}

/** How a deed is seen among the stanzas that came from its doer; undefined where it is not there. */
export function seenOnXmpp(deed: Deed, theirs: readonly Stanza[]): Shape | undefined {
  switch (deed.feature) {
    case 'typing': {
      const states = theirs.flatMap((stanza) => stanza.getChildElements().filter(isState));
      return states.at(-1)?.getName() === 'composing' ? 'itself' : undefined;
    }
    case 'presence':
      return theirs.some((stanza) => stanza.is('presence') && stanza.getChildText('status') === deed.mark)
        ? 'itself'
        : undefined;
    default:
      return first(theirs, (stanza) => shapeOf(deed, stanza));
  }
}

function isState(element: Stanza): boolean {
  return element.getNS() === NS.chatStates;
}

function shapeOf(deed: Deed, stanza: Stanza): Shape | undefined {
  const { feature, mark, other } = deed;
  const text = ownText(stanza);
  switch (feature) {
    case 'read-receipt': {
      const displayed = stanza.getChild('displayed', NS.markers);
      return displayed !== undefined && attribute(displayed, 'id') === other.xmpp ? 'itself' : undefined;
    }
    case 'formatting':
      if (text?.startsWith(mark) !== true) return undefined;
      return is(readStanza(stanza, '').some((seen) => seen.kind === 'text' && seen.bold.includes('bold')));
    case 'link':
      return text?.startsWith(mark) === true ? is(text.includes('https://')) : undefined;
    case 'disappearing':
      return text === mark ? is(stanza.getChild('ephemeral', ephemeral) !== undefined) : undefined;
    case 'mention':
      if (text?.endsWith(mark) !== true) return undefined;
      return is(stanza.getChild('reference', NS.reference) !== undefined);
    case 'poll':
      return text?.includes(mark) === true ? 'either' : undefined;
    case 'location': {
      const place = stanza.getChild('geoloc', NS.geoloc)?.getChildText('description') ?? undefined;
      if (place === mark) return 'itself';
      return text?.includes(mark) === true ? 'converted' : undefined;
    }
    case 'image':
    case 'video':
    case 'audio':
    case 'voice':
    case 'file':
    case 'sticker':
    case 'contact':
      return fileShape(feature, mark, stanza);
    case 'reply':
    case 'thread':
    case 'edit':
    case 'reaction':
    case 'redaction':
      return aboutAnother(deed, stanza, text);
    default:
      return text === mark ? 'itself' : undefined;
  }
}

function aboutAnother(
  { feature, mark, emoji, own, other }: Deed,
  stanza: Stanza,
  text: string | undefined,
): Shape | undefined {
  const [seen] = readStanza(stanza, '');
  const answers = seen?.kind === 'text' ? seen.replyTo : undefined;
  switch (feature) {
    case 'reply':
      return text === mark ? is(answers === other.xmpp) : undefined;
    case 'thread':
      return text === mark ? is(stanza.getChildText('thread') === other.xmpp) : undefined;
    case 'edit':
      if (seen?.kind === 'edit')
        return seen.text === mark && seen.target === own.stanza ? 'itself' : undefined;
      return text === `* ${mark}` ? 'converted' : undefined;
    case 'reaction':
      if (seen?.kind === 'reactions')
        return seen.target === other.xmpp && seen.emojis.includes(emoji) ? 'itself' : undefined;
      return text === emoji && answers === other.xmpp ? 'converted' : undefined;
    default:
      if (seen?.kind !== 'retraction') return undefined;
      return [own.xmpp, own.stanza].includes(seen.target) ? 'itself' : undefined;
  }
}

/** A file that is no picture, film or sound is an attachment, which clients show otherwise than what is inline. */
function fileShape(feature: string, mark: string, stanza: Stanza): Shape | undefined {
  const sharing = stanza.getChild('file-sharing', NS.fileSharing);
  const name = sharing?.getChild('file', NS.fileMetadata)?.getChildText('name') ?? '';
  if (sharing === undefined)
    return feature === 'file' && ownText(stanza)?.includes(mark) === true ? 'converted' : undefined;
  if (!name.includes(mark)) return undefined;
  switch (feature) {
    case 'file':
      return 'itself';
    case 'sticker':
      return is(stanza.getChild('sticker', NS.stickers) !== undefined);
    case 'voice':
    case 'contact':
      return 'either';
    default:
      return is(attribute(sharing, 'disposition') === 'inline');
  }
}

function is(itself: boolean): Shape {
  return itself ? 'itself' : 'converted';
}
