import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixEventId, roomId } from '../../../src/core/ids.ts';
import { RequestNotices } from '../../../src/core/request-notices.ts';
import { RequestRooms } from '../../../src/core/request-rooms.ts';
import { crowdLine, requestLine } from '../../../src/request-lines.ts';
import { RequestRig } from '../../support/request-rig.ts';
import { FakeRequestRooms } from '../../support/request-rooms-side.ts';
import { alice, fromRemote, net, textBody } from '../../support/spine-rig.ts';

const requestLimits = {
  perRequest: 20,
  perUser: 500,
  perServer: 200,
  overall: 10_000,
  size: 64 * 1024 * 1024,
};
const words = 'buy this now '.repeat(20);
/** How many first contacts come, in how many runs of the bridge. */
const [contacts, runs] = [3_000, 3];

/** How much the bot did in the management room: new lines, and changes of lines. */
class Board {
  posted = 0;
  edited = 0;
  now = 1_000_000_000_000;
  notices(rig: RequestRig): RequestNotices {
    return new RequestNotices({
      ...{ log: rig.rig.log, store: rig.storage.requests.notices, permits: () => true, now: () => this.now },
      board: {
        post: async () => ({
          ...{ kind: 'posted', room: roomId('!management:hs.test') },
          eventId: matrixEventId(`$${(this.posted += 1)}`),
        }),
        edit: async () => void (this.edited += 1),
      },
      network: () => rig.rig.network,
      line: async (request) => requestLine('en', request),
      crowdLine: async (_user, crowd) => crowdLine('en', crowd),
    });
  }
}

async function say(rig: RequestRig, person: string, id: string): Promise<void> {
  await rig.rig.spine.receiveRemote(net, fromRemote(person, id, textBody(words)));
}

describe('a flood of first contacts from one server', { timeout: 120_000 }, () => {
  it('leaves a bounded number of rows, bytes, lines and rooms, over restarts, and others still come through', async () => {
    await using rig = await RequestRig.start({ requestLimits });
    const board = new Board();
    const side = new FakeRequestRooms();
    let sizeOfHalf = 0;
    for (let run = 0; run < runs; run += 1) {
      for (let at = 0; at < contacts / runs; at += 100) {
        const some = Array.from({ length: 100 }, (_, index) => `p${run * 10_000 + at + index}@spam.example`);
        await Promise.all(some.map((person) => say(rig, person, `${person}/1`)));
        await rig.rig.quiet();
        board.now += 60_000;
        await board.notices(rig).tell();
      }
      await rig.restart();
      sizeOfHalf = run === 0 ? await rig.diskBytes() : sizeOfHalf;
    }
    const { requests, events, size } = await rig.storage.requests.load();
    assert.deepEqual([requests, events, size < 200_000], [200, 200, true]);
    const rows = await rig.rows();
    assert.ok(rows.events <= 200 + 1_000, `${rows.events} events`);
    assert.equal(rows.requests, 200);
    const bytes = await rig.diskBytes();
    assert.ok(bytes < 3_000_000, `${bytes} bytes`);
    assert.ok(bytes < sizeOfHalf * 1.5, `${bytes} bytes after ${sizeOfHalf}: it grows with the flood`);
    assert.equal(board.posted, 5 + 1, 'five lines of their own and one for all');
    assert.ok(board.edited <= 20, `${board.edited} changes`);

    await using rooms = new RequestRooms({
      ...{ log: rig.rig.log, store: rig.storage.requests.rooms, side },
      ...{ wanted: async () => true, most: () => 10 },
      texts: {
        space: async () => 'Requests',
        name: async ({ remote }) => remote,
        line: async (request) => requestLine('en', request),
        over: async () => 'over',
      },
    });
    await rooms.keepInStep();
    assert.equal(side.open(false).length, 5);

    await say(rig, 'friend@other.example', 'hello');
    await rig.rig.quiet();
    await board.notices(rig).tell();
    assert.equal(board.posted, 7, 'somebody of another server has a line');
    await rooms.keepInStep();
    assert.ok(side.open(false).some(({ name }) => name === 'friend@other.example'));
    const listed = await rig.book.list(alice, ['open'], 200, 10);
    assert.deepEqual(
      listed.map(({ remote }) => remote),
      ['friend@other.example'],
    );
  });

  it('of one stranger who goes on for two weeks changes their line a few times', async () => {
    await using rig = await RequestRig.start({ requestLimits });
    const board = new Board();
    for (let hour = 0; hour < 14 * 24; hour += 1) {
      await say(rig, 'bob@spam.example', `m${hour}`);
      await rig.rig.quiet();
      await board.notices(rig).tell();
      board.now += 3_600_000;
    }
    assert.equal(board.posted, 1);
    assert.ok(board.edited >= 5 && board.edited <= 15, `${board.edited} changes`);
    const { held, dropped } = (await rig.book.get(alice, 1)) ?? assert.fail('there is no request');
    assert.deepEqual([held, dropped], [20, 14 * 24 - 20]);
  });
});
