import type { Services } from '../../src/commands/services.ts';
import { networkId, remoteChatId, remoteUserId, type MatrixUserId } from '../../src/core/ids.ts';
import type { MessageRequest } from '../../src/core/request.ts';

/** One open request with the number 1, of which two messages wait, and one that was declined. */
export function fakeRequests(user: MatrixUserId): Services['requests'] {
  const states = new Map<number, MessageRequest['state']>([
    [1, 'open'],
    [2, 'declined'],
  ]);
  const request = (number: number): MessageRequest => ({
    ...{ id: number, number, network: networkId('xmpp'), user, kind: 'direct' },
    ...{ remote: remoteUserId('eve@x'), chat: remoteChatId('eve@x'), since: 0, dropped: 0 },
    ...{ state: states.get(number) ?? 'open', held: 2, name: 'Eve', verified: false },
    ...{ notice: undefined, grouped: false },
  });
  return {
    list: async (_user, wanted) =>
      [...states].filter(([, state]) => wanted.includes(state)).map(([number]) => request(number)),
    waiting: async () => [...states.values()].filter((state) => state === 'open').length,
    answer: async (_user, number, how) => {
      const state = states.get(number);
      if (state === undefined) return { kind: 'unknown' };
      if (state !== 'open') return { kind: 'over', request: request(number) };
      states.set(number, how === 'accept' ? 'accepted' : how === 'decline' ? 'declined' : 'blocked');
      return { kind: 'done', request: request(number) };
    },
    restore: async (_user, number) => {
      const there = request(number);
      const kind = states.get(number) === 'declined' && states.delete(number) ? 'done' : 'over';
      return { kind, request: there };
    },
    show: async (_user, number) =>
      states.has(number)
        ? {
            request: request(number),
            said: [
              {
                kind: 'text',
                style: 'normal',
                text: { plain: 'see\nhttps://spam.example <b>', html: undefined },
              },
            ],
          }
        : undefined,
    welcome: async () => undefined,
  };
}
