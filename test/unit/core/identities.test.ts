import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { after, Identities, type IdentityKey, type KnownIdentity } from '../../../src/core/identities.ts';
import {
  matrixUserId,
  networkId,
  parseFingerprint,
  remoteUserId,
  type Fingerprint,
} from '../../../src/core/ids.ts';
import { memoryIdentities } from '../../support/memory-identities.ts';

const key: IdentityKey = {
  user: matrixUserId('@alice:hs'),
  network: networkId('loopback'),
  remote: remoteUserId('bob'),
};
const other: IdentityKey = { ...key, user: matrixUserId('@carol:hs') };
function number(text: string): Fingerprint {
  return parseFingerprint(text) ?? assert.fail(text);
}
const [one, two] = [number('11111 22222'), number('33333 44444')];
function seen(identity: Fingerprint, previous?: Fingerprint, verified = false, at = 1) {
  return { identity, previous, verified, at };
}
const stateOf = (book: Identities, { user, network, remote } = key): ReturnType<Identities['state']> =>
  book.state(user, network, remote);

describe('the identities of people', () => {
  it('are trusted when they are first seen, and no more once they are others', async () => {
    const book = new Identities(memoryIdentities());
    assert.equal(await stateOf(book), 'unchanged');
    await book.seen(key, seen(one));
    assert.equal(await stateOf(book), 'unchanged');
    assert.equal((await book.seen(key, seen(two))).previous, one);
    assert.equal(await stateOf(book), 'changed');
    assert.equal(await stateOf(book, other), 'unchanged');
    assert.deepEqual(
      (await book.changed(key.user, 10)).map(({ identity }) => identity),
      [two],
    );
  });

  it('are changed where the network knows that they were others, though nothing was known here', async () => {
    const book = new Identities(memoryIdentities());
    await book.seen(key, seen(two, one));
    assert.equal(await stateOf(book), 'changed');
  });

  it('are the user’s to confirm, and only the one that the person has now', async () => {
    const book = new Identities(memoryIdentities());
    const told: KnownIdentity[] = [];
    book.listen((known) => told.push(known));
    assert.deepEqual(await book.confirm(key, one), { kind: 'unknown' });
    await book.seen(key, seen(one));
    await book.seen(key, seen(two));
    assert.equal((await book.confirm(key, one)).kind, 'other');
    assert.equal(await stateOf(book), 'changed');
    assert.equal((await book.confirm(key, two)).kind, 'done');
    assert.equal(await stateOf(book), 'verified');
    assert.equal((await book.confirm(key, two)).kind, 'done');
    assert.deepEqual(
      told.map(({ identity, state }) => [identity, state]),
      [
        [one, 'unchanged'],
        [two, 'changed'],
        [two, 'verified'],
      ],
    );
    await book.seen(key, seen(one));
    assert.equal(await stateOf(book), 'changed');
  });

  it('change nothing where they are told again, nor tell anybody', async () => {
    const store = memoryIdentities();
    const book = new Identities(store);
    await book.seen(key, seen(one, undefined, false, 1));
    await book.seen(key, seen(two, one, false, 2));
    let told = 0;
    book.listen(() => (told += 1));
    assert.equal((await book.seen(key, seen(two, one, false, 3))).since, 2);
    assert.equal(told, 0);
    assert.equal((await book.seen(key, seen(two, one, true, 4))).state, 'verified');
    // What was verified is not taken back by being told of once more.
    assert.equal((await book.seen(key, seen(two, one, false, 5))).state, 'verified');
  });

  it('are never relied on after a change that nobody has confirmed, whatever comes in which order', async () => {
    const numbers = [one, two, number('55555 66666')];
    const steps = fc.array(
      fc.oneof(
        fc.record({
          kind: fc.constant('seen' as const),
          of: fc.nat({ max: 2 }),
          verified: fc.boolean(),
        }),
        fc.record({ kind: fc.constant('confirm' as const), of: fc.nat({ max: 2 }), verified: fc.boolean() }),
      ),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const book = new Identities(memoryIdentities());
        let now: number | undefined;
        let trusted = true;
        for (const { kind, of, verified } of plan) {
          const identity = numbers[of] ?? assert.fail();
          if (kind === 'seen') {
            trusted = verified || now === undefined || (now === of && trusted);
            now = of;
            await book.seen(key, seen(identity, undefined, verified));
          } else {
            if (now === of) trusted = true;
            await book.confirm(key, identity);
          }
          assert.equal((await stateOf(book)) !== 'changed', trusted);
        }
      }),
    );
  });

  it('are worked out without touching what was known', () => {
    const known = after(key, undefined, seen(one));
    assert.equal(after(key, known, seen(one)), known);
  });
});

describe('a fingerprint', () => {
  it('is short, of letters, digits and what stands between groups; blanks are as good as one', () => {
    assert.equal(parseFingerprint('  12345\n 67890 '), '12345 67890');
    assert.equal(parseFingerprint('AB:CD:ef+/='), 'AB:CD:ef+/=');
    for (const bad of ['', '12', 'a'.repeat(101), '<b>12345</b>', 'ümlaut', '1234\u00005678', ':1234'])
      assert.equal(parseFingerprint(bad), undefined, bad);
  });

  it('is read the same when it is read again, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const parsed = parseFingerprint(text);
        if (parsed !== undefined) assert.equal(parseFingerprint(parsed), parsed);
      }),
    );
  });
});
