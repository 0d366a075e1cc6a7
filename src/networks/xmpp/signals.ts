import { randomUUID } from 'node:crypto';
import xml, { type Element } from '@xmpp/xml';
import type { EventOf } from '../../core/event.ts';
import type { MatrixUserId, RemoteChatId, RemoteUserId } from '../../core/ids.ts';
import type { Handled, NetworkHandlers, RemoteSignal } from '../../core/network.ts';
import type { Portal } from '../../core/portal.ts';
import { signalCause } from '../../core/signals.ts';
import { stateElements, typingIn } from './chat-states.ts';
import type { Link } from './client.ts';
import type { AddressBook } from './ids.ts';
import { markerElements, markersIn } from './markers.ts';
import type { Presences } from './presences.ts';
import { signalPrefix } from './signal-id.ts';
import { attribute } from './stanza.ts';

/** Where a stanza was said, and by whom; in a group there is no receiver. */
export interface SignalPlace {
  readonly chat: RemoteChatId;
  readonly receiver: MatrixUserId | undefined;
  readonly sender: RemoteUserId;
}

/** What a message stanza signals; nothing where it is an error. Total. */
export function signalsIn(
  stanza: Element,
  { chat, receiver, sender }: SignalPlace,
  now: number,
): readonly RemoteSignal[] {
  if (attribute(stanza, 'type') === 'error') return [];
  const place = { chat, receiver };
  const envelope = () => ({
    cause: signalCause(),
    sender: { in: 'remote', userId: sender } as const,
    name: undefined,
    at: now,
  });
  const typing = typingIn(stanza);
  const markers = markersIn(stanza).map(({ receipt, id }): RemoteSignal => {
    const target = { in: 'remote', messageId: id } as const;
    return { ...place, event: { ...envelope(), kind: 'receipt', receipt, target } };
  });
  if (typing === undefined) return markers;
  return [...markers, { ...place, event: { ...envelope(), kind: 'typing', typing } }];
}

export interface SignalDeps {
  readonly link: Pick<Link, 'post'>;
  readonly addresses: AddressBook;
  readonly presences: Pick<Presences, 'tell' | 'met'>;
  /** The full address as which a user is in a group now; signals of who is in none are dropped. */
  readonly occupant?: (user: MatrixUserId, chat: RemoteChatId) => string | undefined;
}

const sent: Handled = { kind: 'sent', messageIds: [] };
const nothing: Handled = { kind: 'ignored', reason: 'nothing-to-do' };

/** The handlers of messages with those of signals, which go out once and are not waited for. */
export function withSignals(handlers: NetworkHandlers, deps: SignalDeps): NetworkHandlers {
  const { message } = handlers;
  return {
    ...handlers,
    ...(message === undefined
      ? {}
      : {
          message: async (event, portal, signal) => {
            const handled = await message(event, portal, signal);
            if (handled.kind === 'sent') meet(deps, portal);
            return handled;
          },
        }),
    typing: async (event, portal) => type(deps, event, portal),
    receipt: async (event, portal) => read(deps, event, portal),
    presence: async (event, portal) => bePresent(deps, event, portal),
  };
}

function type(deps: SignalDeps, event: EventOf<'typing'>, portal: Portal): Handled {
  if (event.sender.in !== 'matrix') return nothing;
  meet(deps, portal);
  return say(deps, event.sender.userId, portal, stateElements(event.typing));
}

function read(deps: SignalDeps, event: EventOf<'receipt'>, portal: Portal): Handled {
  const { sender, target, receipt } = event;
  if (sender.in !== 'matrix' || receipt !== 'read' || target.author.in !== 'remote') return nothing;
  meet(deps, portal);
  return say(deps, sender.userId, portal, markerElements(target.messageIds.at(-1) ?? target.messageIds[0]));
}

function bePresent(deps: SignalDeps, event: EventOf<'presence'>, portal: Portal): Handled {
  if (event.sender.in !== 'matrix' || portal.kind !== 'direct') return nothing;
  meet(deps, portal);
  const { presence, status } = event;
  return deps.presences.tell(event.sender.userId, portal.remote, { presence, status }) ? sent : nothing;
}

function say(
  { link, addresses, occupant }: SignalDeps,
  user: MatrixUserId,
  portal: Portal,
  elements: readonly Element[],
): Handled {
  const direct = portal.kind === 'direct';
  const from = direct ? addresses.addressOf(user) : occupant?.(user, portal.key.chat);
  if (from === undefined) return nothing;
  const [type, to] = direct ? ['chat', portal.remote] : ['groupchat', portal.key.chat];
  link.post(xml('message', { type, from, to, id: `${signalPrefix}${randomUUID()}` }, ...elements));
  return sent;
}

function meet({ presences }: SignalDeps, portal: Portal): void {
  if (portal.kind === 'direct') presences.met(portal.key.receiver, portal.remote);
}
