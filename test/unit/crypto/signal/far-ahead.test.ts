import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import fc from 'fast-check';
import { SessionRecord } from 'libsignal-x3dh';
import { admit, type Place, placeOf, placeOfFirst } from '../../../../src/crypto/signal/admission.ts';
import { recordOf, statesOf } from '../../../../src/crypto/signal/session-states.ts';
import { Wasted } from '../../../../src/crypto/signal/wasted.ts';
import type { MemorySignalStore } from '../../../support/memory-signal.ts';
import {
  acquaint,
  bundleOf,
  introduce,
  newId,
  open,
  opened,
  person,
  type Person,
  reasonOf,
  sealed,
  smallLimits,
} from '../../../support/signal-scene.ts';

const { maxSkip } = smallLimits;

function recordKept({ store }: Person<MemorySignalStore>): Uint8Array {
  const row = [...store.rows.values()].find(({ of }) => of.kind === 'session');
  assert.ok(row !== undefined);
  return Buffer.from(row.value, 'base64');
}

function placed(place: Place | undefined): Place {
  assert.ok(place !== undefined);
  return place;
}

/** How many keys the message would have made at most, where it is let through. */
function stepsOf(record: Uint8Array | undefined, place: Place): number | undefined {
  const admitted = admit(record, place, maxSkip);
  return admitted.kind === 'admitted' ? admitted.steps : undefined;
}

/** The same message with another number, as somebody in between can write it; its seal does not fit any more. */
function renumbered(bytes: Uint8Array, counter: number): Uint8Array {
  const at = 1 + 2 + 33;
  assert.equal(bytes[at], 0x10);
  let end = at + 1;
  while ((bytes[end] ?? 0) >= 0x80) end += 1;
  return Buffer.concat([bytes.subarray(0, at + 1), varint(counter), bytes.subarray(end + 1)]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  return Uint8Array.from([...bytes, left]);
}

/** How often the library was shown a session meanwhile: never where a message was refused before it. */
async function shownFor(work: () => Promise<unknown>): Promise<number> {
  const deserialize = mock.method(SessionRecord, 'deserialize');
  try {
    await work();
    return deserialize.mock.callCount();
  } finally {
    deserialize.mock.restore();
  }
}

describe('a message that says to be far ahead', () => {
  it('is let through to 2,000 beyond what is known of its chain, and no further', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await acquaint(alice, bob);
    const first = await sealed(alice, bob, 'one');
    const unseen = placed(placeOf(first.bytes));
    assert.equal(stepsOf(recordKept(bob), { ...unseen, counter: maxSkip }), maxSkip);
    assert.equal(stepsOf(recordKept(bob), { ...unseen, counter: maxSkip + 1 }), undefined);
    await opened(bob, alice, first);
    for (let i = 0; i < 9; i += 1) await opened(bob, alice, await sealed(alice, bob, 'more'));
    // Ten are known: the next is number 10.
    assert.equal(stepsOf(recordKept(bob), { ...unseen, counter: 3 }), 0);
    assert.equal(stepsOf(recordKept(bob), { ...unseen, counter: 10 }), 0);
    assert.equal(stepsOf(recordKept(bob), { ...unseen, counter: 10 + maxSkip }), maxSkip);
    assert.equal(stepsOf(recordKept(bob), { ...unseen, counter: 11 + maxSkip }), undefined);
  });

  it('is refused before the library has it, whatever it says, and nothing is changed by it', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await acquaint(alice, bob);
    const message = await sealed(alice, bob, 'genuine');
    const before = new Map(bob.store.rows);
    for (const counter of [maxSkip + 1, 24_999, 25_001, 0xffff_ffff]) {
      const forged = { ...message, bytes: renumbered(message.bytes, counter) };
      const shown = await shownFor(async () => {
        assert.equal(reasonOf(await open(bob, alice, forged)), 'undecryptable');
      });
      assert.equal(shown, 0);
    }
    assert.deepEqual(bob.store.rows, before);
    assert.equal(await opened(bob, alice, message), 'genuine');
  });

  it('is refused as the first of a session too', async () => {
    const limits = { ...smallLimits, maxSkip: 40 };
    const [alice, bob] = [await person('alice'), await person('bob', limits)];
    await introduce(alice, bob);
    for (let i = 0; i <= limits.maxSkip; i += 1) await sealed(alice, bob, 'lost');
    const far = await sealed(alice, bob, 'far');
    assert.equal(far.type, 'pkmsg');
    assert.equal(reasonOf(await open(bob, alice, far)), 'undecryptable');
    assert.equal(await bob.party.has('alice'), false);
  });

  it('makes no more work where a session has many states', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await acquaint(alice, bob);
    for (let i = 0; i < 11; i += 1) {
      const made = await alice.party.establish('bob', await bundleOf(bob));
      assert.equal(made.kind, 'established');
      await opened(bob, alice, await sealed(alice, bob, 'anew'));
    }
    const record = recordKept(bob);
    assert.equal(statesOf(record).length, 12);
    const known = placed(placeOfFirst((await sealed(alice, bob, 'x')).bytes));
    const counters = fc.oneof(fc.nat({ max: 2 * maxSkip }), fc.nat({ max: 0xffff_ffff }));
    const keys = fc.constantFrom(known.ratchetKey, Buffer.alloc(33, 5));
    const bases = fc.constantFrom(undefined, known.baseKey, Buffer.alloc(33, 5));
    fc.assert(
      fc.property(keys, counters, bases, (ratchetKey, counter, baseKey) => {
        const admitted = admit(record, { ratchetKey, counter, baseKey }, maxSkip);
        if (admitted.kind === 'too-far') return counter > maxSkip;
        const { steps, shown, hidden } = admitted;
        return steps <= maxSkip && shown.length + hidden.length === 12;
      }),
    );
  });

  it('does as many steps as were foreseen, by what the library keeps of them', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await acquaint(alice, bob);
    await opened(bob, alice, await sealed(alice, bob, 'zero'));
    for (let i = 0; i < 150; i += 1) await sealed(alice, bob, 'lost');
    const late = await sealed(alice, bob, 'late');
    assert.equal(stepsOf(recordKept(bob), placed(placeOf(late.bytes))), 150);
    const size = recordKept(bob).length;
    await opened(bob, alice, late);
    const kept = recordKept(bob).length - size;
    assert.ok(kept > 150 * 60 && kept < 150 * 200, String(kept));
    assert.equal(stepsOf(recordKept(bob), placed(placeOf(late.bytes))), 0);
  });
});

describe('messages that do not open', () => {
  const step = 1_500;

  it('are rationed for each session, by the keys that were made for nothing', async () => {
    const [alice, bob, carol] = [await person('alice'), await person('bob'), await person('carol')];
    await acquaint(alice, bob);
    await acquaint(carol, bob);
    const message = await sealed(alice, bob, 'genuine');
    const forged = { ...message, bytes: renumbered(message.bytes, step) };
    const forgedOpen = (): Promise<number> => shownFor(() => open(bob, alice, forged));
    const taken = await forgedOpen();
    assert.ok(taken > 0);
    for (let i = 1; i < smallLimits.maxWasted / step; i += 1) assert.equal(await forgedOpen(), taken);
    assert.equal(await forgedOpen(), 0);
    // What makes little work is taken as before, and so is what others send.
    assert.equal(await opened(bob, alice, message), 'genuine');
    for (let i = 0; i < 150; i += 1) await sealed(carol, bob, 'lost');
    assert.equal(await opened(bob, carol, await sealed(carol, bob, 'after a gap')), 'after a gap');
    assert.equal(reasonOf(await open(bob, alice, forged)), 'undecryptable');
    bob.clock.now += (1_000 * step) / smallLimits.wastedPerSecond;
    assert.equal(await forgedOpen(), taken);
    assert.equal(await forgedOpen(), 0);
  });

  it('are rationed together too, and what opens is not counted', () => {
    const limits = { maxWasted: 1_000, wastedPerSecond: 10 };
    const wasted = new Wasted(limits);
    for (let i = 0; i < 100; i += 1) {
      assert.ok(wasted.take('genuine', 900, 0));
      wasted.giveBack('genuine', 900);
    }
    for (let i = 0; i < 10; i += 1) assert.ok(wasted.take(`session ${i}`, 1_000, 0));
    assert.equal(wasted.take('another', 1_000, 0), false);
    assert.ok(wasted.take('another', 100, 0));
    assert.equal(wasted.take('another', 1_000, 9_900), false);
    assert.ok(wasted.take('another', 1_000, 10_000));
    // A clock that goes back gives nothing, and takes nothing.
    assert.equal(wasted.take('another', 1_000, 5_000), false);
  });
});

describe('the states of a session', () => {
  it('are all kept where only some are shown, the one that opened in front', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await acquaint(alice, bob);
    await opened(bob, alice, await sealed(alice, bob, 'makes its chain known'));
    const old = await sealed(alice, bob, 'of the first session');
    for (let i = 0; i < 4; i += 1) {
      await alice.party.establish('bob', await bundleOf(bob));
      await opened(bob, alice, await sealed(alice, bob, 'anew'));
    }
    const before = statesOf(recordKept(bob));
    const bases = (record: Uint8Array): readonly string[] =>
      statesOf(record).map(({ baseKey }) => Buffer.from(baseKey ?? []).toString('hex'));
    const order = bases(recordKept(bob));
    assert.equal(before.length, 5);
    assert.equal(await opened(bob, alice, old), 'of the first session');
    assert.deepEqual(bases(recordKept(bob)), [order[4], ...order.slice(0, 4)]);
    assert.equal(await opened(alice, bob, await sealed(bob, alice, 'back')), 'back');
  });

  it('come from a record and make one again', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await acquaint(alice, bob);
    await alice.party.establish('bob', await bundleOf(bob));
    await opened(bob, alice, await sealed(alice, bob, 'anew'));
    const record = recordKept(bob);
    const states = statesOf(record).map(({ bytes }) => bytes);
    assert.deepEqual(Buffer.from(recordOf(states)), Buffer.from(record));
    const many = Array.from({ length: 60 }, () => Uint8Array.of(8, 3));
    assert.equal(statesOf(recordOf(many)).length, 41);
  });
});

describe('the place of a message', () => {
  it('is that of the genuine ones, and none of what has another form', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')];
    await introduce(alice, bob);
    const message = await sealed(alice, bob, 'one');
    const place = placed(placeOfFirst(message.bytes));
    assert.deepEqual([place.counter, place.ratchetKey.length, place.baseKey?.length], [0, 33, 33]);
    // A number that is there twice: which one counts is a matter of the reader.
    const twice = Buffer.concat([message.bytes, Buffer.from([0x08, 1, 0x08, 1])]);
    assert.equal(placeOfFirst(twice), undefined);
    assert.equal(reasonOf(await open(bob, alice, { ...message, bytes: twice }, newId())), 'malformed');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const found = [placeOf(bytes), placeOfFirst(bytes)];
        return found.every((one) => one === undefined || one.counter >= 0);
      }),
    );
  });
});
