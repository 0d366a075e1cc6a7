import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixUserId, roomId } from '../../../src/core/ids.ts';
import { readBacklog, type Backlog, type Knowledge } from '../../../src/matrix/backlog.ts';
import type { MatrixRequest } from '../../../src/matrix/request.ts';

const room = roomId('!r:localhost');
const as = { userId: matrixUserId('@_xmpp_bob:localhost'), deviceId: 'D' };

/** Reads back a room of events `$1` to `$last`, in pages of two; `known` names those that are known, and since when. */
async function read(
  last: number,
  known: Readonly<Record<string, Knowledge>>,
  notBefore = 0,
  maxPages = 10,
  said: Readonly<Record<string, object>> = {},
): Promise<{ backlog: Backlog; pages: number }> {
  let pages = 0;
  const client = {
    request: async ({ query }: MatrixRequest) => {
      pages += 1;
      const from = Number(query?.['from'] ?? last);
      const chunk = [from, from - 1]
        .filter((n) => n > 0)
        .map((n) => ({
          event_id: `$${n}`,
          sender: '@alice:localhost',
          origin_server_ts: n,
          ...said[`$${n}`],
        }));
      return { kind: 'ok', body: { chunk, ...(from > 2 ? { end: String(from - 2) } : {}) } } as const;
    },
  };
  const backlog = await readBacklog(client, room, as, {
    maxPages,
    pageSize: 2,
    notBefore,
    signal: AbortSignal.timeout(1_000),
    fromInvitation: true,
    isOwn: (sender) => sender.startsWith('@_xmpp_'),
    known: async () => new Map(Object.entries(known)),
  });
  assert.ok(backlog.kind === 'backlog');
  return { backlog, pages };
}

function ids(backlog: Backlog): readonly string[] {
  return backlog.events.map((event) => event.arrival.eventId);
}

describe('what a room has that is not known', () => {
  it('is told in its order, back to what was known before the gap', async () => {
    const { backlog, pages } = await read(9, { $4: 'before', $3: 'before' });
    assert.deepEqual(ids(backlog), ['$5', '$6', '$7', '$8', '$9']);
    assert.equal(backlog.complete, true);
    assert.equal(pages, 3);
    assert.match(backlog.events[0]?.arrival.raw ?? '', /"room_id":"!r:localhost"/);
  });

  it('includes what is older than an event that was kept after the gap', async () => {
    const { backlog } = await read(6, { $6: 'after', $2: 'before' });
    assert.deepEqual(ids(backlog), ['$3', '$4', '$5']);
  });

  it('begins with the invitation of the reader: what was said before is not for them', async () => {
    const invite = { type: 'm.room.member', state_key: as.userId, content: { membership: 'invite' } };
    const { backlog } = await read(9, { $9: 'after' }, 0, 10, { $5: invite });
    assert.deepEqual(ids(backlog), ['$5', '$6', '$7', '$8']);
    assert.equal(backlog.complete, true);
    const other = { ...invite, state_key: '@carol:localhost' };
    assert.equal((await read(9, {}, 0, 10, { $5: other })).backlog.events.length, 9);
  });

  it("reaches back to the room's beginning, but not beyond the age or the pages that are allowed", async () => {
    assert.deepEqual(ids((await read(3, {})).backlog), ['$1', '$2', '$3']);
    assert.deepEqual(ids((await read(9, {}, 8)).backlog), ['$8', '$9']);
    const bounded = await read(9, {}, 0, 2);
    assert.deepEqual(ids(bounded.backlog), ['$6', '$7', '$8', '$9']);
    assert.equal(bounded.backlog.complete, false);
  });

  it('is not taken for nothing where the answer says nothing', async () => {
    const backlog = await readBacklog({ request: async () => ({ kind: 'ok', body: {} }) }, room, as, {
      ...{ maxPages: 1, pageSize: 2, notBefore: 0, signal: AbortSignal.timeout(1_000) },
      ...{ fromInvitation: true, isOwn: () => false },
      known: async () => new Map(),
    });
    assert.ok(backlog.kind === 'failed');
    assert.equal(backlog.retry.kind, 'later');
  });
});
