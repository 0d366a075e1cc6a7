import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Bundle } from '../../../../src/crypto/signal/bundle.ts';
import type { MemorySignalStore } from '../../../support/memory-signal.ts';
import {
  acquaint,
  bundleOf,
  introduce,
  open,
  opened,
  person,
  type Person,
  reasonOf,
  restarted,
  sealed,
  smallLimits,
} from '../../../support/signal-scene.ts';

/** Bob has lost his sessions. */
function loseSessions({ store }: Person<MemorySignalStore>): void {
  for (const [key, row] of store.rows) if (row.of.kind === 'session') store.rows.delete(key);
}

async function askFor(of: Person, peer: Person, id: string): Promise<{ count: number; keys: Bundle }> {
  const asked = await of.party.ask(peer.name, id);
  assert.ok(asked.kind === 'ask' && asked.keys !== undefined, reasonOf(asked));
  return { count: asked.count, keys: asked.keys };
}

const plain = Buffer.from('hello');

describe('a message that could not be opened', () => {
  it('is asked for with new keys, sealed again in a new session, and opens', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await acquaint(alice, bob);
    const message = await sealed(alice, bob, 'hello', 'A');
    loseSessions(bob);
    const first = await open(bob, alice, message, 'A');
    assert.ok(first.kind === 'failed' && first.reason === 'no-session' && first.askAgain);
    const { count, keys } = await askFor(bob, alice, 'A');
    assert.equal(count, 1);
    const again = await alice.party.sealAgain('bob', { id: 'A', count, plain, bundle: keys });
    assert.ok(again.kind === 'sealed' && again.type === 'pkmsg' && !again.repeat);
    assert.equal(again.identity, 'known');
    assert.equal(await opened(bob, alice, again, 'A'), 'hello');
    assert.equal(await opened(alice, bob, await sealed(bob, alice, 'thanks')), 'thanks');
    assert.equal(
      [...bob.store.rows.values()].some(({ of }) => of.kind === 'retry'),
      false,
    );
  });

  it('is sealed again to the same bytes where the same is asked once more', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await acquaint(alice, bob);
    await sealed(alice, bob, 'hello', 'A');
    const asked = { id: 'A', count: 1, plain, bundle: await bundleOf(bob) };
    const one = await alice.party.sealAgain('bob', asked);
    const other = await restarted(alice).party.sealAgain('bob', { ...asked, bundle: undefined });
    assert.ok(one.kind === 'sealed' && other.kind === 'sealed' && other.repeat);
    assert.deepEqual(other.bytes, one.bytes);
  });

  it('among many makes one new session for all of them', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await acquaint(alice, bob);
    const ids = Array.from({ length: 20 }, (_, index) => `M${index}`);
    for (const id of ids) await sealed(alice, bob, 'hello', id);
    loseSessions(bob);
    for (const id of ids) {
      const { count, keys } = await askFor(bob, alice, id);
      const again = await alice.party.sealAgain('bob', { id, count, plain, bundle: keys });
      assert.ok(again.kind === 'sealed', reasonOf(again));
      assert.equal(await opened(bob, alice, again, id), 'hello');
    }
  });

  it('is asked for and sealed a bounded number of times', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await introduce(alice, bob);
    for (let count = 1; count <= smallLimits.maxRetries; count += 1)
      assert.equal((await askFor(bob, alice, 'A')).count, count);
    assert.equal(reasonOf(await restarted(bob).party.ask('alice', 'A')), 'too-many-retries');
    const bundle = await bundleOf(bob);
    const tooOften = { id: 'A', count: smallLimits.maxRetries + 1, plain, bundle };
    assert.equal(reasonOf(await alice.party.sealAgain('bob', tooOften)), 'too-many-retries');
    for (const count of [0, -1, 1.5, Number.NaN])
      assert.equal(reasonOf(await alice.party.sealAgain('bob', { ...tooOften, count })), 'malformed');
    for (let i = 1; i < smallLimits.maxAsked; i += 1) await askFor(bob, alice, `M${i}`);
    assert.equal(reasonOf(await bob.party.ask('alice', 'one too many')), 'malformed');
    assert.equal(reasonOf(await bob.party.ask('alice', 'oneTooMany')), 'too-many-retries');
    assert.equal((await askFor(bob, alice, 'M1')).count, 2);
    assert.equal((await askFor(bob, { ...alice, name: 'carol' }, 'M1')).count, 1);
  });

  it('cannot have sessions made anew without end', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await introduce(alice, bob);
    const bundle = await bundleOf(bob);
    const askAnew = async (id: string): Promise<unknown> =>
      reasonOf(await alice.party.sealAgain('bob', { id, count: 1, plain, bundle }));
    for (let i = 0; i < smallLimits.maxResets; i += 1) assert.equal(await askAnew(`M${i}`), undefined);
    const before = new Map(alice.store.rows);
    assert.equal(await askAnew('M9'), 'too-many-resets');
    assert.deepEqual(alice.store.rows, before);
    alice.clock.now += smallLimits.resetWindow;
    assert.equal(await askAnew('M9'), undefined);
  });

  it('stays as it was where the new keys are wrong or missing', async () => {
    const [alice, bob, eve] = [await person('alice'), await person('bob'), await person('eve')];
    await acquaint(alice, bob);
    await sealed(alice, bob, 'hello', 'A');
    const before = new Map(alice.store.rows);
    const none = await alice.party.sealAgain('bob', { id: 'A', count: 1, plain, bundle: undefined });
    assert.equal(reasonOf(none), 'needs-bundle');
    const wrong = { ...(await bundleOf(bob)), identity: (await eve.party.identity()).identity };
    const result = await alice.party.sealAgain('bob', { id: 'A', count: 1, plain, bundle: wrong });
    assert.equal(reasonOf(result), 'bad-signature');
    assert.deepEqual(alice.store.rows, before);
  });

  it('is told where the new keys are those of another identity', async () => {
    const [alice, bob, anew] = [await person('alice'), await person('bob'), await person('bob')];
    await acquaint(alice, bob);
    await sealed(alice, bob, 'hello', 'A');
    const { count, keys } = await askFor(anew, alice, 'A');
    const again = await alice.party.sealAgain('bob', { id: 'A', count, plain, bundle: keys });
    assert.ok(again.kind === 'sealed' && again.identity === 'changed');
    assert.equal(await opened(anew, alice, again, 'A'), 'hello');
  });
});

describe('what is kept for a while', () => {
  it('goes when it is old', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await introduce(alice, bob);
    await opened(bob, alice, await sealed(alice, bob, 'one'));
    await askFor(bob, alice, 'A');
    bob.clock.now += 10;
    await opened(bob, alice, await sealed(alice, bob, 'two'));
    assert.equal(await bob.signal.sweep(bob.clock.now), 2);
    assert.equal(await alice.signal.sweep(alice.clock.now), 0);
    assert.equal(await bob.party.has('alice'), true);
  });
});
