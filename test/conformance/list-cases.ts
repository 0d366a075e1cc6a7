import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually } from './eventually.ts';
import type { Asker, ListNetwork, ListRig, OwnClient } from './list-rig.ts';

/** Blocks of a user and the list of their own account, on every network whose accounts have lists. */
export function listCases(name: string, rig: () => ListRig, network: () => ListNetwork): void {
  describe(`the list of blocked people of an account: ${name}`, () => {
    let alice: Asker;
    let own: OwnClient;
    const who = (one: string): string => network().stranger(`${one}.${name}`);
    const onList = (...wanted: readonly string[]): Promise<unknown> =>
      eventually(
        `the list ${wanted.join(', ')}`,
        async () => {
          const list = await own.blocked();
          return list.join() === [...wanted].sort().join() || undefined;
        },
        30_000,
      );
    const block = (whom: string): Promise<string> => alice.ask(`block ${network().id} ${whom}`, /is blocked/);
    const unblock = (whom: string): Promise<string> =>
      alice.ask(`unblock ${network().id} ${whom}`, /not blocked any more/);

    it('has whom the user blocked before it was linked, and whom they block by command', async () => {
      alice = await rig().matrixUser(`alice-${name}`);
      await block(who('early'));
      own = await rig().linked(alice, network(), `own.${name}`);
      await onList(who('early'));
      await block(who('bob'));
      await onList(who('bob'), who('early'));
      const shown = await alice.ask('blocks', /2 people/);
      assert.match(shown, new RegExp(`${who('bob')}.*here, on ${network().id} ·`));
      await unblock(who('early'));
      await onList(who('bob'));
    });

    it('is followed: who is put on it is blocked, and who is taken off is not', async () => {
      await own.block(who('carol'));
      await alice.ask('blocks', new RegExp(who('carol')));
      const ghost = rig().bridged.ghostOf(network().id, who('carol'));
      const ignored = (): readonly string[] => alice.user.sdk.getIgnoredUsers();
      await eventually('that the ghost is ignored', () => ignored().includes(ghost) || undefined);
      await own.unblock(who('bob'));
      assert.doesNotMatch(await alice.ask('blocks', /1 person/), new RegExp(who('bob')));
      await onList(who('carol'));
    });

    it('and the blocks come to be the same after a restart', async () => {
      await block(who('dave'));
      await onList(who('carol'), who('dave'));
      await rig().bridged.restart(async () => {
        await own.unblock(who('carol'));
        await own.block(who('erin'));
      });
      const shown = await alice.ask('blocks', new RegExp(who('erin')));
      assert.match(shown, new RegExp(who('dave')));
      assert.doesNotMatch(shown, new RegExp(who('carol')));
      await onList(who('dave'), who('erin'));
    });

    it('and the blocks come to be the same after the link was down; where both changed, the block wins', async () => {
      await network().linkDown();
      try {
        await block(who('frank'));
        assert.match(
          await alice.ask('blocks', /3 people/),
          new RegExp(`${who('frank')}.*here, on ${network().id} soon`),
        );
        await unblock(who('dave'));
        await own.unblock(who('erin'));
        await own.block(who('grace'));
        await block(who('grace'));
        // The user has taken erin off in their other app, and blocks her once more here.
        await alice.ask(`block ${network().id} ${who('erin')}`, /is blocked already/);
      } finally {
        await network().linkUp();
      }
      await onList(who('erin'), who('frank'), who('grace'));
      const shown = await alice.ask('blocks', /3 people/);
      for (const one of ['erin', 'frank', 'grace'])
        assert.match(shown, new RegExp(`${who(one)}.*here, on ${network().id} ·`));
      for (const one of ['erin', 'frank', 'grace']) await unblock(who(one));
      await onList();
    });
  });
}
