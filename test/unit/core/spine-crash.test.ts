import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { failedForNow } from '../../../src/core/outcome.ts';
import type { Stores } from '../../../src/core/stores.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import type { SpineRig } from '../../support/spine-rig.ts';
import {
  fromAlice,
  fromRemote,
  net,
  rigWithPortal,
  sentToMatrix,
  sentToNetwork,
  textBody,
} from '../../support/spine-rig.ts';

/** What happens next: something is sent by one of the two, or the process dies. */
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ by: fc.constantFrom('alice', 'bob'), again: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant('crash' as const) },
  { weight: 4, arbitrary: fc.constant('turn' as const) },
);

/** Stores that a dead process can no longer write to: what it still tries never comes back to it. */
function mortal(stores: Stores): { stores: Stores; die: () => void } {
  let dead = false;
  const events = new Proxy(stores.events, {
    get(target, name, receiver): unknown {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown =>
        dead ? new Promise(() => undefined) : Reflect.apply(member, target, args);
    },
  });
  return { stores: { ...stores, events }, die: () => (dead = true) };
}

describe('the spine, killed at any moment', () => {
  it('ends every kept event once, in order for each direction, and repeats at most what was in flight', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.array(fc.nat(3), { maxLength: 80 }),
        async (steps, luck) => {
          const kept = memoryStores();
          const seen: Record<'alice' | 'bob', string[]> = { alice: [], bob: [] };
          let draws = 0;
          const unlucky = (): boolean => luck[draws++] === 1;
          const start = async (): Promise<{ rig: SpineRig; die: () => void }> => {
            const { stores, die } = mortal(kept);
            let dead = false;
            const { rig } = await rigWithPortal({
              stores,
              toNetwork: async (event) => {
                await turn();
                if (dead) return new Promise(() => undefined);
                if (unlucky()) return failedForNow('link-down', undefined, 0);
                seen.alice.push(event.cause);
                return sentToNetwork(event);
              },
              toMatrix: async (event) => {
                await turn();
                if (dead) return new Promise(() => undefined);
                if (unlucky()) return failedForNow('link-down', undefined, 0);
                seen.bob.push(event.cause);
                return sentToMatrix(event);
              },
            });
            await rig.spine.start();
            return {
              rig,
              die: () => {
                dead = true;
                die();
              },
            };
          };
          let { rig, die } = await start();
          const room = (await kept.portals.list(0, 1))[0]?.room ?? assert.fail();
          const sent: Record<'alice' | 'bob', string[]> = { alice: [], bob: [] };
          let crashes = 0;
          for (const [index, what] of steps.entries()) {
            if (what === 'turn') await turn();
            else if (what === 'crash') {
              crashes += 1;
              die();
              ({ rig, die } = await start());
            } else {
              const id = `${what.by}${index}`;
              for (let times = what.again ? 2 : 1; times > 0; times -= 1) {
                if (what.by === 'alice') await rig.spine.receiveMatrix([fromAlice(room, id, textBody(id))]);
                else await rig.spine.receiveRemote(net, fromRemote('bob', id, textBody(id)));
              }
              sent[what.by].push(what.by === 'alice' ? `matrix/$${id}` : `loopback/${id}`);
            }
          }
          while (rig.spine.load().lanes > 0) await turn();
          for (const by of ['alice', 'bob'] as const) {
            assert.deepEqual([...new Set(seen[by])], sent[by]);
            assert.ok(seen[by].length - sent[by].length <= crashes);
            for (const cause of sent[by]) {
              const record = await kept.events.find(cause.slice(cause.indexOf('/') + 1));
              assert.equal(record?.outcome?.kind, 'sent');
            }
          }
          assert.equal((await kept.portals.list(0, 10)).length, 1);
          die();
        },
      ),
      { numRuns: 100 },
    );
  });
});
