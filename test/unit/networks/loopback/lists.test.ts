import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { remoteUserId } from '../../../../src/core/ids.ts';
import { blocklist } from '../../../../src/networks/loopback/lists.ts';
import { LoopbackWorld } from '../../../../src/networks/loopback/index.ts';

const me = remoteUserId('me');
const person = (name: string) => ({ kind: 'person', remote: remoteUserId(name) }) as const;

describe('the lists of people of the world', () => {
  it('are read, changed, and changed again without effect', async () => {
    const world = new LoopbackWorld();
    const list = blocklist(world.lists);
    const heard: string[] = [];
    world.lists.connect((who) => heard.push(who));
    world.lists.block('me', 'bob');
    world.lists.block('me', '@alice:hs.test');
    assert.deepEqual(await list.read(me), { kind: 'list', entries: [person('bob')], whole: true });
    for (const time of [1, 2]) {
      assert.deepEqual(await list.add(me, [person('carol')]), { kind: 'added', refused: [] }, `${time}`);
      assert.equal(await list.remove(me, [person('bob')]), undefined);
    }
    assert.deepEqual(world.lists.of('me'), ['@alice:hs.test', 'carol']);
    assert.deepEqual(heard, ['me', 'me'], 'what the bridge does itself it is not told');
    assert.deepEqual([list.holds(person('bob')), list.holds(person('@alice:hs.test'))], [true, false]);
  });

  it('fail as values under every fault, and for good only where the world does not let the bridge', async () => {
    for (const [fault, retry] of [
      [{ down: true }, 'later'],
      [{ garbage: true }, 'later'],
      [{ refuse: true }, 'never'],
    ] as const) {
      const world = new LoopbackWorld();
      world.fail(fault);
      const list = blocklist(world.lists);
      for (const answer of [await list.read(me), await list.add(me, []), await list.remove(me, [])])
        assert.ok(answer?.kind === 'failed' && answer.retry.kind === retry, JSON.stringify(fault));
    }
    const slow = new LoopbackWorld();
    slow.fail({ delayMs: 20 });
    assert.equal((await blocklist(slow.lists).read(me)).kind, 'list');
  });

  it('tell nothing while the link is down', () => {
    const world = new LoopbackWorld();
    const heard: string[] = [];
    world.lists.connect((who) => heard.push(who));
    world.fail({ down: true });
    world.lists.block('me', 'bob');
    assert.deepEqual(heard, []);
  });
});
