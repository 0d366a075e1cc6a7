import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { matrixUserId, networkId } from '../../../src/core/ids.ts';
import { Reach, type NetworkReach } from '../../../src/core/reach.ts';
import { MemoryReach } from '../../support/memory-reach.ts';

const alice = matrixUserId('@alice:example.org');
const xmpp = networkId('xmpp');
const other = networkId('loopback');

function setUp(
  reach: NetworkReach = { optIn: 'required', eligible: {} },
  numbers: readonly (string | undefined)[] = [],
) {
  const store = new MemoryReach();
  const changes: string[] = [];
  let time = 0;
  const make = (): Reach =>
    new Reach({
      ...{ store, groups: {}, now: () => ++time },
      reach: () => reach,
      region: () => undefined,
      numbers: async () => numbers,
      changed: (user, network) => changes.push(`${user} ${network ?? 'all'}`),
    });
  return { store, changes, make, reach: make() };
}

describe('who can be reached', () => {
  it('is nobody before they say so, on one network alone, with the time, and after a restart', async () => {
    const { reach, make, changes } = setUp();
    assert.deepEqual(await reach.standing(alice, xmpp), { kind: 'off', state: 'never' });
    assert.deepEqual(await reach.enable(alice, xmpp), { kind: 'enabled', fresh: true });
    assert.deepEqual(await reach.enable(alice, xmpp), { kind: 'enabled', fresh: false });
    assert.equal(await reach.isOn(alice, xmpp), true);
    assert.equal(await reach.isOn(alice, other), false);
    assert.deepEqual(changes, ['@alice:example.org xmpp']);
    assert.deepEqual(await make().standing(alice, xmpp), { kind: 'on', since: 1 });
  });

  it('is everybody where the network says so, but who said no', async () => {
    const { reach } = setUp({ optIn: 'automatic', eligible: {} });
    assert.deepEqual(await reach.standing(alice, xmpp), { kind: 'on', since: undefined });
    assert.equal(await reach.disable(alice, xmpp), true);
    assert.equal(await reach.isOn(alice, xmpp), false);
    assert.equal(reach.hides(xmpp), false);
  });

  it('is nobody who may not, whatever they said before', async () => {
    const eligible = { users: [] as string[] };
    const { reach } = setUp({ optIn: 'required', eligible });
    await reach.enable(alice, xmpp);
    eligible.users.push('@bob:*');
    assert.deepEqual(await reach.standing(alice, xmpp), { kind: 'ineligible', why: 'user' });
    assert.deepEqual(await reach.enable(alice, xmpp), { kind: 'ineligible', why: 'user' });
  });

  it('goes by the numbers that networks have verified, whatever an administrator declared, where there are some', async () => {
    const eligible = { regions: ['DE'] };
    const abroad = setUp({ optIn: 'automatic', eligible }, ['FR']).reach;
    await abroad.setRegion(alice, 'DE');
    assert.deepEqual(await abroad.standing(alice, xmpp), { kind: 'ineligible', why: 'region' });
    assert.equal(await setUp({ optIn: 'automatic', eligible }, ['DE']).reach.isOn(alice, xmpp), true);
    const { reach } = setUp({ optIn: 'automatic', eligible: { ...eligible, regionBy: 'number' } });
    await reach.setRegion(alice, 'DE');
    assert.deepEqual(await reach.standing(alice, xmpp), { kind: 'ineligible', why: 'no-number' });
  });

  it('goes by the region that was last declared', async () => {
    const { reach, changes } = setUp({ optIn: 'automatic', eligible: { regions: ['DE'] } });
    assert.deepEqual(await reach.standing(alice, xmpp), { kind: 'ineligible', why: 'no-region' });
    await reach.setRegion(alice, 'DE');
    assert.equal(await reach.isOn(alice, xmpp), true);
    await reach.setRegion(alice, undefined);
    assert.equal(await reach.isOn(alice, xmpp), false);
    assert.deepEqual(changes, ['@alice:example.org all', '@alice:example.org all']);
  });

  it('cannot be enabled again while it is being ended', async () => {
    const { reach, store } = setUp();
    await reach.enable(alice, xmpp);
    await reach.disable(alice, xmpp);
    assert.deepEqual(await reach.enable(alice, xmpp), { kind: 'disabling' });
    const [under] = await store.disabling();
    assert.ok(under);
    await reach.disabled(under);
    assert.deepEqual(await reach.standing(alice, xmpp), { kind: 'off', state: 'disabled' });
    assert.equal(await reach.disable(alice, xmpp), false);
    assert.deepEqual(await reach.enable(alice, xmpp), { kind: 'enabled', fresh: true });
    // What comes late of the ending before says nothing any more.
    await reach.disabled(under);
    assert.equal(await reach.isOn(alice, xmpp), true);
  });

  it('asks the database once, and again after a write that failed', async () => {
    const { reach, store } = setUp();
    await reach.isOn(alice, xmpp);
    await reach.isOn(alice, xmpp);
    assert.equal(store.reads, 1);
    store.broken = true;
    await assert.rejects(reach.enable(alice, xmpp));
    assert.equal(await reach.isOn(alice, xmpp), false);
    const reads: number = store.reads;
    assert.equal(reads, 2);
  });

  it('is forgotten with the user', async () => {
    const { reach, make } = setUp();
    await reach.enable(alice, xmpp);
    await reach.setRegion(alice, 'DE');
    await reach.forget(alice, [xmpp, other]);
    for (const one of [reach, make()]) {
      assert.equal(await one.isOn(alice, xmpp), false);
      assert.equal(await one.region(alice), undefined);
    }
  });

  it('follows the last word, in whatever order words, endings and restarts come', async () => {
    const act = fc.constantFrom('enable', 'disable', 'ended', 'restart', 'forget');
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('required', 'automatic'), fc.array(act), async (optIn, acts) => {
        const { store, make } = setUp({ optIn, eligible: {} });
        let reach: Reach = make();
        let model: 'never' | 'enabled' | 'disabling' | 'disabled' = 'never';
        for (const one of acts) {
          if (one === 'enable') {
            await reach.enable(alice, xmpp);
            if (model !== 'disabling') model = 'enabled';
          } else if (one === 'disable') {
            await reach.disable(alice, xmpp);
            if (model !== 'disabled') model = 'disabling';
          } else if (one === 'ended') {
            for (const under of await store.disabling()) await reach.disabled(under);
            if (model === 'disabling') model = 'disabled';
          } else if (one === 'forget') {
            await reach.forget(alice, [xmpp]);
            model = 'never';
          } else reach = make();
          const isOn: boolean = model === 'enabled' || (model === 'never' && optIn === 'automatic');
          assert.equal(await reach.isOn(alice, xmpp), isOn);
        }
      }),
    );
  });
});
