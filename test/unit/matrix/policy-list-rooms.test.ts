import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { matrixUserId, parseRoomAlias, roomId } from '../../../src/core/ids.ts';
import { failedForNow } from '../../../src/core/outcome.ts';
import { PolicyListRooms, type PolicyListRoomsDeps } from '../../../src/matrix/policy-list-rooms.ts';
import type { MatrixRequest } from '../../../src/matrix/request.ts';

const room = roomId('!list:lists.example');
const as = { userId: matrixUserId('@causeway:example.org'), deviceId: undefined };
const { signal } = new AbortController();

function rooms(
  status: number,
  text: string | Readable,
  asked: MatrixRequest[] = [],
  joined: unknown = room,
): PolicyListRooms {
  const file = async (): Promise<unknown> => ({
    statusCode: status,
    body: typeof text === 'string' ? Readable.from([Buffer.from(text)]) : text,
  });
  return new PolicyListRooms({
    management: { as, ensureBot: async () => undefined },
    client: {
      request: async (request) => (asked.push(request), { kind: 'ok', body: { room_id: joined } }),
      file: file as PolicyListRoomsDeps['client']['file'],
    },
  });
}

describe('the room of a policy list', () => {
  it('is entered by id, by way of the server in it, and by alias', async () => {
    const asked: MatrixRequest[] = [];
    const made = rooms(200, '[]', asked);
    const alias = parseRoomAlias('#list:lists.example') ?? assert.fail();
    assert.equal(await made.enter(room, signal), room);
    assert.equal(await made.enter(alias, signal), room);
    await made.enter(roomId('!opaque'), signal);
    assert.deepEqual(
      asked.map(({ path, query }) => [path, query?.['via']]),
      [
        ['/_matrix/client/v3/join/!list%3Alists.example', 'lists.example'],
        ['/_matrix/client/v3/join/%23list%3Alists.example', undefined],
        ['/_matrix/client/v3/join/!opaque', undefined],
      ],
    );
    const nothing = await rooms(200, '[]', [], 5).enter(room, signal);
    assert.ok(typeof nothing === 'object' && nothing.retry.kind === 'later');
  });

  it('says its rules by its state, and nothing of what else is in it', async () => {
    const content = { entity: 'evil.example', recommendation: 'm.ban' };
    const rule = { type: 'm.policy.rule.server', state_key: 'k', sender: '@a:b', content };
    const state = [{ type: 'm.room.name', state_key: '', content: { name: 'bans' } }, rule, 7, null, {}];
    const read = await rooms(200, JSON.stringify(state)).read(room, signal);
    assert.ok(read.kind === 'read');
    assert.deepEqual(
      read.rules.map((change) => change.kind === 'rule' && change.rule.entity),
      [{ kind: 'named', name: 'evil.example' }],
    );
  });

  it('is told apart where it may not be read, where nobody answers, and where it is too large', async () => {
    const forbidden = JSON.stringify({ errcode: 'M_FORBIDDEN' });
    const failed = [
      [403, forbidden, 'never'],
      [502, 'a proxy', 'later'],
      [200, '{}', 'later'],
      [200, 'no json', 'later'],
    ] as const;
    for (const [status, text, retry] of failed) {
      const read = await rooms(status, text).read(room, signal);
      assert.ok(read.kind === 'failed' && read.retry.kind === retry, String(status));
    }
    const cut = new Readable({ read: () => cut.destroy(new Error('cut')) });
    const broken = await rooms(200, cut).read(room, signal);
    assert.deepEqual(broken.kind === 'failed' && broken.reason, failedForNow('link-down').reason);
    const chunk = Buffer.alloc(8 * 1024 * 1024, ' ');
    const large = Readable.from(Array.from({ length: 14 }, () => chunk));
    assert.deepEqual(await rooms(200, large).read(room, signal), { kind: 'too-large' });
  });
});
