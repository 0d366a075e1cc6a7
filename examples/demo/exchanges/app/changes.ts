import type { SeenEvent } from '../../../../test/support/matrix-event.ts';
import type { EventOf, TimelineEvent } from '../../../partner-app/event.ts';
import type { AppChat } from '../../app-chat.ts';
import { patienceMs, type Direction, type Exchange, type Row } from '../../exchange.ts';
import { texts } from './words.ts';

type Said = Extract<TimelineEvent, { readonly mine: boolean }>;

/** What is done to messages that are there: edits, reactions and taking back, each in both directions. */
export function changeExchanges(chat: AppChat): readonly Exchange[] {
  return [...edits(chat), ...reactions(chat)];
}

/** The last of all: what was said is taken back. */
export function retractionExchanges(chat: AppChat): readonly Exchange[] {
  const { fromFriend, fromAlice } = texts;
  return [
    {
      ...{ kind: 'retraction', direction: 'to-matrix', expected: `that "${fromFriend}" is gone` },
      run: async () => {
        const { eventId, appId } = chat.known(fromFriend);
        const id = await chat.friend.revoke(chat.friendEnd.address, appId);
        const matrix = await chat.hear(({ redacts }) => redacts === eventId);
        return chat.shown(fromApp(chat, matrix, id));
      },
    },
    {
      ...{ kind: 'retraction', direction: 'to-network', expected: `that "${fromAlice}" is gone` },
      run: async () => {
        const { eventId, appId } = chat.known(fromAlice);
        const id = await chat.alice.redact(chat.place.room, eventId);
        const there = await chat.friend.waitFor(
          'revoke',
          ({ of, mine }) => of === appId && !mine,
          patienceMs,
        );
        return chat.shown(await toApp(chat, id, there));
      },
    },
  ];
}

function edits(chat: AppChat): readonly Exchange[] {
  const [friendly, hers] = ['Have you seen the kingfishers?', 'Yes, by the new bridge.'];
  const { fromFriend, fromAlice } = texts;
  return [
    {
      ...{ kind: 'edit', direction: 'to-matrix', expected: `"${fromFriend}" changed to "${friendly}"` },
      run: async () => {
        const { eventId, appId } = chat.known(fromFriend);
        const id = await chat.friend.edit(chat.friendEnd.address, appId, friendly);
        const matrix = await chat.hear(
          ({ relation, content }) =>
            relation?.type === 'm.replace' &&
            relation.eventId === eventId &&
            JSON.stringify([content['m.new_content']]).includes(friendly),
        );
        return chat.shown(fromApp(chat, matrix, id));
      },
    },
    {
      ...{ kind: 'edit', direction: 'to-network', expected: `"${fromAlice}" changed to "${hers}"` },
      run: async () => {
        const { eventId, appId } = chat.known(fromAlice);
        const id = await chat.aliceEnd.edit(eventId, hers);
        const there = await chat.friend.waitFor(
          'edit',
          ({ of, mine, content }) =>
            of === appId && !mine && content.kind === 'text' && content.text.plain === hers,
          patienceMs,
        );
        return chat.shown(await toApp(chat, id, there));
      },
    },
  ];
}

/** A person has one reaction to a message there: another takes its place. */
function reactions(chat: AppChat): readonly Exchange[] {
  const [first, second] = ['👍', '🎉'];
  const { fromFriend, fromAlice } = texts;
  const react = async (emoji: string): Promise<Row> => {
    const { eventId, appId } = chat.known(fromAlice);
    const id = await chat.friend.react(chat.friendEnd.address, { id: appId, mine: false }, emoji);
    const matrix = await chat.hear(
      ({ type, relation }) =>
        type === 'm.reaction' && relation?.eventId === eventId && relation.key === emoji,
    );
    return fromApp(chat, matrix, id);
  };
  const takenBack = async (emoji: string): Promise<SeenEvent> => {
    const { eventId } = chat.known(fromAlice);
    const old = await chat.hear(({ relation }) => relation?.eventId === eventId && relation.key === emoji);
    return chat.hear(({ redacts }) => redacts === old.eventId);
  };
  const direction: Direction = 'to-matrix';
  const toMatrix: readonly Exchange[] = [
    {
      ...{ kind: 'reaction', direction, expected: `${first} at "${fromAlice}"` },
      run: async () => chat.shown(await react(first)),
    },
    {
      ...{ kind: 'reaction-change', direction, expected: `${second} in the place of ${first}` },
      run: async () => chat.shown(await react(second), { matrix: await takenBack(first), direction }),
    },
    {
      ...{ kind: 'reaction-removal', direction, expected: `no reaction at "${fromAlice}" any more` },
      run: async () => {
        const { appId } = chat.known(fromAlice);
        const id = await chat.friend.react(chat.friendEnd.address, { id: appId, mine: false }, '');
        return chat.shown(fromApp(chat, await takenBack(second), id));
      },
    },
  ];
  return [...toMatrix, ...aliceReactions(chat, fromFriend, first)];
}

function aliceReactions(chat: AppChat, text: string, emoji: string): readonly Exchange[] {
  const direction: Direction = 'to-network';
  const come = (wanted: string): Promise<EventOf<'reaction'>> => {
    const { appId } = chat.known(text);
    return chat.friend.waitFor(
      'reaction',
      ({ to, mine, emoji: is }) => to === appId && !mine && is === wanted,
      patienceMs,
    );
  };
  let given: string | undefined;
  return [
    {
      ...{ kind: 'reaction', direction, expected: `${emoji} at "${text}"` },
      run: async () => {
        given = await chat.alice.react(chat.place.room, chat.known(text).eventId, emoji);
        return chat.shown(await toApp(chat, given, await come(emoji)));
      },
    },
    {
      ...{ kind: 'reaction-removal', direction, expected: `no reaction at "${text}" any more` },
      run: async () => {
        if (given === undefined) throw new Error('There is nothing to take back.');
        const id = await chat.alice.redact(chat.place.room, given);
        return chat.shown(await toApp(chat, id, await come('')));
      },
    },
  ];
}

function fromApp(chat: AppChat, matrix: SeenEvent, id: string): Row {
  const done = chat.friend.timeline().find((event) => 'mine' in event && event.mine && event.id === id);
  return { matrix, direction: 'to-matrix', ...(done === undefined ? {} : { app: chat.appLine(done) }) };
}

async function toApp(chat: AppChat, eventId: string, there: Said): Promise<Row> {
  return { matrix: await chat.ownEvent(eventId), app: chat.appLine(there), direction: 'to-network' };
}
