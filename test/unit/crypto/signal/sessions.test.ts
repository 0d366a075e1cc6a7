import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Sealed } from '../../../../src/crypto/signal/sessions.ts';
import {
  acquaint,
  bundleOf,
  handOut,
  introduce,
  newId,
  open,
  opened,
  person,
  reasonOf,
  restarted,
  sealed,
  smallLimits,
  uploadOf,
} from '../../../support/signal-scene.ts';

describe('a session', () => {
  it('begins with the keys of the other side, and goes both ways', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    assert.equal(await alice.party.has('bob'), false);
    await introduce(alice, bob);
    assert.equal(await alice.party.has('bob'), true);
    const first = await sealed(alice, bob, 'one');
    const second = await sealed(alice, bob, 'two');
    assert.deepEqual([first.type, second.type], ['pkmsg', 'pkmsg']);
    assert.equal(await opened(bob, alice, first), 'one');
    assert.equal(await opened(bob, alice, second), 'two');
    const answer = await sealed(bob, alice, 'three');
    assert.equal(answer.type, 'msg');
    assert.equal(await opened(alice, bob, answer), 'three');
    const next = await sealed(alice, bob, 'four');
    assert.equal(next.type, 'msg');
    assert.equal(next.bytes[0], 0x33);
    assert.equal(await opened(bob, alice, next), 'four');
  });

  it('needs no one-time prekey', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await alice.party.establish('bob', { ...(await bundleOf(bob)), prekey: undefined });
    assert.equal(await opened(bob, alice, await sealed(alice, bob, 'hello')), 'hello');
  });

  it('lives through a restart', async () => {
    let [alice, bob] = [await person('alice'), await person('bob')];
    await introduce(alice, bob);
    for (let round = 0; round < 3; round += 1) {
      assert.equal(await opened(bob, alice, await sealed(alice, bob, `to ${round}`)), `to ${round}`);
      [alice, bob] = [restarted(alice), restarted(bob)];
      assert.equal(await opened(alice, bob, await sealed(bob, alice, `fro ${round}`)), `fro ${round}`);
    }
  });

  it('seals once under an id, until that is released', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await introduce(alice, bob);
    const first = await sealed(alice, bob, 'hello', 'A');
    const again = await sealed(restarted(alice), bob, 'hello', 'A');
    assert.deepEqual([first.repeat, again.repeat], [false, true]);
    assert.deepEqual(again.bytes, first.bytes);
    await alice.party.releaseSealed('bob', 'A');
    assert.notDeepEqual((await sealed(alice, bob, 'hello', 'A')).bytes, first.bytes);
  });

  it('opens once; what was opened is answered until it is released, and then refused', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await introduce(alice, bob);
    const message = await sealed(alice, bob, 'hello');
    assert.equal(await opened(bob, alice, message, 'A'), 'hello');
    const again = await open(restarted(bob), alice, message, 'A');
    assert.ok(again.kind === 'opened' && again.repeat);
    assert.equal(Buffer.from(again.bytes).toString(), 'hello');
    assert.equal(reasonOf(await open(bob, alice, message, 'B')), 'replayed');
    await bob.party.releaseOpened('alice', 'A');
    assert.equal(reasonOf(await open(bob, alice, message, 'A')), 'released');
  });

  it('knows what was released also when the library has forgotten it', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await introduce(alice, bob);
    const message = await sealed(alice, bob, '');
    assert.equal(await opened(bob, alice, message, 'A'), '');
    await bob.party.releaseOpened('alice', 'A');
    for (let round = 0; round < 7; round += 1) {
      await opened(alice, bob, await sealed(bob, alice, 'fro'));
      await opened(bob, alice, await sealed(alice, bob, 'to'));
    }
    assert.equal(reasonOf(await open(bob, alice, message, 'A')), 'released');
    assert.notEqual(reasonOf(await open(bob, alice, message, 'B')), undefined);
    await bob.party.releaseOpened('alice', 'C');
    assert.equal(await opened(bob, alice, await sealed(alice, bob, 'never seen'), 'C'), 'never seen');
  });

  it('keeps the keys of 2,000 messages that were passed over, and no more', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await acquaint(alice, bob);
    const messages: Sealed[] = [];
    for (let i = 0; i <= 2_003; i += 1) messages.push(await sealed(alice, bob, `m${i}`));
    const at = (index: number): (typeof messages)[number] => {
      const message = messages[index];
      assert.ok(message !== undefined);
      return message;
    };
    assert.equal(reasonOf(await open(bob, alice, at(2_001))), 'undecryptable');
    assert.equal(await opened(bob, alice, at(2_000)), 'm2000');
    assert.equal(await opened(bob, alice, at(2_003)), 'm2003');
    for (const index of [0, 1]) assert.equal(reasonOf(await open(bob, alice, at(index))), 'replayed');
    for (const index of [2, 2_001, 1_000]) assert.equal(await opened(bob, alice, at(index)), `m${index}`);
    assert.equal(reasonOf(await open(bob, alice, at(1_000))), 'replayed');
  });

  it('refuses keys that are none, and signatures of others, and keeps what was', async () => {
    const [alice, bob, eve] = [await person('alice'), await person('bob'), await person('eve')];
    await acquaint(alice, bob);
    const good = await bundleOf(bob);
    const other = await bundleOf(eve);
    const before = new Map(alice.store.rows);
    const small = new Uint8Array(32);
    const signed = { ...good.signed, signature: other.signed.signature };
    const cases = [
      [{ ...good, signed }, 'bad-signature'],
      [{ ...good, signed: { ...good.signed, key: other.signed.key } }, 'bad-signature'],
      [{ ...good, identity: other.identity }, 'bad-signature'],
      [{ ...good, signed: { ...good.signed, signature: new Uint8Array(3) } }, 'bad-signature'],
      [{ ...good, identity: small }, 'bad-key'],
      [{ ...good, identity: small.with(0, 1) }, 'bad-key'],
      [{ ...good, prekey: { id: 1, key: small } }, 'bad-key'],
      [{ ...good, signed: { ...good.signed, key: good.signed.key.subarray(1) } }, 'bad-key'],
      [{ ...good, registration: -1 }, 'malformed'],
    ] as const;
    for (const [bundle, reason] of cases)
      assert.equal(reasonOf(await alice.party.establish('bob', bundle)), reason);
    assert.deepEqual(alice.store.rows, before);
  });

  it('refuses what does not open, says whether asking may help, and keeps what was', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await introduce(alice, bob);
    const first = await sealed(alice, bob, 'first');
    const stranger = await bob.party.open('carol', newId(), 'msg', first.bytes);
    assert.ok(stranger.kind === 'failed' && stranger.reason === 'no-session' && stranger.askAgain);
    await opened(bob, alice, first);
    await opened(alice, bob, await sealed(bob, alice, 'answer'));
    const { bytes } = await sealed(alice, bob, 'next');
    const before = new Map(bob.store.rows);
    const last = bytes.length - 1;
    const cases = [
      [bytes.with(last, (bytes[last] ?? 0) ^ 1), 'undecryptable', true],
      [bytes.with(20, (bytes[20] ?? 0) ^ 1), 'undecryptable', true],
      [bytes.with(0, 0x44), 'version', false],
      [bytes.with(0, 0x34), 'version', false],
      [bytes.subarray(0, 9), 'malformed', true],
      [new Uint8Array(), 'malformed', true],
      [new Uint8Array(smallLimits.maxMessage + 1).fill(0x33), 'too-large', false],
    ] as const;
    for (const [changed, reason, askAgain] of cases) {
      const result = await bob.party.open('alice', newId(), 'msg', changed);
      assert.ok(result.kind === 'failed');
      assert.deepEqual([result.reason, result.askAgain], [reason, askAgain]);
    }
    assert.equal(reasonOf(await bob.party.open('alice', newId(), 'pkmsg', bytes)), 'malformed');
    assert.equal(reasonOf(await bob.party.open('alice', 'an id\n', 'msg', bytes)), 'malformed');
    assert.equal(reasonOf(await bob.party.open('a'.repeat(513), 'A', 'msg', bytes)), 'malformed');
    assert.deepEqual(bob.store.rows, before);
    const big = await alice.party.seal('bob', newId(), new Uint8Array(smallLimits.maxMessage + 1));
    assert.equal(reasonOf(big), 'too-large');
    assert.equal(reasonOf(await alice.party.seal('carol', newId(), Buffer.from('x'))), 'no-session');
    assert.equal(await opened(bob, alice, { ...first, type: 'msg', bytes }), 'next');
  });

  it('does not let a session grow without bound', async () => {
    const [alice, bob] = [await person('alice'), await person('bob', { ...smallLimits, maxSession: 20_000 })];
    await acquaint(alice, bob);
    const messages: Sealed[] = [];
    for (let i = 0; i < 400; i += 1) messages.push(await sealed(alice, bob, `m${i}`));
    const [first, last] = [messages[0], messages.at(-1)];
    assert.ok(first !== undefined && last !== undefined);
    assert.equal(reasonOf(await open(bob, alice, last)), 'session-too-large');
    assert.equal(await opened(bob, alice, first), 'm0');
    for (let i = 0; i < 40; i += 1) {
      await introduce(alice, bob);
      assert.equal(await opened(bob, alice, await sealed(alice, bob, `n${i}`)), `n${i}`);
      const sessions = [...bob.store.rows.values()].filter(({ of }) => of.kind === 'session');
      assert.ok(sessions.every(({ value }) => Buffer.from(value, 'base64').length <= 20_000));
    }
  });

  it('keeps two users on one store, and two networks, apart', async () => {
    const alice = await person('alice');
    const bob = await person('bob');
    const other = alice.signal.party({ ...alice.own, network: 'other' });
    await introduce(alice, bob);
    assert.equal(reasonOf(await other.seal('bob', 'A', Buffer.from('x'))), 'no-identity');
    await other.identity();
    assert.equal(reasonOf(await other.seal('bob', 'A', Buffer.from('x'))), 'no-session');
    await other.forget();
    assert.equal(await alice.party.has('bob'), true);
    await alice.party.forget();
    assert.equal(await alice.party.has('bob'), false);
    assert.equal(alice.store.rows.size, 0);
    assert.equal(reasonOf(await alice.party.upload(0)), 'no-identity');
  });

  it('does what is asked at once in turn', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await acquaint(alice, bob);
    const slow = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    alice.store.before = slow;
    bob.store.before = slow;
    const texts = Array.from({ length: 30 }, (_, index) => `m${index}`);
    const messages = await Promise.all(texts.map((text) => sealed(alice, bob, text)));
    assert.equal(new Set(messages.map(({ bytes }) => Buffer.from(bytes).toString('hex'))).size, 30);
    assert.deepEqual(await Promise.all(messages.map((message) => opened(bob, alice, message))), texts);
  });
});

describe('the identity of a peer', () => {
  it('is new, then known; another is told until somebody has heard of it', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await introduce(alice, bob);
    const first = await open(bob, alice, await sealed(alice, bob, 'one'));
    const second = await open(bob, alice, await sealed(alice, bob, 'two'));
    assert.deepEqual(
      [first, second].map((one) => one.kind === 'opened' && one.identity),
      ['new', 'known'],
    );

    const anew = await person('alice');
    await introduce(anew, bob);
    const changed = await sealed(anew, bob, 'I have a new telephone');
    const third = await open(bob, anew, changed, 'A');
    assert.ok(third.kind === 'opened' && third.identity === 'changed');
    const repeated = await open(restarted(bob), anew, changed, 'A');
    assert.ok(repeated.kind === 'opened' && repeated.identity === 'changed');
    assert.equal((await sealed(bob, anew, 'really?')).identity, 'changed');
    await bob.party.told('alice');
    assert.equal((await sealed(bob, anew, 'well then')).identity, 'known');
  });

  it('is told where a bundle has another', async () => {
    const [alice, bob, anew] = [await person('alice'), await person('bob'), await person('bob')];
    await introduce(alice, bob);
    const same = await alice.party.establish('bob', await bundleOf(bob));
    const other = await alice.party.establish('bob', await bundleOf(anew));
    assert.deepEqual(
      [same, other].map((one) => one.kind === 'established' && one.identity),
      ['known', 'changed'],
    );
    assert.equal(await opened(anew, alice, await sealed(alice, anew, 'hello')), 'hello');
  });

  it('that was given up opens nothing more', async () => {
    const [alice, bob, anew] = [await person('alice'), await person('bob'), await person('alice')];
    await acquaint(alice, bob);
    const late = await sealed(alice, bob, 'late');
    await introduce(anew, bob);
    await opened(bob, anew, await sealed(anew, bob, 'hello'));
    assert.equal(reasonOf(await open(bob, alice, late)), 'identity-superseded');
    assert.equal(await opened(bob, anew, await sealed(anew, bob, 'still here')), 'still here');
  });
});

describe('a one-time prekey', () => {
  it('is used once', async () => {
    const [alice, carol, bob] = [await person('alice'), await person('carol'), await person('bob')];
    const bundle = handOut(await uploadOf(bob));
    await alice.party.establish('bob', bundle);
    await carol.party.establish('bob', bundle);
    const [one, other] = [await sealed(alice, bob, 'one'), await sealed(carol, bob, 'other')];
    const results = await Promise.all([open(bob, alice, one), open(bob, carol, other)]);
    assert.deepEqual(results.map(reasonOf), [undefined, 'no-prekey']);
  });
});
