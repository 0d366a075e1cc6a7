/** What Matrix users do, towards people on WhatsApp: one handler for each kind that the network carries. */
import { BoundedMap } from '../../core/bounded-map.ts';
import type { BridgeEvent, EditEvent, EventOf, MessageEvent, Party } from '../../core/event.ts';
import type { MatrixUserId, RemoteMessageId } from '../../core/ids.ts';
import type { EventSink, Handled, NetworkHandlers } from '../../core/network.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import type { Portal } from '../../core/portal.ts';
import { messageMeant } from '../../core/target.ts';
import { encodeMessage } from '../../interop/message/protobuf.ts';
import { messageIdFor } from '../../interop/message/message-id.ts';
import { sealedWith } from '../../interop/message/said-facts.ts';
import { stanzaFacts } from '../../interop/message/stanza-facts.ts';
import {
  writeEdit,
  writeMessage,
  writeReaction,
  writeRedaction,
  type ContentContext,
  type NamedMessage,
  type Written,
} from '../../interop/message/to-wire.ts';
import { formatAddress } from '../../interop/node/address.ts';
import type { Connection } from './connection.ts';
import { ownAddress, type Person } from './ids.ts';
import type { Member } from './member.ts';
import type { Persons } from './persons.ts';
import type { Remembered } from './remembered.ts';
import type { FileSender } from './sent-files.ts';
import type { Unread } from './unread.ts';

export interface HandlersDeps {
  readonly member: (user: MatrixUserId) => Member | undefined;
  readonly persons: Pick<Persons, 'addressOf' | 'at'>;
  readonly files: Pick<FileSender, 'of' | 'areSame'>;
  readonly remembered: Remembered;
  readonly unread: Unread;
  readonly sink: Pick<EventSink, 'displayName'>;
  /** How long what is to be sent waits for a connection, in milliseconds. */
  readonly patience: number;
}

/** The two sides of a chat, and the connection between them. */
interface Chat {
  readonly kind: 'chat';
  readonly user: MatrixUserId;
  readonly person: Person;
  readonly connection: Connection;
  /** The name that the user goes by. */
  readonly notify: string | undefined;
}

const done: Handled = { kind: 'sent', messageIds: [] };
const nothing: Handled = { kind: 'ignored', reason: 'nothing-to-do' };
const mostSent = 20_000;

export function createHandlers(deps: HandlersDeps): NetworkHandlers {
  const post = new Post(deps.remembered);
  const say = async (
    event: BridgeEvent,
    portal: Portal,
    signal: AbortSignal,
    write: (context: ContentContext) => Written,
  ): Promise<Handled> => {
    const chat = await chatIn(deps, event, portal, signal);
    return chat.kind === 'failed'
      ? chat
      : post.send(chat, event, write(contextOf(deps, chat, event)), signal);
  };
  return {
    message: (event, portal, signal) => sayMessage(deps, post, event, portal, signal),
    edit: (event, portal, signal) => sayEdit(deps, post, event, portal, signal),
    reaction: (event, portal, signal) =>
      say(event, portal, signal, (context) => writeReaction(event, context)),
    redaction: (event, portal, signal) =>
      say(event, portal, signal, (context) => writeRedaction(event, context)),
    receipt: (event, portal) => tellRead(deps, event, portal),
    typing: (event, portal) => tellTyping(deps, event, portal),
  };
}

async function sayMessage(
  deps: HandlersDeps,
  post: Post,
  event: MessageEvent,
  portal: Portal,
  signal: AbortSignal,
): Promise<Handled> {
  const chat = await chatIn(deps, event, portal, signal);
  if (chat.kind === 'failed') return chat;
  const context = contextOf(deps, chat, event);
  const ready = await deps.files.of(chat.user, context.id, event.content, signal);
  if (ready.kind === 'failed') return ready;
  const { files, content } = ready;
  return post.send(chat, event, writeMessage({ ...event, content }, { ...context, files }), signal);
}

/** Only words change: another file in place of one has no form. */
async function sayEdit(
  deps: HandlersDeps,
  post: Post,
  event: EditEvent,
  portal: Portal,
  signal: AbortSignal,
): Promise<Handled> {
  const chat = await chatIn(deps, event, portal, signal);
  if (chat.kind === 'failed') return chat;
  const isSame = await deps.files.areSame(chat.user, event.target.messageIds[0], event.content);
  if (!isSame) return { kind: 'unsupported', reason: 'not-editable' };
  return post.send(chat, event, writeEdit(event, contextOf(deps, chat, event)), signal);
}

/** Sends messages, in order, each under its name; sent again they show once. */
class Post {
  readonly #remembered: Remembered;
  /** What the server has: the parts of a message that went before another failed are not sent again. */
  readonly #sent = new BoundedMap<string, true>(mostSent);

  constructor(remembered: Remembered) {
    this.#remembered = remembered;
  }

  async send(chat: Chat, { kind }: BridgeEvent, written: Written, signal: AbortSignal): Promise<Handled> {
    if (written.kind === 'unsupported') return written;
    for (const named of written.messages) {
      if (signal.aborted) return failedForNow('timeout');
      const failed = await this.#one(chat, named);
      if (failed !== undefined) return failed;
    }
    const isNamed = kind === 'message' || kind === 'edit';
    const messageIds: readonly RemoteMessageId[] = isNamed ? written.messages.map(({ id }) => id) : [];
    return { kind: 'sent', messageIds };
  }

  async #one(chat: Chat, { id, message }: NamedMessage): Promise<undefined | Failed> {
    const { user, person, connection, notify } = chat;
    const key = `${user} ${person.id} ${id}`;
    if (this.#sent.has(key)) return undefined;
    const sealed = await connection.talk.seal(person.address, id, encodeMessage(message));
    if (sealed.kind === 'failed') return sealed;
    await connection.shown(person, id, sealed.identity);
    const facts = stanzaFacts(message);
    connection.said.keep(person.id, id, facts);
    const { type, edit } = facts;
    const sent = await connection.send({
      ...{ kind: 'message', id, type, edit, notify, to: person.address },
      ...{ from: undefined, participant: undefined, recipient: undefined, time: undefined },
      ...{ offline: undefined, body: undefined, unavailable: false },
      sealed: sealedWith([sealed.sealed], facts),
    });
    if (sent.kind === 'failed') return sent;
    this.#sent.set(key, true);
    this.#remembered.said(user, person.id, id, message);
    return undefined;
  }
}

/** What is told in passing goes where there is a connection, and is lost where there is none. */
async function tellRead(deps: HandlersDeps, event: EventOf<'receipt'>, portal: Portal): Promise<Handled> {
  if (event.receipt !== 'read' || event.target.author.in !== 'remote') return nothing;
  const place = await passing(deps, event, portal);
  if (place === undefined) return nothing;
  const { member, person } = place;
  const [id, ...more] = deps.unread.take(member.user, person.id, messageMeant(event.target));
  const sent = await place.connection.send({
    ...{ kind: 'receipt', id, to: person.address, about: { kind: 'read', more } },
    ...{ from: undefined, participant: undefined, recipient: undefined, time: undefined, offline: undefined },
  });
  return sent.kind === 'failed' ? sent : done;
}

async function tellTyping(deps: HandlersDeps, event: EventOf<'typing'>, portal: Portal): Promise<Handled> {
  const place = await passing(deps, event, portal);
  if (place === undefined) return nothing;
  const sent = await place.connection.send({
    ...{ kind: 'chatstate', from: undefined, to: place.person.address, participant: undefined },
    state: event.typing ? 'composing' : 'paused',
  });
  return sent.kind === 'failed' ? sent : done;
}

interface Passing {
  readonly member: Member;
  readonly person: Person;
  readonly connection: Connection;
}

async function passing(deps: HandlersDeps, event: BridgeEvent, portal: Portal): Promise<Passing | undefined> {
  if (portal.kind === 'group' || event.sender.in !== 'matrix') return undefined;
  const member = deps.member(event.sender.userId);
  member?.active();
  const connection = member?.connection;
  const person = await personOf(deps, portal.remote);
  return member === undefined || connection === undefined || person === undefined
    ? undefined
    : { member, person, connection };
}

async function chatIn(
  deps: HandlersDeps,
  event: BridgeEvent,
  portal: Portal,
  signal: AbortSignal,
): Promise<Chat | Failed> {
  if (portal.kind === 'group') return failedForGood('no-handler');
  const user = event.sender.in === 'matrix' ? event.sender.userId : portal.key.receiver;
  const member = deps.member(user);
  if (member === undefined) return failedForGood('not-enabled');
  const person = await personOf(deps, portal.remote);
  if (person === undefined) return failedForGood('no-such-user');
  const connection = await member.link(deps.patience, signal);
  if ('kind' in connection) return connection;
  const notify = (await deps.sink.displayName(user))?.slice(0, 200).toWellFormed();
  return { kind: 'chat', user, person, connection, notify };
}

async function personOf({ persons }: HandlersDeps, id: Person['id']): Promise<Person | undefined> {
  const address = await persons.addressOf(id);
  return address === undefined ? undefined : persons.at(address);
}

function contextOf({ remembered }: HandlersDeps, chat: Chat, { cause }: BridgeEvent): ContentContext {
  const { user, person, connection } = chat;
  const [theirs, own] = [formatAddress(person.address), formatAddress(ownAddress(connection.login))];
  return {
    ...{ id: messageIdFor(cause), chat: theirs, group: false, files: [] },
    addressOf: ({ userId }: Party) => (userId === person.id ? theirs : userId === user ? own : undefined),
    quoted: (target) => remembered.quote(user, person.id, messageMeant(target)),
  };
}
