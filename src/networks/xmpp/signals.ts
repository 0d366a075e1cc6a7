import { randomUUID } from 'node:crypto';
import xml, { type Element } from '@xmpp/xml';
import type { EventOf } from '../../core/event.ts';
import type { MatrixUserId } from '../../core/ids.ts';
import type { Handled, NetworkHandlers, RemoteSignal } from '../../core/network.ts';
import type { Portal } from '../../core/portal.ts';
import { signalCause } from '../../core/signals.ts';
import { stateElements, typingIn } from './chat-states.ts';
import type { Link } from './client.ts';
import { chatOf, type Address, type AddressBook } from './ids.ts';
import { markerElements, markersIn } from './markers.ts';
import type { Presences } from './presences.ts';
import { attribute } from './stanza.ts';

/** The beginning of the ids of signals, by which their bounces are told from those of messages. */
const prefix = 'signal-';

/** What a message stanza of a direct chat signals; nothing where it is an error. Total. */
export function signalsIn(
  stanza: Element,
  sender: Address,
  receiver: MatrixUserId,
  now: number,
): readonly RemoteSignal[] {
  if (attribute(stanza, 'type') === 'error') return [];
  const place = { chat: chatOf(sender.bare), receiver };
  const envelope = () => ({
    cause: signalCause(),
    sender: { in: 'remote', userId: sender.bare } as const,
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

/** Whether an error is about a signal of the bridge, which nobody needs to know. */
export function isSignalBounce(stanza: Element): boolean {
  return attribute(stanza, 'type') === 'error' && attribute(stanza, 'id')?.startsWith(prefix) === true;
}

export interface SignalDeps {
  readonly link: Pick<Link, 'post'>;
  readonly addresses: AddressBook;
  readonly presences: Pick<Presences, 'tell' | 'met'>;
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
  if (event.sender.in !== 'matrix' || portal.kind !== 'direct') return nothing;
  meet(deps, portal);
  return say(deps, event.sender.userId, portal.remote, stateElements(event.typing));
}

function read(deps: SignalDeps, event: EventOf<'receipt'>, portal: Portal): Handled {
  const { sender, target, receipt } = event;
  if (sender.in !== 'matrix' || receipt !== 'read' || target.author.in !== 'remote') return nothing;
  if (portal.kind !== 'direct') return nothing;
  meet(deps, portal);
  const id = target.messageIds.at(-1) ?? target.messageIds[0];
  return say(deps, sender.userId, target.author.userId, markerElements(id));
}

function bePresent(deps: SignalDeps, event: EventOf<'presence'>, portal: Portal): Handled {
  if (event.sender.in !== 'matrix' || portal.kind !== 'direct') return nothing;
  meet(deps, portal);
  const { presence, status } = event;
  return deps.presences.tell(event.sender.userId, portal.remote, { presence, status }) ? sent : nothing;
}

function say(
  { link, addresses }: SignalDeps,
  user: MatrixUserId,
  to: string,
  elements: readonly Element[],
): Handled {
  const from = addresses.addressOf(user);
  link.post(xml('message', { type: 'chat', from, to, id: `${prefix}${randomUUID()}` }, ...elements));
  return sent;
}

function meet({ presences }: SignalDeps, portal: Portal): void {
  if (portal.kind === 'direct') presences.met(portal.key.receiver, portal.remote);
}
