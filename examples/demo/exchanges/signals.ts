import { eventually } from '../../../test/conformance/eventually.ts';
import type { SignalEnd, SignalPair } from '../../../test/conformance/signal-chat.ts';
import type { Chat } from '../chat.ts';
import { patienceMs, type Direction, type Exchange, type Row, type Shown } from '../exchange.ts';

/** What is told in passing: reading, writing, being there. Each in both directions. */
export function signalExchanges(chat: Chat, ends: () => Promise<SignalPair>): readonly Exchange[] {
  return (['to-matrix', 'to-network'] as const)
    .flatMap((direction) => [reading, typing, being].map((make) => make(chat, ends, direction)))
    .toSorted((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind));
}

const order = ['read', 'typing', 'presence'];

/** Who signals, and who sees it. */
export function sides(pair: SignalPair, direction: Direction): { from: SignalEnd; to: SignalEnd } {
  const { matrix, remote } = pair;
  return direction === 'to-matrix' ? { from: remote, to: matrix } : { from: matrix, to: remote };
}

/** What both clients show of one signal: what its sender does, and how the other sees it. */
export function rowOf(chat: Chat, direction: Direction, does: string, isSeen = does): Row {
  const speaker = direction === 'to-matrix' ? chat.friendName : 'Alice';
  const [done, seen] = [
    { speaker, text: `(${does})` },
    { speaker, text: `(${isSeen})` },
  ];
  return direction === 'to-matrix'
    ? { matrix: seen, xmpp: done, direction }
    : { matrix: done, xmpp: seen, direction };
}

type Ends = () => Promise<SignalPair>;

function reading(chat: Chat, ends: Ends, direction: Direction): Exchange {
  const toMatrix = direction === 'to-matrix';
  const body = toMatrix ? 'Tell me when you have read this.' : 'And you this.';
  return {
    ...{ kind: 'read', direction, expected: `that "${body}" is shown as read` },
    prepare: ends,
    run: async (): Promise<Shown> => {
      const { from, to } = sides(await ends(), direction);
      const crossed = toMatrix
        ? await chat.toNetwork(
            () => chat.alice.sendText(chat.place.room, body),
            (stanza) => stanza.getChildText('body') === body,
          )
        : await chat.toMatrix(
            () => chat.friend.sendText(chat.aliceAddress, body),
            ({ content }) => content['body'] === body,
          );
      const { eventId, stanzaId } = named(chat, body, crossed);
      await from.read(toMatrix ? stanzaId : eventId);
      const id = toMatrix ? eventId : stanzaId;
      await eventually('the reading', async () => (await to.isRead(id)) || undefined, patienceMs);
      return chat.shown(crossed, rowOf(chat, direction, `has read “${body}”`));
    },
  };
}

function typing(chat: Chat, ends: Ends, direction: Direction): Exchange {
  return {
    ...{ kind: 'typing', direction, expected: 'that the other writes, and stops' },
    prepare: ends,
    run: async () => {
      const { from, to } = sides(await ends(), direction);
      await from.type(true);
      await eventually('writing', async () => (await to.isTyping()) || undefined, patienceMs);
      await from.type(false);
      await eventually('its end', async () => !(await to.isTyping()) || undefined, patienceMs);
      return chat.shown(
        rowOf(chat, direction, 'writes', 'is writing …'),
        rowOf(chat, direction, 'stops', 'is not writing any more'),
      );
    },
  };
}

function being(chat: Chat, ends: Ends, direction: Direction): Exchange {
  const states = ['away', 'online'] as const;
  const words = { away: 'Out for lunch', online: 'Here again' };
  return {
    ...{ kind: 'presence', direction, expected: 'that the other is away, and back, with their words' },
    prepare: ends,
    run: async () => {
      const { from, to } = sides(await ends(), direction);
      for (const state of states) {
        await from.be(state, words[state]);
        const is = async (): Promise<true | undefined> => {
          const seen = await to.presence();
          return (seen?.presence === state && seen.status === words[state]) || undefined;
        };
        await eventually(`${state} with "${words[state]}"`, is, patienceMs);
      }
      return chat.shown(...states.map((state) => rowOf(chat, direction, `is ${state}: ${words[state]}`)));
    },
  };
}

function named(
  chat: Chat,
  body: string,
  crossed: Parameters<Chat['remember']>[1],
): { readonly eventId: string; readonly stanzaId: string } {
  chat.remember(body, crossed);
  return chat.told(body);
}
