import assert from 'node:assert/strict';
import { it } from 'node:test';
import { matrixEventId, matrixUserId, roomId } from '../../../src/core/ids.ts';
import { SignalSide } from '../../../src/matrix/signal-side.ts';
import { RecordingLog } from '../../support/recording-log.ts';

const alice = matrixUserId('@alice:hs.test');
const room = roomId('!room');

it('a receipt that the bridge set for a user is no news for the network, and every other is', async () => {
  const told: unknown[] = [];
  const side = new SignalSide({
    client: { request: async () => ({ kind: 'ok', body: {} }) },
    ghosts: { userId: () => undefined },
    as: (userId) => ({ userId, deviceId: undefined }),
    bot: { userId: matrixUserId('@bot:hs.test'), deviceId: undefined },
    isOwn: () => false,
    isOurs: (user, where, eventId) => user === alice && where === room && eventId === '$ours',
    presencePerSecond: 1,
    signal: ({ event }) => {
      if (event.kind === 'receipt') told.push(event.target);
    },
    log: new RecordingLog(),
  });
  const read = (user: typeof alice, eventId: string) =>
    ({ kind: 'read', room, user, eventId: matrixEventId(eventId) }) as const;
  side.take([read(alice, '$ours'), read(alice, '$hers'), read(matrixUserId('@zoe:hs.test'), '$ours')]);
  await side.stop();
  assert.deepEqual(told, [
    { in: 'matrix', eventId: '$hers' },
    { in: 'matrix', eventId: '$ours' },
  ]);
});
