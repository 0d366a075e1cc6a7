/** The core's events in rooms. What is said is rendered as for direct chats, and then made a groupchat's. */
import xml, { type Element } from '@xmpp/xml';
import type { BridgeEvent, EventOf, Target } from '../../../core/event.ts';
import { localpartOf, remoteMessageId, type MatrixUserId, type RemoteMessageId } from '../../../core/ids.ts';
import type { Handled, NetworkHandlers } from '../../../core/network.ts';
import { failedForGood, type Ignored } from '../../../core/outcome.ts';
import type { GroupPortal, Portal } from '../../../core/portal.ts';
import type { Link } from '../client.ts';
import { messageIdFor } from '../ids.ts';
import { parseStanza, scrubbed } from '../stanza.ts';
import { administer, type Administration, type Affected } from './admin.ts';
import { byOwnIds, byRoomNames, partsIn, toGroupchat } from './groupchat.ts';
import { namespaces } from './namespaces.ts';
import { parseOwnIdName, roomOf, roomUser } from './occupant-names.ts';
import { configureRoom } from './room-forms.ts';
import { askAddress } from './real-address.ts';
import { setRoomPicture } from './room-picture.ts';
import { speak, voiceOf, type Voice } from './room-voice.ts';
import type { Rooms } from './rooms.ts';

const done: Handled = { kind: 'sent', messageIds: [] };
const nothingToDo: Ignored = { kind: 'ignored', reason: 'nothing-to-do' };

export interface RoomHandlerDeps {
  readonly link: Link;
  readonly rooms: Rooms;
  /** The handlers of direct chats, which write to the link that they are given. */
  readonly direct: (link: Pick<Link, 'deliver' | 'ask' | 'post'>) => NetworkHandlers;
}

type Move = EventOf<'membership'>;
/** What people say: rendered as for a direct chat. */
type Speech = EventOf<'message' | 'edit' | 'reaction' | 'redaction' | 'vote' | 'poll-end'>;

/** The handlers for both kinds of chats: those of direct chats, with rooms beside them. */
export function withRooms(direct: NetworkHandlers, deps: RoomHandlerDeps): NetworkHandlers {
  type Handler<E> = (event: E, portal: Portal, signal: AbortSignal) => Promise<Handled>;
  const both = <E extends Speech>(
    handler: Handler<E> | undefined,
  ): { readonly handler: Handler<E> } | undefined =>
    handler && {
      handler: (event, portal, signal) =>
        portal.kind === 'group' ? say(deps, event, portal, signal) : handler(event, portal, signal),
    };
  const { receipt } = direct;
  const [vote, pollEnd] = [both(direct.vote), both(direct['poll-end'])];
  const [message, edit] = [both(direct.message), both(direct.edit)];
  const [reaction, redaction] = [both(direct.reaction), both(direct.redaction)];
  return {
    ...direct,
    ...(message && { message: message.handler }),
    ...(edit && { edit: edit.handler }),
    ...(reaction && { reaction: reaction.handler }),
    ...(redaction && { redaction: redaction.handler }),
    ...(vote && { vote: vote.handler }),
    // Readers of rooms are told by the room's name for a message (XEP-0333).
    ...(receipt && {
      receipt: async (event, portal, signal) =>
        receipt(
          portal.kind === 'group' ? { ...event, target: byRoomNames(event.target) } : event,
          portal,
          signal,
        ),
    }),
    ...(pollEnd && { 'poll-end': pollEnd.handler }),
    membership: async (event, portal, signal) =>
      portal.kind === 'group' ? changeMember(deps, event, portal, signal) : nothingToDo,
    'chat-info': async (event, portal, signal) => {
      if (portal.kind !== 'group') return nothingToDo;
      const voice = await voiceOf(deps.rooms, portal.key.chat, senderOf(event), signal);
      return voice.kind === 'failed' ? voice : changeInfo(deps, event, voice, signal);
    },
  };
}

/** Each attempt writes stanzas with the same ids, and is done once the room has said them. */
async function say(
  deps: RoomHandlerDeps,
  event: Speech,
  portal: GroupPortal,
  signal: AbortSignal,
): Promise<Handled> {
  const voice = await voiceOf(deps.rooms, portal.key.chat, senderOf(event), signal);
  if (voice.kind === 'failed') return voice;
  const written: string[] = [];
  const rendered = await render(deps, inRoomsTerms(event), portal, written, signal);
  if (rendered?.kind !== 'sent') return rendered ?? { kind: 'unsupported', reason: 'no-handler' };
  const context = {
    from: voice.seat.owner.address,
    roomNames: 'target' in event ? roomNamesIn(event.target) : new Map<string, string>(),
    replyTo: event.kind === 'message' ? occupantOf(voice, event.replyTo) : undefined,
  };
  const stanzas = written.flatMap((text) => {
    const stanza = parseStanza(text);
    return typeof stanza === 'string' ? [] : [toGroupchat(stanza, context)];
  });
  if (stanzas.length === 0) return nothingToDo;
  const spoken = await speak(deps.link, voice, stanzas, signal);
  if (spoken.kind === 'failed') return spoken;
  return { kind: 'sent', messageIds: rendered.messageIds.length === 0 ? [] : spoken.names };
}

/** Lets the handlers of direct chats write, to where it can be read. */
function render(
  { direct, link }: RoomHandlerDeps,
  event: Speech,
  portal: GroupPortal,
  written: string[],
  signal: AbortSignal,
): Promise<Handled> | undefined {
  const handlers = direct({
    ask: (request, timeoutMs) => link.ask(request, timeoutMs),
    post: (stanza) => link.post(stanza),
    deliver: async (stanzas) => {
      written.push(...stanzas);
      return true;
    },
  });
  switch (event.kind) {
    case 'message':
      return handlers.message?.(event, portal, signal);
    case 'edit':
      return handlers.edit?.(event, portal, signal);
    case 'reaction':
      return handlers.reaction?.(event, portal, signal);
    case 'redaction':
      return handlers.redaction?.(event, portal, signal);
    case 'vote':
      return handlers.vote?.(event, portal, signal);
    case 'poll-end':
      return handlers['poll-end']?.(event, portal, signal);
  }
}

/** Targets by the names that the far side knows them by. */
function inRoomsTerms(event: Speech): Speech {
  switch (event.kind) {
    case 'message': {
      const [replyTo, thread] = [event.replyTo, event.thread].map((target) => target && byRoomNames(target));
      return { ...event, replyTo, thread };
    }
    case 'edit':
    case 'redaction':
      return { ...event, target: byOwnIds(event.target, ownId) };
    case 'reaction':
    case 'vote':
    case 'poll-end':
      return { ...event, target: byRoomNames(event.target) };
  }
}

function ownId(name: RemoteMessageId): RemoteMessageId {
  const id = parseOwnIdName(name)?.id ?? '';
  return id === '' ? name : remoteMessageId(id);
}

function roomNamesIn(target: Target): ReadonlyMap<string, string> {
  return new Map(partsIn(target).map(({ own, room }) => [ownId(own), room === own ? ownId(own) : room]));
}

/** XEP-0461: in a room the author is named by their occupant's address. */
function occupantOf({ room }: Voice, target: Target | undefined): string | undefined {
  if (target === undefined) return undefined;
  const { author } = target;
  const nick =
    author.in === 'matrix' ? room.seat(author.userId)?.nick : room.ear.occupants.ofUser(author.userId)?.nick;
  return nick === undefined ? undefined : `${room.chat}/${nick}`;
}

function isOwnMove({ sender, member, change }: Move): boolean {
  return member.userId === sender.userId && (change.kind === 'join' || change.kind === 'leave');
}

async function changeMember(
  deps: RoomHandlerDeps,
  event: Move,
  portal: GroupPortal,
  signal: AbortSignal,
): Promise<Handled> {
  const user = senderOf(event);
  const { chat } = portal.key;
  if (isOwnMove(event)) {
    const failed =
      event.change.kind === 'leave'
        ? await deps.rooms.leave(chat, user)
        : await deps.rooms.join(chat, user, localpartOf(user));
    return failed?.kind === 'failed' ? failed : done;
  }
  const voice = await voiceOf(deps.rooms, chat, user, signal);
  return voice.kind === 'failed' ? voice : administerMember(deps, event, voice, signal);
}

async function administerMember(
  { link }: RoomHandlerDeps,
  { change, member, cause }: Move,
  voice: Voice,
  signal: AbortSignal,
): Promise<Handled> {
  const { room, seat } = voice;
  const known = affected(voice, member);
  if (change.kind === 'invite') {
    if (known.address === undefined) return failedForGood('no-such-user');
    return tell(link, voice, inviting(known.address, voice, messageIdFor(cause)), signal);
  }
  const administration = administrationOf(change);
  if (administration === undefined || (change.kind === 'kick' && known.nick === undefined))
    return nothingToDo;
  const whom = change.kind === 'ban' ? await withAddress(link, voice, member, known) : known;
  return (await administer(link, seat.owner.address, room.chat, whom, administration)) ?? done;
}

function administrationOf(change: Move['change']): Administration | undefined {
  switch (change.kind) {
    case 'kick':
    case 'ban':
      return { kind: change.kind, reason: change.reason };
    case 'unban':
      return { kind: 'unban' };
    case 'role':
      return change;
    case 'join':
    case 'leave':
    case 'invite':
      return undefined;
  }
}

/** Who is banned is gone, and only their address can undo it: so it is looked up while they are there, and remembered. */
async function withAddress(
  link: Link,
  { room, seat }: Voice,
  member: Move['member'],
  known: Affected,
): Promise<Affected> {
  if (known.address !== undefined || known.nick === undefined) return known;
  const address = await askAddress(link, seat.owner.address, room.chat, known.nick);
  if (address !== undefined) room.banned.set(member.userId, address);
  return { ...known, address };
}

function affected({ room }: Voice, member: Move['member']): Affected {
  if (member.in === 'matrix') {
    const seat = room.seat(member.userId);
    const address = room.addressOf(member.userId);
    return { nick: seat?.state === 'in' ? seat.nick : undefined, address, role: undefined };
  }
  const occupant = room.ear.occupants.ofUser(member.userId);
  const own = roomOf(member.userId) === undefined && member.userId !== roomUser(room.chat);
  const address = own ? member.userId : room.banned.get(member.userId);
  return { nick: occupant?.nick, address, role: occupant?.role };
}

/** XEP-0045, 7.8.2: an invitation through the room, which lets the invited in. */
function inviting(address: string, { room, seat }: Voice, id: string): Element {
  const invite = xml('invite', { to: address });
  return scrubbed(
    xml('message', { from: seat.owner.address, to: room.chat, id }, xml('x', namespaces.mucUser, invite)),
  );
}

/** What the room does not say back is done when it was delivered and no refusal came before that. */
async function tell(link: Link, { room }: Voice, stanza: Element, signal: AbortSignal): Promise<Handled> {
  const id = String(stanza.attrs['id']);
  const answer = room.reflections.wait(id, 500, signal);
  if (!(await link.deliver([stanza.toString()]))) room.reflections.refused(id, 'link-down');
  const reflection = await answer;
  if (reflection.kind !== 'refused') return done;
  return failedForGood(
    reflection.condition === 'forbidden' || reflection.condition === 'not-allowed'
      ? 'forbidden'
      : 'network-refused',
  );
}

async function changeInfo(
  { link }: RoomHandlerDeps,
  event: EventOf<'chat-info'>,
  voice: Voice,
  signal: AbortSignal,
): Promise<Handled> {
  const { room, seat } = voice;
  const from = seat.owner.address;
  const { change } = event;
  switch (change.kind) {
    case 'topic': {
      const id = messageIdFor(event.cause);
      const subject = xml('subject', {}, change.topic);
      const stanza = scrubbed(xml('message', { type: 'groupchat', from, to: room.chat, id }, subject));
      // Rooms say a topic back without its id: there is only a refusal to wait for.
      return tell(link, voice, stanza, signal);
    }
    case 'name': {
      const failed = await configureRoom(link, from, room.chat, { 'muc#roomconfig_roomname': change.name });
      return failed ?? done;
    }
    case 'avatar':
      return setRoomPicture(link, from, room.chat, change.avatar, signal);
  }
}

/** Only people on Matrix send to the network. */
function senderOf({ sender }: BridgeEvent): MatrixUserId {
  if (sender.in !== 'matrix') throw new Error('an event for the network came from the network');
  return sender.userId;
}
