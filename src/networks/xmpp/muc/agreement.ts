/**
 * Those who run a room agree to its being bridged: https://xmpp.org/extensions/xep-0045.html#affil. Who they are says the
 * room's own presence (affiliations), of the occupant whose address the room puts on what they say; never a nickname.
 */
import xml, { type Element } from '@xmpp/xml';
import type { MatrixUserId, RemoteChatId } from '../../../core/ids.ts';
import type { Agreement, GroupAnswer } from '../../../core/network.ts';
import { failedForGood, failedForNow, type Failed } from '../../../core/outcome.ts';
import { codeIn } from '../../../core/tie.ts';
import type { Link } from '../client.ts';
import { messageIdFor } from '../ids.ts';
import { scrubbed } from '../stanza.ts';
import { namespaces } from './namespaces.ts';
import type { Occupants } from './occupants.ts';
import type { Room } from './room.ts';
import { speak, voiceOf } from './room-voice.ts';
import type { Rooms } from './rooms.ts';

const patienceMs = 30_000;

/** Asks in rooms, as the occupant that is the bridge's own. */
export function agreementIn(rooms: Rooms, link: Link): Agreement {
  return {
    administers: async (chat, user) => administers(rooms, chat, user),
    say: async (chat, id, text) => say(rooms, link, chat, id, text),
  };
}

async function administers(rooms: Rooms, chat: RemoteChatId, user: MatrixUserId): Promise<boolean | Failed> {
  const voice = await voiceOf(rooms, chat, user, AbortSignal.timeout(patienceMs));
  if (voice.kind === 'failed') return voice;
  return voice.seat.role === 'owner' || voice.seat.role === 'admin';
}

async function say(
  rooms: Rooms,
  link: Link,
  chat: RemoteChatId,
  id: string,
  text: string,
): Promise<undefined | Failed> {
  const room = rooms.room(chat);
  if (room === undefined) return failedForNow('link-down');
  const seat = room.listener;
  if (seat?.state !== 'in') return failedForNow('link-down');
  // The room has not let the bridge itself in: nobody speaks for it.
  if (seat.owner.user !== undefined) return failedForGood('forbidden');
  const to = { type: 'groupchat', from: seat.owner.address, to: chat, id: messageIdFor(id) };
  const stanza = scrubbed(xml('message', to, xml('body', {}, text)));
  const spoken = await speak(link, { kind: 'voice', room, seat }, [stanza], AbortSignal.timeout(patienceMs));
  return spoken.kind === 'failed' ? spoken : undefined;
}

/** The code that somebody else said in a room just now, if that is all they said; nothing for what is told of earlier. */
export function answerIn(
  room: Pick<Room, 'chat'> & {
    readonly ear: { readonly people: { readonly occupants: Pick<Occupants, 'get'> } };
  },
  stanza: Element,
  nick: string,
): GroupAnswer | undefined {
  const body = stanza.getChildText('body');
  const code = body === null ? undefined : codeIn(body);
  if (code === undefined || nick === '' || stanza.attrs['type'] !== 'groupchat') return undefined;
  if (stanza.getChild('delay', namespaces.delay) !== undefined) return undefined;
  const who = room.ear.people.occupants.get(nick);
  return { chat: room.chat, code, administers: who?.role === 'owner' || who?.role === 'admin' };
}
