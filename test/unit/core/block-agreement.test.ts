import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BlockAgreement, type IgnoreAgreed, type IgnoreBook } from '../../../src/core/block-agreement.ts';
import { Blocks } from '../../../src/core/blocks.ts';
import { matrixUserId, networkId, remoteUserId } from '../../../src/core/ids.ts';
import { failedForNow } from '../../../src/core/outcome.ts';
import { accountName, type Identity } from '../../../src/core/persons.ts';
import { MemoryBlocks } from '../../support/memory-blocks.ts';
import { RecordingLog } from '../../support/recording-log.ts';

const alice = matrixUserId('@alice:hs.test');
const xmpp = networkId('xmpp');
const who = (name: string): Identity => ({ network: xmpp, remote: remoteUserId(name) });

/** The user's list on Matrix, and a bridge that follows it. */
class Scene implements IgnoreBook {
  readonly store = new MemoryBlocks();
  list: Set<string> | undefined = new Set();
  puppet = true;
  writeFails = false;
  writes = 0;
  time = 0;
  blocks!: Blocks;
  agreement!: BlockAgreement;
  #agree: IgnoreAgreed = () => assert.fail('nobody agrees');

  static async open(): Promise<Scene> {
    const scene = new Scene();
    await scene.restart();
    return scene;
  }
  async restart(): Promise<void> {
    // Two bridges never work on one database: what is under way ends before another begins.
    await new Promise((resolve) => setImmediate(resolve));
    this.blocks = await Blocks.load(this.store, { serverOf: () => undefined, decidesItself: () => false });
    this.agreement = new BlockAgreement({
      ...{ blocks: this.blocks, store: this.store, book: this, log: new RecordingLog() },
      now: () => this.time,
    });
  }
  agreeBy(agree: IgnoreAgreed): void {
    this.#agree = agree;
  }
  hasGhost({ remote }: Identity): boolean {
    return remote !== 'too-long';
  }
  async revise(user: typeof alice): ReturnType<IgnoreBook['revise']> {
    if (!this.puppet) return 'no-puppet';
    const ignored = [...(this.list ?? [])].map(who);
    const change = await this.#agree(user, { there: this.list !== undefined, ignored });
    if (change.add.length + change.remove.length > 0) {
      if (this.writeFails) return failedForNow('link-down');
      this.list ??= new Set();
      for (const { remote } of change.add) this.list.add(remote);
      for (const { remote } of change.remove) this.list.delete(remote);
      this.writes += 1;
    }
    await change.done();
    return 'agreed';
  }
  async command(what: 'block' | 'unblock', name: string): Promise<void> {
    const blocked = { kind: 'person', name: accountName(who(name)) } as const;
    if (what === 'block') await this.blocks.block(alice, blocked, { author: alice });
    else await this.blocks.unblock(alice, blocked);
    await this.agreement.changed(alice);
  }
  /** Looks at the list, long after anything was written. */
  async look(): Promise<void> {
    this.time += 60_000;
    await this.revise(alice);
  }
  get ignored(): string[] {
    return [...(this.list ?? [])].sort();
  }
  isBlocked(name: string): boolean {
    return this.blocks.byUser(alice, who(name));
  }
}

describe('blocks and the ignore list', () => {
  it('agree after a command', async () => {
    const scene = await Scene.open();
    await scene.command('block', 'bob');
    assert.deepEqual(scene.ignored, ['bob']);
    await scene.look();
    assert.equal(scene.writes, 1, 'what was written is not written again');
    await scene.command('unblock', 'bob');
    assert.deepEqual([scene.ignored, scene.isBlocked('bob')], [[], false]);
    await scene.look();
    assert.deepEqual([scene.isBlocked('bob'), scene.writes], [false, 2]);
  });

  it('agree after the user has changed the list', async () => {
    const scene = await Scene.open();
    scene.list = new Set(['bob']);
    await scene.look();
    assert.ok(scene.isBlocked('bob'));
    scene.list = new Set();
    await scene.look();
    assert.ok(!scene.isBlocked('bob'));
    assert.equal(scene.writes, 0);
  });

  it('are about persons: all their ghosts are ignored, and none once one is taken off', async () => {
    const scene = await Scene.open();
    await scene.blocks.same({ kind: 'account', ...who('bob') }, { kind: 'account', ...who('rob') });
    await scene.blocks.same({ kind: 'account', ...who('bob') }, { kind: 'user', user: alice });
    await scene.blocks.same({ kind: 'account', ...who('bob') }, { kind: 'account', ...who('too-long') });
    scene.list = new Set(['bob', 'other']);
    await scene.look();
    assert.deepEqual(scene.ignored, ['bob', 'other', 'rob']);
    scene.list.delete('rob');
    await scene.look();
    assert.deepEqual(
      [scene.ignored, scene.isBlocked('bob'), scene.isBlocked('other')],
      [['other'], false, true],
    );
  });

  it('agree on a name that turns out later to be of somebody blocked', async () => {
    const scene = await Scene.open();
    await scene.command('block', 'bob');
    await scene.blocks.same({ kind: 'account', ...who('bob') }, { kind: 'account', ...who('rob') });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(scene.ignored, ['bob', 'rob']);
  });

  it('agree later where the list cannot be reached at once, also over a restart', async () => {
    for (const fault of ['puppet', 'write'] as const) {
      const scene = await Scene.open();
      const away = (is: boolean): void => {
        if (fault === 'puppet') scene.puppet = !is;
        else scene.writeFails = is;
      };
      away(true);
      await scene.command('block', 'bob');
      assert.deepEqual([scene.ignored, scene.isBlocked('bob')], [[], true]);
      await scene.look();
      assert.ok(scene.isBlocked('bob'), 'it was never on the list, so nobody took it off');
      await scene.restart();
      away(false);
      await scene.look();
      assert.deepEqual([scene.ignored, scene.isBlocked('bob')], [['bob'], true]);
      away(true);
      await scene.command('unblock', 'bob');
      await scene.restart();
      away(false);
      await scene.look();
      assert.deepEqual([scene.ignored, scene.isBlocked('bob')], [[], false]);
    }
  });

  it('do not take a list that is gone, or older than what was just written, for the wish of the user', async () => {
    const scene = await Scene.open();
    await scene.command('block', 'bob');
    scene.list = new Set();
    await scene.revise(alice);
    assert.deepEqual([scene.ignored, scene.isBlocked('bob')], [['bob'], true]);
    scene.list = undefined;
    await scene.look();
    assert.deepEqual([scene.ignored, scene.isBlocked('bob')], [['bob'], true]);
  });

  it('come to one and the same, whoever changes what, and stay so', async () => {
    const names = ['a', 'b', 'c', 'd'] as const;
    const name = fc.constantFrom(...names);
    const act = fc.oneof(
      fc.tuple(
        fc.constantFrom('block' as const, 'unblock' as const, 'ignore' as const, 'unignore' as const),
        name,
        name,
      ),
      fc.tuple(
        fc.constantFrom('same' as const, 'restart' as const, 'fault' as const, 'look' as const),
        name,
        name,
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 30 }), async (acts) => {
        const scene = await Scene.open();
        for (const [what, one, other] of acts) {
          if (what === 'block' || what === 'unblock') await scene.command(what, one);
          else if (what === 'ignore') scene.list?.add(one);
          else if (what === 'unignore') scene.list?.delete(one);
          else if (what === 'restart') await scene.restart();
          else if (what === 'fault') scene.writeFails = !scene.writeFails;
          else if (what === 'look') await scene.look();
          else await scene.blocks.same({ kind: 'account', ...who(one) }, { kind: 'account', ...who(other) });
        }
        await new Promise((resolve) => setImmediate(resolve));
        scene.writeFails = false;
        await scene.look();
        await scene.look();
        const before = scene.writes;
        assert.deepEqual(
          scene.ignored,
          names.filter((each) => scene.isBlocked(each)),
        );
        await scene.look();
        assert.equal(scene.writes, before, 'they go round in a circle');
      }),
      { numRuns: 300 },
    );
  });
});
