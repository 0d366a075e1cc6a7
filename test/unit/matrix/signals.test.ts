import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { matrixEventId, matrixUserId, roomId } from '../../../src/core/ids.ts';
import { failedForNow } from '../../../src/core/outcome.ts';
import type { Requester } from '../../../src/matrix/client.ts';
import { MemberProfiles } from '../../../src/matrix/member-profile.ts';
import { GhostPresence } from '../../../src/matrix/presence.ts';
import { ReadReceipts } from '../../../src/matrix/read-receipts.ts';
import type { MatrixRequest } from '../../../src/matrix/request.ts';
import { Typing } from '../../../src/matrix/typing.ts';
import { RecordingLog } from '../../support/recording-log.ts';

const room = roomId('!r:hs');
const ghost = matrixUserId('@_ghost:hs');
const as = (userId: typeof ghost) => ({ userId, deviceId: 'D' });
const log = new RecordingLog();

function recorder(answer: Requester['request'] = async () => ({ kind: 'ok', body: {} })) {
  const requests: MatrixRequest[] = [];
  const client: Requester = {
    request: (request) => {
      requests.push(request);
      return answer(request);
    },
  };
  return { client, requests, bodies: () => requests.map(({ body }) => body) };
}

describe('the typing of a ghost', () => {
  const times = { timeoutMs: 100, renewMs: 30, longestMs: 100 };

  it('is renewed until it ends, and then no more', async () => {
    const { client, bodies } = recorder();
    const typing = new Typing(client, as, log, times);
    await typing.begin(room, ghost);
    await sleep(45);
    await typing.end(room, ghost);
    await sleep(60);
    assert.deepEqual(bodies(), [
      { typing: true, timeout: 100 },
      { typing: true, timeout: 100 },
      { typing: false },
    ]);
  });

  it('is not believed for ever', async () => {
    const { client, requests } = recorder();
    const typing = new Typing(client, as, log, times);
    await typing.begin(room, ghost);
    await sleep(300);
    const count = requests.length;
    await sleep(100);
    assert.ok(count >= 3 && requests.length === count);
  });

  it('ends with the message, which asks nothing where nobody typed', async () => {
    const { client, bodies } = recorder();
    const typing = new Typing(client, as, log, times);
    await typing.spoke(room, ghost);
    assert.deepEqual(bodies(), []);
    await typing.begin(room, ghost);
    await typing.spoke(room, ghost);
    assert.deepEqual(bodies().at(-1), { typing: false });
    typing.stop();
  });

  it('that could not be told is not renewed', async () => {
    const { client, requests } = recorder(async () => failedForNow('link-down'));
    const typing = new Typing(client, as, log, times);
    assert.equal((await typing.begin(room, ghost))?.kind, 'failed');
    await sleep(60);
    assert.equal(requests.length, 1);
  });
});

describe('the presence of ghosts', () => {
  const online = { presence: 'online', status: undefined } as const;
  const offline = { presence: 'offline', status: undefined } as const;
  const other = (n: number) => matrixUserId(`@_${n}:hs`);

  it('is set within the rate, the newest of each, and what is known is not said again', async () => {
    const { client, requests } = recorder();
    const presence = new GhostPresence(client, as, { perSecond: 20, log });
    assert.equal(presence.set(ghost, offline), false);
    for (let n = 0; n < 40; n += 1) presence.set(other(n), online);
    presence.set(other(39), { presence: 'away', status: 'lunch' });
    assert.equal(presence.set(other(39), { presence: 'away', status: 'lunch' }), false);
    await sleep(300);
    assert.ok(requests.length >= 20 && requests.length <= 30, `${requests.length}`);
    await sleep(1_200);
    assert.equal(requests.length, 40);
    assert.deepEqual(requests.at(-1)?.body, { presence: 'unavailable', status_msg: 'lunch' });
    await presence.stop();
  });

  it('is repeated while it lasts, of as many as the rate allows', async () => {
    const { client, requests } = recorder();
    const presence = new GhostPresence(client, as, { perSecond: 50, log, renewMs: 100 });
    for (let n = 0; n < 10; n += 1) presence.set(other(n), online);
    await sleep(350);
    const kept = new Set(requests.slice(10).map(({ path }) => path));
    assert.equal(kept.size, 5);
    for (let n = 0; n < 10; n += 1) presence.set(other(n), offline);
    await sleep(400);
    const count = requests.length;
    await sleep(200);
    assert.equal(requests.length, count);
    await presence.stop();
  });
});

describe('what was read', () => {
  it('up to an event are the messages of ghosts, the last first', async () => {
    const event = (id: string, type: string, sender: string) => ({ event_id: id, type, sender });
    const { client } = recorder(async () => ({
      kind: 'ok',
      body: {
        event: event('$status', 'com.beeper.message_send_status', ghost),
        events_before: [
          event('$2', 'm.room.message', ghost),
          event('$mine', 'm.room.message', '@alice:hs'),
          null,
          { type: 5 },
          event('$1', 'm.sticker', ghost),
        ],
      },
    }));
    const receipts = new ReadReceipts(client, (user) => user === ghost);
    const found = await receipts.upTo(room, matrixEventId('$status'), as(ghost), AbortSignal.timeout(1_000));
    assert.deepEqual(found, ['$2', '$1']);
  });

  it('is nothing where the homeserver does not say', async () => {
    for (const answer of [failedForNow('link-down'), { kind: 'ok', body: { events_before: 5 } }] as const) {
      const receipts = new ReadReceipts(recorder(async () => answer).client, () => true);
      const found = await receipts.upTo(room, matrixEventId('$1'), as(ghost), AbortSignal.timeout(1_000));
      assert.deepEqual(found, []);
    }
  });
});

describe('the profile of a member', () => {
  const member = (content: object, before?: object, more: object = {}): string =>
    JSON.stringify({
      type: 'm.room.member',
      sender: '@alice:hs',
      state_key: '@alice:hs',
      content: { membership: 'join', ...content },
      ...(before === undefined ? {} : { unsigned: { prev_content: { membership: 'join', ...before } } }),
      ...more,
    });

  it('has changed where it is another than before, once for all rooms', () => {
    const members = new MemberProfiles();
    assert.equal(members.changed(member({ displayname: 'A' })), undefined, 'a first sight');
    assert.equal(members.changed(member({ displayname: 'B' }, { displayname: 'A' })), '@alice:hs');
    assert.equal(
      members.changed(member({ displayname: 'B' }, { displayname: 'A' })),
      undefined,
      'another room',
    );
    assert.equal(members.changed(member({ displayname: 'B', avatar_url: 'mxc://hs/1' })), '@alice:hs');
    assert.equal(members.changed(member({ displayname: 'B' })), '@alice:hs', 'the picture is gone');
  });

  it('has not where somebody else did it, leaves, or it is no member at all', () => {
    const members = new MemberProfiles();
    for (const raw of [
      member({ displayname: 'B' }, { displayname: 'A' }, { sender: '@eve:hs' }),
      member({ displayname: 'B', membership: 'leave' }, { displayname: 'A' }),
      '{"type":"m.room.message","content":{"body":"\\"m.room.member\\""}}',
      '"m.room.member"',
      '{"m.room.member"',
    ]) {
      assert.equal(members.changed(raw), undefined);
    }
  });
});
