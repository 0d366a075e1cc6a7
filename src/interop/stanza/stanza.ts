/**
 * Every stanza of the chat channel, as a closed union, from its node and back. Total: a node is a stanza, one of an
 * unknown kind, or a failure that names the field. Names and numbers are in profile/stanza-profile.ts, with marks.
 */

import { makeNode, type Node } from '../node/node.ts';
import { stanzaTags } from '../profile/stanza-profile.ts';
import { parseAck, renderAck, type AckStanza } from './ack.ts';
import type { StanzaFailed } from './failed.ts';
import { parseIb, renderIb, type IbStanza } from './ib.ts';
import { parseIq, renderIq, type IqStanza } from './iq.ts';
import { parseMessage, renderMessage, type MessageStanza } from './message.ts';
import { parseNotification, renderNotification, type NotificationStanza } from './notification.ts';
import { parseReceipt, renderReceipt, type ReceiptStanza } from './receipt.ts';
import {
  parseFailure,
  parseStreamError,
  parseSuccess,
  renderFailure,
  renderStreamError,
  renderSuccess,
  type FailureStanza,
  type StreamEndStanza,
  type StreamErrorStanza,
  type SuccessStanza,
} from './session-ends.ts';
import {
  parseChatstate,
  parsePresence,
  renderChatstate,
  renderPresence,
  type ChatstateStanza,
  type PresenceStanza,
} from './signals.ts';

export type Stanza =
  | MessageStanza
  | ReceiptStanza
  | AckStanza
  | IqStanza
  | IbStanza
  | ChatstateStanza
  | PresenceStanza
  | NotificationStanza
  | SuccessStanza
  | FailureStanza
  | StreamErrorStanza
  | StreamEndStanza
  /** A stanza that has no parser, such as a call: to be acknowledged by `ackOf`, and no more. */
  | { readonly kind: 'unknown'; readonly node: Node };

/** Reads a stanza. */
export function parseStanza(node: Node): Stanza | StanzaFailed {
  return parsers.get(node.tag)?.(node) ?? { kind: 'unknown', node };
}

const parsers: ReadonlyMap<string, (node: Node) => Stanza | StanzaFailed> = new Map<
  string,
  (node: Node) => Stanza | StanzaFailed
>([
  [stanzaTags.message, parseMessage],
  [stanzaTags.receipt, parseReceipt],
  [stanzaTags.ack, parseAck],
  [stanzaTags.iq, parseIq],
  [stanzaTags.ib, parseIb],
  [stanzaTags.chatstate, parseChatstate],
  [stanzaTags.presence, parsePresence],
  [stanzaTags.notification, parseNotification],
  [stanzaTags.success, parseSuccess],
  [stanzaTags.failure, parseFailure],
  [stanzaTags.streamError, parseStreamError],
  [stanzaTags.streamEnd, () => ({ kind: 'stream-end' })],
]);

/** The node of a stanza: what `parseStanza` reads as the same. */
export function renderStanza(stanza: Stanza): Node {
  switch (stanza.kind) {
    case 'message':
      return renderMessage(stanza);
    case 'receipt':
      return renderReceipt(stanza);
    case 'ack':
      return renderAck(stanza);
    case 'iq':
      return renderIq(stanza);
    case 'ib':
      return renderIb(stanza);
    case 'chatstate':
      return renderChatstate(stanza);
    case 'presence':
      return renderPresence(stanza);
    case 'notification':
      return renderNotification(stanza);
    case 'success':
      return renderSuccess(stanza);
    case 'failure':
      return renderFailure(stanza);
    case 'stream-error':
      return renderStreamError(stanza);
    case 'stream-end':
      return makeNode(stanzaTags.streamEnd, {});
    case 'unknown':
      return stanza.node;
  }
}
