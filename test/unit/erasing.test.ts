import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixUserId, roomId } from '../../src/core/ids.ts';
import { quietFor } from '../../src/erasing.ts';
import { EventSender } from '../../src/matrix/event-sender.ts';
import { Farewell } from '../../src/matrix/farewell.ts';
import type { MatrixRequest } from '../../src/matrix/request.ts';

const alice = matrixUserId('@alice:hs.test');
const bob = matrixUserId('@bob:hs.test');

describe('while a user is erased', () => {
  it('they are told of nothing that ended, and others are', async () => {
    const told: string[] = [];
    const reporter = {
      accept: async () => undefined,
      decline: async () => undefined,
      status: async () => undefined,
      notice: async (user: string) => void told.push(user),
    };
    const unused = { glance: () => ({ kind: 'ignored', reason: 'own-echo' }) as const };
    const quiet = quietFor({ ...unused, reporter }, (user) => user === alice);
    for (const user of [alice, bob]) await quiet.reporter.notice(user, 'id', { plain: '', html: undefined });
    assert.deepEqual(told, [bob]);
  });
});

describe('a farewell', () => {
  it('is said once under one name, by the bot, in that room and no other', async () => {
    const asked: MatrixRequest[] = [];
    const client = {
      request: async (request: MatrixRequest) => {
        asked.push(request);
        return { kind: 'ok', body: { event_id: '$x' } } as const;
      },
    };
    const left: string[] = [];
    const management = {
      as: { userId: bob, deviceId: 'D' },
      decline: async (room: string) => void left.push(room),
    };
    const farewell = new Farewell(new EventSender(client), management);
    const room = roomId('!r:hs.test');
    for (let i = 0; i < 2; i++) await farewell.say(room, 'erased/5', { plain: 'bye', html: '<p>bye</p>' });
    await farewell.leave(room);
    const [first, second] = asked;
    assert.match(first?.path ?? '', /rooms\/!r%3Ahs\.test\/send\/m\.room\.message\//);
    assert.deepEqual([first?.path, first?.as?.userId], [second?.path, bob]);
    assert.deepEqual([asked.length, left], [2, ['!r:hs.test']]);
  });
});
