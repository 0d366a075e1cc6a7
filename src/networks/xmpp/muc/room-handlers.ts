/** The core's events in rooms. */
import xml from '@xmpp/xml';
import type { EventOf } from '../../../core/event.ts';
import type { Handled, NetworkHandlers } from '../../../core/network.ts';
import type { Ignored } from '../../../core/outcome.ts';
import type { Portal } from '../../../core/portal.ts';
import { senderOf } from '../handlers.ts';
import { messageIdFor } from '../ids.ts';
import { scrubbed } from '../stanza.ts';
import { byRoomNames } from './groupchat.ts';
import { configureRoom } from './room-forms.ts';
import { changeMember, type RoomMembersDeps } from './room-members.ts';
import { moderate } from './room-moderation.ts';
import { setRoomPicture } from './room-picture.ts';
import { say, type RoomSpeechDeps, type Speech } from './room-speech.ts';
import { tell, voiceOf, type Voice } from './room-voice.ts';

const done: Handled = { kind: 'sent', messageIds: [] };
const nothingToDo: Ignored = { kind: 'ignored', reason: 'nothing-to-do' };

export type RoomHandlerDeps = RoomSpeechDeps & RoomMembersDeps;

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
  const { receipt, timer } = direct;
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
    ...(timer && {
      timer: async (event, portal, signal) =>
        portal.kind === 'group'
          ? { kind: 'unsupported', reason: 'no-handler' }
          : timer(event, portal, signal),
    }),
    moderation: async (event, portal, signal) => {
      if (portal.kind !== 'group') return nothingToDo;
      const voice = await voiceOf(deps.rooms, portal.key.chat, senderOf(event), signal);
      return voice.kind === 'failed' ? voice : moderate(deps.link, event, voice);
    },
    membership: async (event, portal, signal) =>
      portal.kind === 'group' ? changeMember(deps, event, portal, signal) : nothingToDo,
    'chat-info': async (event, portal, signal) => {
      if (portal.kind !== 'group') return nothingToDo;
      const voice = await voiceOf(deps.rooms, portal.key.chat, senderOf(event), signal);
      return voice.kind === 'failed' ? voice : changeInfo(deps, event, voice, signal);
    },
  };
}

async function changeInfo(
  { link, marks }: RoomHandlerDeps,
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
      if (room.info?.occupantIds === false) marks.mark(stanza, room.chat);
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
