import { eventually } from '../../../test/conformance/eventually.ts';
import type { RichChat } from '../../../test/conformance/rich-chat.ts';
import type { XmppPlace } from '../../../test/conformance/xmpp-chat.ts';
import type { Chat } from '../chat.ts';
import { arrival, fromAlice, fromFriend, rowOf, type Message } from '../ends.ts';
import { patienceMs, type Direction, type Exchange, type Row } from '../exchange.ts';

/** Places, polls and texts that are longer than one message, each in both directions. */
export function wordExchanges(chat: Chat, place: XmppPlace): readonly Exchange[] {
  return [
    ...places(chat, place),
    ...polls(chat, place),
    long(chat, place, 'to-matrix', 90_000),
    long(chat, place, 'to-network', 40_000),
  ];
}

function places(chat: Chat, place: XmppPlace): readonly Exchange[] {
  const tower = { latitude: 52.520817, longitude: 13.409419, description: 'By the tower' };
  const gate = { latitude: 52.516275, longitude: 13.377704, description: 'At the gate' };
  const is = (wanted: typeof gate) => (seen: Message) =>
    seen.kind === 'place' && JSON.stringify(seen.place) === JSON.stringify(wanted);
  return [
    fromFriend(chat, place, {
      ...{ kind: 'location', expected: 'the place of the tower with its name', arrived: is(tower) },
      send: (friend) => friend.sendPlace(tower),
    }),
    fromAlice(chat, place, {
      ...{ kind: 'location', expected: 'the place of the gate with its name', arrived: is(gate) },
      send: (alice) => alice.sendPlace(gate),
    }),
  ];
}

/** XMPP has no polls: people write them down, and the bridge does. */
function polls(chat: Chat, place: XmppPlace): readonly Exchange[] {
  const [where, what] = ['Where shall we sit?', 'What shall we drink?'];
  const asks = (question: string, answers: readonly string[]) => (seen: Message) =>
    seen.kind === 'said' && [question, ...answers].every((words) => seen.text.includes(words));
  return [
    fromFriend(chat, place, {
      kind: 'poll',
      expected: `"${where}" with its answers, as text: XMPP has no polls`,
      send: (friend) => friend.askPoll(where, ['inside', 'outside']),
      arrived: asks(where, ['inside', 'outside']),
    }),
    fromAlice(chat, place, {
      kind: 'poll',
      expected: `"${what}" with its answers, as text: XMPP has no polls`,
      send: (alice) => alice.askPoll(what, ['tea', 'coffee'], 1),
      arrived: asks(what, ['tea', 'coffee']),
    }),
  ];
}

/** A text that goes over as several messages; all of it has to be there, in order. */
function long(chat: Chat, place: XmppPlace, direction: Direction, length: number): Exchange {
  const start = direction === 'to-matrix' ? 'Once upon a time' : 'Dear diary';
  const words = Array.from({ length: 20_000 }, (_, index) => `word${index}`).join(' ');
  const text = `${start} ${words}`.slice(0, length);
  return {
    ...{ kind: 'long-text', direction, expected: `all ${length} characters of "${start} …", in order` },
    run: async () => {
      const [alice, friend] = [chat.aliceEnd, chat.friendEnd(place)];
      const [from, to] = direction === 'to-matrix' ? [friend, alice] : [alice, friend];
      const id = await from.say(text);
      const first = await arrival(to, {
        expected: start,
        arrived: (seen) => seen.kind === 'said' && seen.text.startsWith(start),
      });
      await eventually('all of the text', () => allSaid(to).includes(text) || undefined, patienceMs);
      const parts = saidFrom(to, first.id).filter((part) => text.includes(part.text));
      const [head, ...rest] = await Promise.all(parts.map((part) => rowOf(chat, direction, id, part.id)));
      return chat.shown(
        ...(head === undefined ? [] : [head]),
        ...rest.map((row) => receivedOnly(row, direction)),
      );
    },
  };
}

function receivedOnly({ matrix, xmpp }: Row, direction: Direction): Row {
  if (direction === 'to-matrix') return { ...(matrix === undefined ? {} : { matrix }), direction };
  return { ...(xmpp === undefined ? {} : { xmpp }), direction };
}

function saidFrom(chat: RichChat, id: string): readonly Extract<Message, { kind: 'said' }>[] {
  const said = chat.richSeen().flatMap((seen) => (seen.kind === 'said' ? [seen] : []));
  return said.slice(said.findIndex((seen) => seen.id === id));
}

function allSaid(chat: RichChat): string {
  return chat
    .richSeen()
    .flatMap((seen) => (seen.kind === 'said' ? [seen.text] : []))
    .join('');
}
