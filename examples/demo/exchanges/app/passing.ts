import { eventually } from '../../../../test/conformance/eventually.ts';
import type { AppChat } from '../../app-chat.ts';
import { arrival } from '../../ends.ts';
import { patienceMs, type Direction, type Exchange, type Line } from '../../exchange.ts';
import { says } from './sending.ts';

/** What becomes of messages, and what is told in passing, each in both directions; then the mailbox. */
export function passingExchanges(chat: AppChat, pushes: () => number): readonly Exchange[] {
  return [...delivery(chat), ...reading(chat), ...typing(chat), mailbox(chat, pushes)];
}

function delivery(chat: AppChat): readonly Exchange[] {
  const [theirs, hers] = ['Did this get through?', 'It did. Did this?'];
  return [
    {
      ...{ kind: 'receipt', direction: 'to-network', expected: `the news that "${theirs}" was delivered` },
      run: async () => {
        const appId = await chat.friendEnd.say(theirs);
        const receipt = await told(chat, appId, 'delivered');
        const { eventId } = await arrivedAtAlice(chat, theirs);
        return chat.shown(await chat.row('to-matrix', { eventId, appId }), { app: receipt });
      },
    },
    {
      ...{ kind: 'receipt', direction: 'to-matrix', expected: `the news that "${hers}" was delivered` },
      run: async () => {
        const eventId = await chat.aliceEnd.say(hers);
        const { id: appId } = await arrival(chat.friendEnd, { expected: hers, arrived: says(hers) });
        const { ghost } = chat.place;
        const status = await chat.hear(
          ({ type, relation, content }) =>
            type === 'com.beeper.message_send_status' &&
            relation?.eventId === eventId &&
            Array.isArray(content['delivered_to_users']) &&
            content['delivered_to_users'].includes(ghost),
        );
        return chat.shown(await chat.row('to-network', { eventId, appId }), { matrix: status });
      },
    },
  ];
}

function reading(chat: AppChat): readonly Exchange[] {
  const [hers, theirs] = ['Say when you have read this.', 'I have. And you this?'];
  return [
    {
      ...{ kind: 'read', direction: 'to-matrix', expected: `that "${hers}" is shown as read` },
      run: async () => {
        const eventId = await chat.aliceEnd.say(hers);
        const { id: appId } = await arrival(chat.friendEnd, { expected: hers, arrived: says(hers) });
        await chat.friend.markRead(chat.friendEnd.address, [appId]);
        const { room, ghost } = chat.place;
        const isRead = (): true | undefined =>
          chat.alice.sdk.getRoom(room)?.hasUserReadEvent(ghost, eventId) === true || undefined;
        await eventually('the reading', isRead, patienceMs);
        const row = await chat.row('to-network', { eventId, appId });
        return chat.shown(row, passed(chat, 'to-matrix', `has read “${hers}”`));
      },
    },
    {
      ...{ kind: 'read', direction: 'to-network', expected: `that "${theirs}" is shown as read` },
      run: async () => {
        const appId = await chat.friendEnd.say(theirs);
        const { eventId } = await arrivedAtAlice(chat, theirs);
        await chat.alice.markRead(chat.place.room, eventId);
        const receipt = await told(chat, appId, 'read');
        return chat.shown(await chat.row('to-matrix', { eventId, appId }), {
          matrix: { speaker: 'Alice', text: `(has read “${theirs}”)` },
          ...{ app: receipt, direction: 'to-network' },
        });
      },
    },
  ];
}

function typing(chat: AppChat): readonly Exchange[] {
  const rows = (direction: Direction): readonly ReturnType<typeof passed>[] => [
    passed(chat, direction, 'writes'),
    passed(chat, direction, 'stops'),
  ];
  const expected = 'that the other writes, and stops';
  return [
    {
      ...{ kind: 'typing', direction: 'to-matrix', expected },
      run: async () => {
        const { room, ghost } = chat.place;
        const is = (wanted: boolean) => (): true | undefined =>
          (chat.alice.sdk.getRoom(room)?.getMember(ghost)?.typing ?? false) === wanted || undefined;
        await chat.friend.typing(chat.friendEnd.address, 'composing');
        await eventually('writing', is(true), patienceMs);
        await chat.friend.typing(chat.friendEnd.address, 'paused');
        await eventually('its end', is(false), patienceMs);
        return chat.shown(...rows('to-matrix'));
      },
    },
    {
      ...{ kind: 'typing', direction: 'to-network', expected },
      run: async () => {
        const { room } = chat.place;
        for (const [writes, wanted] of [
          [true, 'composing'],
          [false, 'paused'],
        ] as const) {
          const heard = chat.friend.waitFor('typing', ({ state }) => state === wanted, patienceMs);
          await chat.alice.setTyping(room, writes);
          await heard;
        }
        return chat.shown(...rows('to-network'));
      },
    },
  ];
}

/** The app is off: what Alice writes waits at the bridge, and a push wakes the app, which fetches it. */
function mailbox(chat: AppChat, pushes: () => number): Exchange {
  const body = 'This waits until your app wakes up.';
  const direction: Direction = 'to-network';
  return {
    ...{ kind: 'push', direction, expected: `a push to the app that was off, and the message "${body}"` },
    prepare: () => chat.friend.rest(),
    run: async () => {
      const before = pushes();
      const eventId = await chat.aliceEnd.say(body);
      const { id: appId } = await arrival(chat.friendEnd, { expected: body, arrived: says(body) });
      if (pushes() === before) throw new Error('It came without a push.');
      await chat.friend.connect();
      return chat.shown(await chat.row(direction, { eventId, appId }));
    },
  };
}

function arrivedAtAlice(chat: AppChat, text: string): Promise<{ readonly eventId: string }> {
  return chat.hear(({ content }) => content['body'] === text);
}

async function told(chat: AppChat, id: string, wanted: 'delivered' | 'read'): Promise<Line> {
  const is = ({ of, about }: { readonly of: string; readonly about: string }): boolean =>
    of === id && about === wanted;
  return chat.appLine(await chat.friend.waitFor('receipt', is, patienceMs));
}

/** What both clients show of something that passes. */
function passed(
  chat: AppChat,
  direction: Direction,
  does: string,
): { readonly matrix: Line; readonly app: Line; readonly direction: Direction } {
  const line = { speaker: direction === 'to-matrix' ? chat.friendName : 'Alice', text: `(${does})` };
  return { matrix: line, app: line, direction };
}
