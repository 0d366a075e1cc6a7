import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixUserId, networkId, portalId, remoteChatId, roomId } from '../../../src/core/ids.ts';
import { MatrixClient } from '../../../src/matrix/client.ts';
import { Membership } from '../../../src/matrix/membership.ts';
import { TaggedRooms } from '../../../src/matrix/tagged-rooms.ts';
import type { Stores } from '../../../src/core/stores.ts';
import { FakeHomeserver, type FakeAnswer } from '../../support/fake-homeserver.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import { RecordingLog } from '../../support/recording-log.ts';

const bot = { userId: matrixUserId('@causeway:hs'), deviceId: 'D' };
const tag = 'io.causeway.portal';
const create = /rooms\/([^/]+)\/state\/m\.room\.create/;

/** A homeserver with rooms whose creation names the portal of the same number, and the look-up in them. */
async function rooms(
  count: number,
  creation: (room: string) => FakeAnswer | undefined = () => undefined,
): Promise<
  AsyncDisposable & { stores: Stores; tagged: TaggedRooms; asked: () => readonly string[]; joined: string[] }
> {
  const joined = Array.from({ length: count }, (_, at) => `!room${at}:hs`);
  const server = await FakeHomeserver.start(({ path }) => {
    if (path.endsWith('/joined_rooms')) return { status: 200, json: { joined_rooms: joined } };
    const room = decodeURIComponent(create.exec(path)?.[1] ?? '');
    return creation(room) ?? { status: 200, json: { [tag]: { id: `of ${room}` } } };
  });
  const client = new MatrixClient({
    ...{ url: server.url, asToken: 't', connections: 4, requestTimeoutMs: 5_000, log: new RecordingLog() },
  });
  const stores = memoryStores();
  return {
    stores,
    joined,
    tagged: new TaggedRooms(new Membership(client), stores),
    asked: () => server.seen.map(({ path }) => path),
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function record(stores: Stores, room: string): Promise<void> {
  const key = { network: networkId('loopback'), chat: remoteChatId(`#${room}`), receiver: undefined };
  await stores.portals.adopted({ kind: 'group', id: portalId(`of ${room}`), key, room: roomId(room) });
}

describe('Rooms that are found again by their tag', () => {
  it('cost one request for all that are recorded, and one for each that is not, however many there are', async () => {
    await using there = await rooms(500);
    for (const room of there.joined.slice(0, 498)) await record(there.stores, room);
    const user = { userId: matrixUserId('@alice:hs'), managementRoom: roomId('!room498:hs') };
    await there.stores.users.put({ ...user, language: undefined });
    const wanted = (id: string) => there.tagged.find(tag, (content) => content['id'] === id, bot);
    assert.deepEqual(await wanted('of !room499:hs'), { kind: 'room', room: '!room499:hs' });
    assert.equal(there.asked().length, 2);
    assert.deepEqual(await wanted('of nobody'), { kind: 'none' });
    assert.equal(there.asked().length, 3, 'what a creation says never changes');
    const own = await there.tagged.find(tag, () => false, bot, portalId('of !room7:hs'));
    assert.deepEqual(own, { kind: 'room', room: '!room7:hs' }, 'it was recorded after all');
  });

  it('are found with nothing recorded, each asked for once', async () => {
    await using there = await rooms(20);
    const wanted = (id: string) => there.tagged.find(tag, (content) => content['id'] === id, bot);
    assert.deepEqual(await wanted('of !room19:hs'), { kind: 'room', room: '!room19:hs' });
    assert.equal(there.asked().length, 21);
    assert.deepEqual(await wanted('of !room3:hs'), { kind: 'room', room: '!room3:hs' });
    assert.equal(there.asked().length, 22);
  });

  it('are not found where one cannot be read, and looked for again where the homeserver is away', async () => {
    let isAway = true;
    await using there = await rooms(3, (room) => {
      if (room === '!room0:hs') return { status: 403, json: { errcode: 'M_FORBIDDEN' } };
      if (room === '!room1:hs' && isAway) return { status: 502, json: {} };
      return undefined;
    });
    const wanted = () => there.tagged.find(tag, (content) => content['id'] === 'of !room1:hs', bot);
    const failed = await wanted();
    assert.ok(failed.kind === 'failed' && failed.retry.kind === 'later');
    isAway = false;
    assert.deepEqual(await wanted(), { kind: 'room', room: '!room1:hs' });
  });
});
