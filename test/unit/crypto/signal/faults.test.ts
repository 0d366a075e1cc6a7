import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Sealed } from '../../../../src/crypto/signal/sessions.ts';
import type { MemorySignalStore } from '../../../support/memory-signal.ts';
import { keyNameOf } from '../../../support/signal-name.ts';
import {
  bundleOf,
  introduce,
  open,
  opened,
  person,
  type Person,
  reasonOf,
  restarted,
  sealed,
  uploadOf,
} from '../../../support/signal-scene.ts';

class Fault extends Error {}

/** Whether the `at`th step of the store fails, and whether it was done before it did. */
interface Plan {
  readonly at: number;
  readonly when: 'before' | 'after';
}

interface Faulty {
  readonly fired: () => boolean;
  readonly steps: readonly string[];
}

function sabotage(store: MemorySignalStore, { at, when }: Plan): Faulty {
  const steps: string[] = [];
  let fired = false;
  const fail = (): void => {
    fired = true;
    throw new Fault('the store fails');
  };
  store.before = (step) => {
    steps.push(step);
    if (steps.length === at && when === 'before') fail();
  };
  store.after = () => {
    if (steps.length === at && when === 'after' && !fired) fail();
  };
  return { fired: () => fired, steps };
}

/** Does it until it is done; after a failure as one who has started anew. */
async function insist<T>(
  of: Person<MemorySignalStore>,
  work: (self: Person<MemorySignalStore>) => Promise<T>,
): Promise<T> {
  try {
    return await work(of);
  } catch (error) {
    assert.ok(error instanceof Fault, String(error));
    return work(restarted(of));
  }
}

/** What bob's part in a talk shows of itself: the messages that left, by their ids. */
async function talk(plan: Plan): Promise<{ readonly faulty: Faulty; readonly left: readonly Sealed[] }> {
  const [alice, bob] = [await person('alice'), await person('bob')];
  const faulty = sabotage(bob.store, plan);
  const upload = await insist(bob, (self) => uploadOf(self));
  const [prekey] = upload.prekeys;
  const { registration, identity, signed } = upload;
  await alice.party.establish('bob', { registration, identity, signed, prekey });
  const left: Sealed[] = [];
  const toBob = [
    await sealed(alice, bob, 'zero'),
    await sealed(alice, bob, 'one'),
    await sealed(alice, bob, 'two'),
  ];
  for (const index of [1, 0]) {
    const message = toBob[index];
    assert.ok(message !== undefined);
    const text = await insist(bob, (self) => opened(self, alice, message, `in${index}`));
    assert.equal(text, ['zero', 'one'][index]);
    const answer = await insist(bob, (self) => sealed(self, alice, `re ${index}`, `out${index}`));
    left.push(answer);
    assert.equal(await opened(alice, bob, answer), `re ${index}`);
    const again = await insist(bob, (self) => open(self, alice, message, `again${index}`));
    assert.equal(reasonOf(again), 'replayed');
    await insist(bob, (self) => self.party.releaseOpened('alice', `in${index}`));
  }
  const bundle = await bundleOf(alice);
  const asked = { id: 'out0', count: 1, plain: Buffer.from('re 0'), bundle };
  const anew = await insist(bob, (self) => self.party.sealAgain('alice', asked));
  assert.ok(anew.kind === 'sealed', reasonOf(anew));
  left.push(anew);
  assert.equal(await opened(alice, bob, anew), 're 0');
  const end = await sealed(alice, bob, 'end');
  assert.equal(await insist(bob, (self) => opened(self, alice, end, 'end')), 'end');
  return { faulty, left };
}

describe('a store that fails', () => {
  it('at any step, before or after it, costs nothing and has no key used twice', async () => {
    const { faulty } = await talk({ at: 0, when: 'before' });
    const { steps } = faulty;
    assert.ok(steps.length > 60);
    for (const [index, step] of steps.entries()) {
      const at = index + 1;
      for (const when of step === 'commit' ? (['before', 'after'] as const) : (['before'] as const)) {
        const { faulty: one, left } = await talk({ at, when });
        assert.ok(one.fired(), `step ${at}`);
        assert.equal(new Set(left.map(({ type, bytes }) => keyNameOf(type, bytes))).size, left.length);
      }
    }
  });

  it('leaves all as it was where nothing was written, and throws what the store threw', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await introduce(alice, bob);
    const message = await sealed(alice, bob, 'hello');
    const before = new Map(bob.store.rows);
    bob.store.before = (step) => {
      if (step === 'commit') throw new Fault('no');
    };
    await assert.rejects(open(bob, alice, message), Fault);
    await assert.rejects(bob.party.ask('alice', 'A'), Fault);
    bob.store.before = (step) => {
      if (step === 'get') throw new Fault('no');
    };
    await assert.rejects(open(bob, alice, message), Fault);
    assert.deepEqual(bob.store.rows, before);
    bob.store.before = () => undefined;
    assert.equal(await opened(bob, alice, message), 'hello');
  });
});
