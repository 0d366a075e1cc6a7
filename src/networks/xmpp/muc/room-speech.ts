/** What people say in rooms: rendered as for direct chats, and then made a groupchat's. */
import { by } from '../../../core/crossing.ts';
import type { EventOf, Target } from '../../../core/event.ts';
import { remoteMessageId, type RemoteMessageId } from '../../../core/ids.ts';
import type { Handled, NetworkHandlers } from '../../../core/network.ts';
import type { GroupPortal } from '../../../core/portal.ts';
import type { Link } from '../client.ts';
import { senderOf } from '../handlers.ts';
import { parseStanza } from '../stanza.ts';
import { byOwnIds, byRoomNames, partsIn, toGroupchat } from './groupchat.ts';
import { parseOwnIdName } from './occupant-names.ts';
import type { OwnMarks } from './own-marks.ts';
import { speak, voiceOf, type Voice } from './room-voice.ts';
import type { Rooms } from './rooms.ts';

export interface RoomSpeechDeps {
  readonly link: Link;
  readonly rooms: Rooms;
  readonly marks: OwnMarks;
  /** The handlers of direct chats, which write to the link that they are given. */
  readonly direct: (link: Pick<Link, 'deliver' | 'ask' | 'post'>) => NetworkHandlers;
}

/** What people say: rendered as for a direct chat. */
export type Speech = EventOf<'message' | 'edit' | 'reaction' | 'redaction' | 'vote' | 'poll-end'>;

/** Each attempt writes stanzas with the same ids, and is done once the room has said them. */
export async function say(
  deps: RoomSpeechDeps,
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
  if (voice.room.info?.occupantIds === false)
    for (const stanza of stanzas) deps.marks.mark(stanza, portal.key.chat);
  if (stanzas.length === 0) return { kind: 'ignored', reason: 'nothing-to-do' };
  const spoken = await speak(deps.link, voice, stanzas, signal);
  if (spoken.kind === 'failed') return spoken;
  return { kind: 'sent', messageIds: rendered.messageIds.length === 0 ? [] : spoken.names };
}

/** Lets the handlers of direct chats write, to where it can be read. */
function render(
  { direct, link }: RoomSpeechDeps,
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
  return by(handlers, portal, signal)(event);
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
    author.in === 'matrix'
      ? room.seat(author.userId)?.nick
      : room.ear.people.occupants.ofUser(author.userId)?.nick;
  return nick === undefined ? undefined : `${room.chat}/${nick}`;
}
