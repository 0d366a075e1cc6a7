import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  handOut,
  open,
  opened,
  person,
  type Person,
  reasonOf,
  restarted,
  sealed,
  smallLimits,
  uploadOf,
} from '../../../support/signal-scene.ts';

const day = 86_400_000;

async function ids({ party }: Person, atServer: number): Promise<readonly number[]> {
  const upload = await party.upload(atServer);
  assert.ok(upload.kind === 'upload');
  return upload.prekeys.map(({ id }) => id);
}

describe('an identity', () => {
  it('is made once, with a registration id of the profile, also by two at once', async () => {
    const alice = await person('alice');
    const own = alice.signal.party({ network: 'paper', user: '@new:paper' });
    const [one, other] = await Promise.all([own.identity(), own.identity()]);
    assert.deepEqual(one, other);
    assert.deepEqual(
      await restarted(alice).signal.party({ network: 'paper', user: '@new:paper' }).identity(),
      one,
    );
    assert.equal(one.identity.length, 32);
    assert.ok(one.registration >= 1 && one.registration <= smallLimits.maxRegistration);
    assert.notDeepEqual((await alice.party.identity()).identity, one.identity);
  });

  it('that was deleted comes back as another, and what is under way then keeps nothing', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    const before = await alice.party.identity();
    await alice.party.establish('bob', handOut(await uploadOf(bob)));
    alice.store.before = async (step) => {
      if (step !== 'commit') return;
      alice.store.before = () => undefined;
      await alice.party.forget();
      await restarted(alice).party.identity();
    };
    assert.equal(reasonOf(await alice.party.seal('bob', 'A', Buffer.from('x'))), 'no-identity');
    assert.notDeepEqual(await alice.party.identity(), before);
    assert.equal(await alice.party.has('bob'), false);
    assert.equal(alice.store.rows.size, 1);
  });
});

describe('one-time prekeys', () => {
  it('come in a large batch first, and then in small ones where the server has few', async () => {
    const alice = await person('alice');
    assert.deepEqual(await ids(alice, 0), [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(await ids(restarted(alice), 0), [1, 2, 3, 4, 5, 6], 'the same until they are there');
    await uploadOf(alice);
    assert.deepEqual(await ids(alice, 2), []);
    assert.deepEqual(await ids(alice, 1), [7, 8, 9]);
    assert.deepEqual(await ids(alice, 500), [7, 8, 9], 'the same whatever the server has');
    await uploadOf(alice);
    assert.deepEqual(await ids(alice, 2), []);
  });

  it('come in smaller batches where somebody wants no more', async () => {
    const alice = await person('alice');
    const made = await alice.party.upload(0, 2);
    assert.ok(made.kind === 'upload');
    await alice.party.uploaded(made);
    assert.deepEqual([made.prekeys.length, (await ids(alice, 0)).length], [2, smallLimits.batch]);
  });

  it('that were used before their upload was acknowledged are not uploaded again', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    const upload = await bob.party.upload(0);
    assert.ok(upload.kind === 'upload');
    await alice.party.establish('bob', handOut(upload, 2));
    await opened(bob, alice, await sealed(alice, bob, 'hello'));
    assert.deepEqual(await ids(bob, 0), [1, 2, 4, 5, 6]);
    await bob.party.uploaded(upload);
    assert.equal([...bob.store.rows.values()].filter(({ of }) => of.kind === 'prekey').length, 5);
  });

  it('are not kept without bound', async () => {
    const alice = await person('alice', { ...smallLimits, maxPrekeys: 8 });
    for (let round = 0; round < 4; round += 1) {
      alice.clock.now += 1;
      await uploadOf(alice);
    }
    const names = await alice.store.names(alice.own, { kind: 'prekey', peer: '' }, 100);
    assert.deepEqual(names.map(Number), [8, 9, 10, 11, 12, 13, 14, 15]);
  });

  it('begin again at 1 after the highest number', async () => {
    const alice = await person('alice');
    await uploadOf(alice);
    const of = { kind: 'counter', peer: '', name: 'prekey' } as const;
    const [identity] = await alice.store.list(alice.own, { kind: 'identity', peer: '' }, 1);
    await alice.store.commit(alice.own, identity?.name, [{ kind: 'put', of, value: '16777214', at: 1 }]);
    assert.deepEqual(new Set(await ids(alice, 0)), new Set([16_777_215, 1, 2]));
  });
});

describe('a signed prekey', () => {
  it('is replaced after its time; the old one opens what was made for it, until it is long gone', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    const first = await uploadOf(bob);
    assert.equal((await uploadOf(bob)).signed.id, first.signed.id);
    bob.clock.now += smallLimits.rotateSignedAfter;
    const pending = await bob.party.upload(9);
    const second = await uploadOf(bob, 9);
    assert.ok(pending.kind === 'upload');
    assert.deepEqual(pending.signed, second.signed);
    assert.notEqual(second.signed.id, first.signed.id);

    const late = { ...handOut(first), prekey: undefined };
    bob.clock.now += smallLimits.keepSigned - day;
    const third = await uploadOf(bob, 9);
    await alice.party.establish('bob', late);
    assert.equal(await opened(bob, alice, await sealed(alice, bob, 'late')), 'late');

    bob.clock.now += smallLimits.rotateSignedAfter;
    const fourth = await uploadOf(bob, 9);
    await alice.party.establish('bob', late);
    const result = await open(bob, alice, await sealed(alice, bob, 'too late'));
    assert.ok(result.kind === 'failed' && result.reason === 'no-prekey' && result.askAgain);
    assert.equal(new Set([first, second, third, fourth].map(({ signed }) => signed.id)).size, 4);
    await alice.party.establish('bob', handOut(fourth));
    assert.equal(await opened(bob, alice, await sealed(alice, bob, 'now')), 'now');
  });
});
