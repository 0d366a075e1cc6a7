import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Erasures,
  outOfGroups,
  type Erasure,
  type ErasureStore,
  type ErasuresDeps,
} from '../../../src/core/erasures.ts';
import { laneId, matrixUserId, portalId, remoteChatId, remoteUserId, roomId } from '../../../src/core/ids.ts';
import { failedForGood, failedForNow } from '../../../src/core/outcome.ts';
import type { DirectPortal, GroupPortal } from '../../../src/core/portal.ts';
import type { KeptEvent } from '../../../src/core/stores.ts';
import { RecordingLog } from '../../support/recording-log.ts';
import { net } from '../../support/spine-rig.ts';

const eve = matrixUserId('@eve:hs.test');
const room = roomId('!eves');
const chat: DirectPortal = {
  kind: 'direct',
  id: portalId('p'),
  key: { network: net, chat: remoteChatId('bob'), receiver: eve },
  remote: remoteUserId('bob'),
  room: roomId('!chat'),
};

/** A user with a chat and a management room, and what is done to them, in order. */
class World {
  readonly done: string[] = [];
  readonly lines: string[] = [];
  readonly erasures = new Map<string, Erasure>();
  portals = [chat];
  hasUser = true;
  inRoom = true;
  /** Thrown, or answered, in place of a step; each once. */
  readonly trouble = new Map<string, 'crash' | 'later' | 'never'>();
  pending: KeptEvent[] = [];

  step(name: string): undefined | ReturnType<typeof failedForNow> {
    const trouble = this.trouble.get(name);
    if (trouble === 'crash') throw new Error(`crashed at ${name}`);
    this.trouble.delete(name);
    if (trouble === 'later') return failedForNow('link-down');
    if (trouble === 'never') return failedForGood('forbidden');
    this.done.push(name);
    return undefined;
  }

  readonly store: ErasureStore = {
    intend: async (user, askedAt) => {
      if (!this.erasures.has(user)) this.erasures.set(user, { user, askedAt, told: false });
    },
    list: async () => [...this.erasures.values()],
    told: async (user) => {
      this.step('told');
      const known = this.erasures.get(user);
      if (known !== undefined) this.erasures.set(user, { ...known, told: true });
    },
    purgeLanes: async (lanes) => {
      this.step(`lanes ${lanes.length}`);
      return [];
    },
    purge: async () => {
      this.step('purge');
      return [7];
    },
    finish: async (user) => {
      this.step('finish');
      this.hasUser = false;
      this.erasures.delete(user);
    },
  };

  start(over: Partial<ErasuresDeps> = {}): Erasures {
    return new Erasures({
      log: new RecordingLog(),
      store: this.store,
      stores: {
        events: { pending: async () => this.pending },
        portals: {
          ofUser: async () => this.portals,
          intended: async () => [],
          closed: async () => undefined,
        },
        users: {
          get: async () =>
            this.hasUser ? { userId: eve, managementRoom: room, language: undefined } : undefined,
        },
      },
      portals: {
        close: async (portal) => {
          const failed = this.step('close');
          if (failed === undefined) this.portals = this.portals.filter((one) => one !== portal);
          return failed;
        },
      },
      steps: [{ name: 'groups', erase: async () => this.step('groups') }],
      drop: (seqs) => this.done.push(...seqs.map((seq) => `drop ${seq}`)),
      say: async (_user, _room, id) => {
        assert.ok(this.inRoom, 'a line is said in a room that the bot has left');
        const failed = this.step('say');
        if (failed === undefined && !this.lines.includes(id)) this.lines.push(id);
        return failed;
      },
      leave: async () => {
        const failed = this.step('leave');
        if (failed === undefined) this.inRoom = false;
        return failed;
      },
      pauses: { look: 1, again: 1, answer: 1_000 },
      now: () => 42,
      ...over,
    });
  }

  get isOver(): boolean {
    return this.erasures.size === 0 && !this.hasUser && !this.inRoom && this.portals.length === 0;
  }
}

describe('groups', () => {
  it('are left one by one; what a group refuses for good does not hold up the rest', async () => {
    const group = (id: string): GroupPortal => ({
      kind: 'group',
      id: portalId(id),
      key: { network: net, chat: remoteChatId(id), receiver: undefined },
      room: roomId(`!${id}`),
    });
    const asked: string[] = [];
    const answers = new Map([
      ['a', failedForGood('forbidden')],
      ['b', failedForNow('link-down')],
    ]);
    const step = outOfGroups({
      configured: () => true,
      of: async () => ['a', 'b', 'c'].map(group),
      leave: async (_user, { id }) => {
        asked.push(id);
        return answers.get(id);
      },
    });
    const untold = async (): Promise<undefined> => assert.fail('there is nothing to tell');
    assert.equal((await step.erase(eve, untold))?.reason, 'link-down');
    assert.deepEqual(asked, ['a', 'b']);
    answers.delete('b');
    assert.equal(await step.erase(eve, untold), undefined);
    assert.deepEqual(asked.slice(2), ['a', 'b', 'c']);
  });
});

describe('a group on a network that is not configured any more', () => {
  const portal: GroupPortal = {
    kind: 'group',
    id: portalId('g'),
    key: { network: net, chat: remoteChatId('#gone'), receiver: undefined },
    room: roomId('!g'),
  };

  it('is left, and the user is told before that it was not; an erasure comes to its end', async () => {
    const world = new World();
    let groups = [portal];
    const told: string[] = [];
    const step = outOfGroups({
      configured: () => false,
      of: async () => groups,
      leave: async () => {
        assert.deepEqual(told, ['group/g/42 #gone']);
        groups = [];
        return undefined;
      },
    });
    await using erasures = world.start({
      steps: [step],
      say: async (_user, _room, id, line) => {
        if (line.kind === 'group-remains') told.push(`${id} ${line.portal.key.chat}`);
        return undefined;
      },
    });
    await erasures.begin(eve);
    await erasures.done();
    assert.equal(world.isOver, true);
    assert.deepEqual(groups, []);
  });
});

const order = [
  ...['lanes 2', 'close', 'groups', 'purge', 'drop 7', 'say', 'told'],
  ...['leave', 'lanes 1', 'purge', 'drop 7', 'finish'],
];

describe('an erasure', () => {
  it('closes chats, deletes, says its last line, and leaves last', async () => {
    const world = new World();
    await using erasures = world.start();
    await erasures.begin(eve);
    assert.ok(erasures.isUnderWay(eve));
    await erasures.begin(eve);
    await erasures.done();
    assert.deepEqual(world.done, order);
    assert.deepEqual([world.isOver, world.lines, erasures.isUnderWay(eve)], [true, ['erased/42'], false]);
  });

  it('waits until the command that asked for it has ended', async () => {
    const world = new World();
    const event = { seq: 1, lane: laneId('m'), source: 'matrix', outerId: '$c', payload: '' } as const;
    world.pending = [{ ...event, receivedAt: 0, attempts: 0 }];
    await using erasures = world.start();
    await erasures.begin(eve);
    await sleep(20);
    assert.deepEqual(world.done, []);
    world.pending = [];
    await erasures.done();
    assert.ok(world.isOver);
  });

  for (const name of ['close', 'groups', 'say', 'leave']) {
    it(`tries again where ${name} fails for now, and does without where it fails for good`, async () => {
      for (const trouble of ['later', 'never'] as const) {
        // Portals themselves treat what is refused for good as done.
        if (name === 'close' && trouble === 'never') continue;
        const world = new World();
        world.trouble.set(name, trouble);
        await using erasures = world.start();
        await erasures.begin(eve);
        await erasures.done();
        assert.equal(world.erasures.size, 0, trouble);
        assert.equal(world.lines.length, name === 'say' && trouble === 'never' ? 0 : 1);
      }
    });
  }

  for (const name of new Set(order.filter((step) => !step.startsWith('drop')))) {
    it(`goes on after a crash at ${name}, and says its line once`, async () => {
      const world = new World();
      world.trouble.set(name, 'crash');
      const first = world.start();
      await first.begin(eve);
      await sleep(15);
      await first[Symbol.asyncDispose]();
      assert.equal(world.erasures.size, 1);
      world.trouble.clear();
      await using second = world.start();
      await second.start();
      assert.ok(second.isUnderWay(eve));
      await second.done();
      assert.ok(world.isOver);
      assert.deepEqual(world.lines, ['erased/42']);
    });
  }
});
