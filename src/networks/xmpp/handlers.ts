import type { Element } from '@xmpp/xml';
import type { BridgeEvent, EventOf, Party, Poll } from '../../core/event.ts';
import { remoteMessageId, type MatrixUserId } from '../../core/ids.ts';
import type { Handled, NetworkHandlers } from '../../core/network.ts';
import { failedForGood, failedForNow, type Unsupported } from '../../core/outcome.ts';
import type { Portal } from '../../core/portal.ts';
import { maxStanzaBytes } from './capabilities.ts';
import { announced } from './chat-states.ts';
import type { Link } from './client.ts';
import { attachedWhereLong } from './content-parts.ts';
import { messageIdFor, type AddressBook } from './ids.ts';
import { attribute } from './stanza.ts';
import {
  renderEdit,
  renderMessage,
  renderReaction,
  renderRedaction,
  renderTimer,
  type ContentContext,
  type RetractionTexts,
} from './to-remote.ts';
import type { Uploads } from './uploads.ts';

export interface HandlerDeps {
  readonly link: Link;
  readonly addresses: AddressBook;
  /** Shared by all handlers, so that what is uploaded is not uploaded again. */
  readonly uploads: Pick<Uploads, 'of' | 'forget'>;
  readonly texts: RetractionTexts & { readonly poll: (poll: Poll) => string };
}

/** Clients have no way to answer a poll. */
const noPolls: Unsupported = { kind: 'unsupported', reason: 'not-carried' };

/** Sends the core's events. Each attempt writes stanzas with the same ids, and is done once the server has handled them. */
export function createHandlers(deps: HandlerDeps): NetworkHandlers {
  return {
    message: (event, portal, signal) => sendMessage(deps, event, portal, signal),
    // A correction of a file corrects its caption: Matrix clients cannot exchange the file itself.
    edit: (event, portal, signal) =>
      send(deps, renderEdit(event, contextOf(deps, event, portal), deps.texts), 'named', signal),
    reaction: (event, portal, signal) =>
      send(deps, [renderReaction(event, contextOf(deps, event, portal))], 'nameless', signal),
    redaction: (event, portal, signal) =>
      send(deps, renderRedaction(event, contextOf(deps, event, portal), deps.texts), 'nameless', signal),
    timer: (event, portal, signal) =>
      send(deps, [renderTimer(event, contextOf(deps, event, portal))], 'nameless', signal),
    vote: async () => noPolls,
    'poll-end': async () => noPolls,
  };
}

async function sendMessage(
  deps: HandlerDeps,
  event: EventOf<'message'>,
  portal: Portal,
  signal: AbortSignal,
): Promise<Handled> {
  const context = contextOf(deps, event, portal);
  const content = attachedWhereLong(event.content);
  const { uploads } = deps;
  const ready = await uploads.of(event.cause, content, context.from, signal);
  if (ready.kind === 'failed') return ready;
  const stanzas = renderMessage({ ...event, content }, { ...context, files: ready.files });
  const handled = await send(deps, stanzas, 'named', signal);
  if (handled.kind === 'sent') uploads.forget(event.cause);
  return handled;
}

function contextOf(deps: HandlerDeps, event: BridgeEvent, portal: Portal): ContentContext {
  const { addresses, texts } = deps;
  return {
    type: portal.kind === 'group' ? 'groupchat' : 'chat',
    from: addresses.addressOf(senderOf(event)),
    to: portal.key.chat,
    id: messageIdFor(event.cause),
    files: [],
    addressOf: (party: Party) => (party.in === 'matrix' ? addresses.addressOf(party.userId) : party.userId),
    pollText: texts.poll,
  };
}

/** Only people on Matrix send to the network. */
export function senderOf({ sender }: BridgeEvent): MatrixUserId {
  if (sender.in !== 'matrix') throw new Error('an event for the network came from the network');
  return sender.userId;
}

async function send(
  { link }: HandlerDeps,
  stanzas: readonly Element[],
  names: 'named' | 'nameless',
  signal: AbortSignal,
): Promise<Handled> {
  if (stanzas.length === 0) return { kind: 'ignored', reason: 'nothing-to-do' };
  const texts = stanzas.map((stanza) => announced(stanza).toString());
  if (texts.some((text) => Buffer.byteLength(text) > maxStanzaBytes)) return failedForGood('too-long');
  if (signal.aborted) return failedForNow('timeout');
  if (!(await link.deliver(texts))) return failedForNow('link-down');
  const ids = names === 'nameless' ? [] : stanzas.map((stanza) => attribute(stanza, 'id'));
  return {
    kind: 'sent',
    messageIds: ids.filter((id) => id !== undefined).map((id) => remoteMessageId(id)),
  };
}
