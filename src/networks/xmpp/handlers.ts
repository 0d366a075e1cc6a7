import type { Element } from '@xmpp/xml';
import type { BridgeEvent, EventOf } from '../../core/event.ts';
import { remoteMessageId, type MatrixUserId } from '../../core/ids.ts';
import type { Handled, NetworkHandlers } from '../../core/network.ts';
import { failedForGood, failedForNow } from '../../core/outcome.ts';
import type { Portal } from '../../core/portal.ts';
import { maxStanzaBytes } from './capabilities.ts';
import { announced } from './chat-states.ts';
import type { Link } from './client.ts';
import { messageIdFor, type AddressBook } from './ids.ts';
import { attribute } from './stanza.ts';
import {
  renderEdit,
  renderMessage,
  renderReaction,
  renderRedaction,
  type RetractionTexts,
  type StanzaContext,
} from './to-remote.ts';
import type { Uploaded, Uploader } from './upload.ts';

export interface HandlerDeps {
  readonly link: Link;
  readonly addresses: AddressBook;
  readonly uploader: Pick<Uploader, 'upload'>;
  readonly texts: RetractionTexts;
}

/** How many uploads are remembered, so that an attempt after a broken link does not upload again. */
const uploadsKept = 500;

/** Sends the core's events. Each attempt writes stanzas with the same ids, and is done once the server has handled them. */
export function createHandlers(deps: HandlerDeps): NetworkHandlers {
  const uploads = new Map<string, Uploaded>();
  return {
    message: (event, portal, signal) => sendMessage(deps, uploads, event, portal, signal),
    // A correction of a file corrects its caption: Matrix clients cannot exchange the file itself.
    edit: (event, portal, signal) =>
      send(
        deps,
        renderEdit(event, { ...contextOf(deps, event, portal), url: undefined }, deps.texts),
        'named',
        signal,
      ),
    reaction: (event, portal, signal) =>
      send(deps, [renderReaction(event, contextOf(deps, event, portal))], 'nameless', signal),
    redaction: (event, portal, signal) =>
      send(deps, renderRedaction(event, contextOf(deps, event, portal), deps.texts), 'nameless', signal),
  };
}

async function sendMessage(
  deps: HandlerDeps,
  uploads: Map<string, Uploaded>,
  event: EventOf<'message'>,
  portal: Portal,
  signal: AbortSignal,
): Promise<Handled> {
  const context = contextOf(deps, event, portal);
  if (event.content.kind === 'text')
    return send(deps, renderMessage(event, { ...context, url: undefined }), 'named', signal);
  const known = uploads.get(event.cause);
  const uploaded = known ?? (await deps.uploader.upload(event.content.media, context.from, signal));
  if (uploaded.kind === 'failed') return uploaded;
  remember(uploads, event.cause, uploaded);
  const media = { ...event.content.media, size: uploaded.size };
  const measured = { ...event, content: { ...event.content, media } };
  const handled = await send(
    deps,
    renderMessage(measured, { ...context, url: uploaded.url }),
    'named',
    signal,
  );
  if (handled.kind === 'sent') uploads.delete(event.cause);
  return handled;
}

function remember(uploads: Map<string, Uploaded>, cause: string, uploaded: Uploaded): void {
  uploads.set(cause, uploaded);
  const oldest = uploads.keys().next();
  if (uploads.size > uploadsKept && oldest.done !== true) uploads.delete(oldest.value);
}

function contextOf(deps: HandlerDeps, event: BridgeEvent, portal: Portal): StanzaContext {
  return {
    from: deps.addresses.addressOf(senderOf(event)),
    to: portal.key.chat,
    id: messageIdFor(event.cause),
  };
}

/** Only people on Matrix send to the network. */
function senderOf({ sender }: BridgeEvent): MatrixUserId {
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
