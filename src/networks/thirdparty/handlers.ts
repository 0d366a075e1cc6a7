/** What homeserver users do, towards providers' users: one handler for each kind that the network carries. */
import type { BridgeEvent, EditEvent, MessageEvent, Party } from '../../core/event.ts';
import type { MatrixUserId, RemoteMessageId } from '../../core/ids.ts';
import type { Handled, NetworkHandlers } from '../../core/network.ts';
import { failedForGood, type Failed } from '../../core/outcome.ts';
import type { Portal } from '../../core/portal.ts';
import { messageMeant } from '../../core/target.ts';
import type { Login } from '../../interop/enlistment/login.ts';
import { messageIdFor } from '../../interop/message/message-id.ts';
import {
  writeEdit,
  writeMessage,
  writeReaction,
  writeRedaction,
  type ContentContext,
  type WriteContext,
  type Written,
} from '../../interop/message/to-wire.ts';
import { formatAddress } from '../../interop/node/address.ts';
import { ownIntegrator } from '../../interop/profile/host-profile.ts';
import type { Acquaintance } from './acquaintance.ts';
import type { End, Ends } from './ends.ts';
import type { Files } from './files.ts';
import type { Host } from './host.ts';
import { addressOf, loginOf, residentAddress, userOf } from './ids.ts';
import type { Outbox } from './outbox.ts';
import type { Residents } from './residents.ts';
import type { Unread } from './unread.ts';

export interface HandlersDeps {
  readonly host: Pick<Host, 'account' | 'signal'>;
  readonly residents: Residents;
  readonly ends: Ends;
  readonly outbox: Outbox;
  readonly files: Files;
  readonly acquaintance: Acquaintance;
  readonly unread: Unread;
}

/** The two sides of a chat, where what is said in it can go over. */
interface Chat {
  readonly kind: 'chat';
  readonly end: End;
  readonly login: Login;
}

export function createHandlers(deps: HandlersDeps): NetworkHandlers {
  return {
    message: (event, portal, signal) => sayMessage(deps, event, portal, signal),
    edit: (event, portal) => sayEdit(deps, event, portal),
    reaction: (event, portal) => say(deps, event, portal, (context) => writeReaction(event, context)),
    redaction: (event, portal) => say(deps, event, portal, (context) => writeRedaction(event, context)),
    receipt: async (event, portal) => {
      if (event.receipt !== 'read') return { kind: 'ignored', reason: 'nothing-to-do' };
      const chat = await chatIn(deps, event, portal);
      if (chat.kind === 'failed') return chat;
      const { end, login } = chat;
      const [first, ...more] = deps.unread.take(userOf(login), end.id, messageMeant(event.target));
      const receipt = deps.outbox.receipt(end, login, first, { kind: 'read', more });
      return (await deps.outbox.post(login, receipt)) ?? nothing;
    },
    typing: async (event, portal) => {
      const chat = await chatIn(deps, event, portal);
      if (chat.kind === 'failed') return chat;
      const { end, login } = chat;
      const [from, to] = [residentAddress(end.id), addressOf(login)];
      const state = event.typing ? 'composing' : 'paused';
      deps.host.signal(login, { kind: 'chatstate', from, to, participant: undefined, state });
      return nothing;
    },
  };
}

const nothing: Handled = { kind: 'sent', messageIds: [] };

async function sayMessage(
  deps: HandlersDeps,
  event: MessageEvent,
  portal: Portal,
  signal: AbortSignal,
): Promise<Handled> {
  const chat = await chatIn(deps, event, portal);
  if (chat.kind === 'failed') return chat;
  const context = contextOf(chat, event);
  const written = await deps.files.write(chat.end.id, context.id, event.content, signal);
  if (written.kind === 'failed') return written;
  return send(deps, chat, event, writeMessage(event, { ...context, files: written.files }));
}

/** Only words change: another file in place of one has no form. */
async function sayEdit(deps: HandlersDeps, event: EditEvent, portal: Portal): Promise<Handled> {
  const chat = await chatIn(deps, event, portal);
  if (chat.kind === 'failed') return chat;
  const isSame = await deps.files.areSame(chat.end.id, event.target.messageIds[0], event.content);
  if (!isSame) return { kind: 'unsupported', reason: 'not-editable' };
  return send(deps, chat, event, writeEdit(event, contextOf(chat, event)));
}

async function say(
  deps: HandlersDeps,
  event: BridgeEvent,
  portal: Portal,
  write: (context: WriteContext) => Written,
): Promise<Handled> {
  const chat = await chatIn(deps, event, portal);
  return chat.kind === 'failed' ? chat : send(deps, chat, event, write(contextOf(chat, event)));
}

/** What has names there that people refer to later: messages, and what an edit adds. */
async function send(
  { outbox }: HandlersDeps,
  { end, login }: Chat,
  { kind }: BridgeEvent,
  written: Written,
): Promise<Handled> {
  if (written.kind === 'unsupported') return written;
  const failed = await outbox.say(end, login, written.messages);
  if (failed !== undefined) return failed;
  const isNamed = kind === 'message' || kind === 'edit';
  const messageIds: readonly RemoteMessageId[] = isNamed ? written.messages.map(({ id }) => id) : [];
  return { kind: 'sent', messageIds };
}

function contextOf({ end, login }: Chat, { cause }: BridgeEvent): ContentContext {
  const addresses: Readonly<Record<string, string>> = {
    [end.user]: formatAddress(residentAddress(end.id)),
    [userOf(login)]: formatAddress(addressOf(login)),
  };
  return {
    ...{ id: messageIdFor(cause), chat: formatAddress(addressOf(login)), group: false, files: [] },
    addressOf: ({ userId }: Party) => addresses[userId],
  };
}

/** Who has left, blocked the user or wants nobody to reach them is not written to. */
async function chatIn(deps: HandlersDeps, event: BridgeEvent, portal: Portal): Promise<Chat | Failed> {
  if (portal.kind === 'group') return failedForGood('no-handler');
  const login = loginOf(portal.remote);
  const account = login && (await deps.host.account(login));
  if (account === undefined) return failedForGood('no-such-user');
  const resident = await deps.residents.of(speakerOf(event, portal.key.receiver));
  const { acquaintance, ends } = deps;
  const isBlocked = await acquaintance.hasBlocked(portal.remote, resident.id);
  if (isBlocked || !(await isReached(deps, account.login))) return failedForGood('user-unavailable');
  return { kind: 'chat', end: await ends.of(resident), login: account.login };
}

async function isReached({ acquaintance }: HandlersDeps, login: Login): Promise<boolean> {
  const { enabled, integrators } = await acquaintance.reachability(userOf(login));
  return enabled && (integrators.length === 0 || integrators.includes(ownIntegrator.number));
}

function speakerOf({ sender }: BridgeEvent, receiver: MatrixUserId): MatrixUserId {
  return sender.in === 'matrix' ? sender.userId : receiver;
}
