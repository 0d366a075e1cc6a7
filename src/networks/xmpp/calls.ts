/**
 * Calls, none of which can be taken: Jingle Message Initiation (https://xmpp.org/extensions/xep-0353.html), and sessions that
 * are begun without it (https://xmpp.org/extensions/xep-0166.html#protocol-initiate).
 */
import xml, { type Element } from '@xmpp/xml';
import type { CallEvent } from '../../core/event.ts';
import type { Outcome } from '../../core/outcome.ts';
import { parseAddress } from './ids.ts';
import { namespaces } from './namespaces.ts';
import { attribute, elementsOf, idIn, scrubbed } from './stanza.ts';

/** Under which attribute of a proposal it is kept that it was no message but a session. */
const begun = 'session';

/** What a message stanza says of a call; `undefined` where it is about none. */
export function callIn(stanza: Element): Pick<CallEvent, 'change' | 'call' | 'media'> | undefined {
  const proposed = stanza.getChild('propose', namespaces.jingleMessage);
  if (proposed !== undefined) {
    const call = idIn(proposed);
    const media = mediaOf(elementsOf(proposed));
    return call === undefined || media === undefined ? undefined : { change: 'ring', call, media };
  }
  for (const name of ['retract', 'finish']) {
    const ended = stanza.getChild(name, namespaces.jingleMessage);
    const call = ended && idIn(ended);
    if (call !== undefined) return { change: 'end', call, media: undefined };
  }
  return undefined;
}

/** Whether an IQ begins a call. */
export function beginsCall(iq: Element): boolean {
  return sessionIn(iq) !== undefined;
}

/** The proposal that stands for a session which is begun without one, so that it goes the way of all messages. */
export function proposalFor(iq: Element): Element | undefined {
  const session = sessionIn(iq);
  const [from, to] = [attribute(iq, 'from'), attribute(iq, 'to')];
  if (session === undefined || from === undefined || to === undefined) return undefined;
  const { sid, media } = session;
  return xml(
    'message',
    { type: 'chat', from, to, id: sid },
    xml(
      'propose',
      { xmlns: namespaces.jingleMessage, id: sid, [begun]: 'true' },
      xml('description', { xmlns: namespaces.jingleRtp, media }),
    ),
  );
}

/**
 * Tells whoever calls that nobody will answer, in the way of their call, so that their client stops ringing; `undefined`
 * where a stanza proposes none.
 */
export function rejection(stanza: Element, outcome: Outcome, text: string): Element | undefined {
  const [from, to] = [parseAddress(attribute(stanza, 'from') ?? ''), attribute(stanza, 'to')];
  const call = callIn(stanza);
  if (from === undefined || to === undefined || call?.change !== 'ring') return undefined;
  const why = outcome.kind === 'blocked' ? 'decline' : 'unsupported-applications';
  const reason = xml('reason', namespaces.jingle, xml(why), xml('text', { 'xml:lang': 'en' }, text));
  const proposed = stanza.getChild('propose', namespaces.jingleMessage);
  if (proposed !== undefined && attribute(proposed, begun) !== undefined) {
    const ended = { xmlns: namespaces.jingle, action: 'session-terminate', sid: call.call };
    const id = `end-${call.call}`;
    return scrubbed(xml('iq', { type: 'set', from: to, to: from.full, id }, xml('jingle', ended, reason)));
  }
  return scrubbed(
    xml(
      'message',
      // To all clients of whoever calls: 3.4 of the extension.
      { type: 'chat', from: to, to: from.bare, id: `reject-${call.call}` },
      xml('reject', { xmlns: namespaces.jingleMessage, id: call.call }, reason),
      xml('store', { xmlns: namespaces.hints }),
    ),
  );
}

function sessionIn(iq: Element): { readonly sid: string; readonly media: 'audio' | 'video' } | undefined {
  const jingle = iq.getChild('jingle', namespaces.jingle);
  if (jingle === undefined || attribute(jingle, 'action') !== 'session-initiate') return undefined;
  const sid = idIn(jingle, 'sid');
  const media = mediaOf(jingle.getChildren('content').flatMap((content) => elementsOf(content)));
  return sid === undefined || media === undefined ? undefined : { sid, media };
}

/** What is to be heard or seen; `undefined` where it is about something else, such as a file. */
function mediaOf(elements: readonly Element[]): 'audio' | 'video' | undefined {
  const rtp = elements.filter((element) => element.is('description', namespaces.jingleRtp));
  if (rtp.length === 0) return undefined;
  return rtp.some((description) => attribute(description, 'media') === 'video') ? 'video' : 'audio';
}
