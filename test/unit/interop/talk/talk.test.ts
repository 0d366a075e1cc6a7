import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failedForNow } from '../../../../src/core/outcome.ts';
import { createTalk } from '../../../../src/interop/talk/create-talk.ts';
import { message } from '../../../support/chat-end.ts';
import {
  again,
  anew,
  homeUser,
  KeyShelf,
  loseSessions,
  open,
  partner,
  receiptOf,
  retryOf,
  seal,
  talker,
  textOf,
} from '../../../support/talk-scene.ts';

describe('a talk', () => {
  it('carries messages both ways, in a session made from the keys at the server', async () => {
    const shelf = new KeyShelf();
    const [alice, bob] = [await talker(shelf, partner), await talker(shelf, homeUser)];
    const first = await alice.talk.seal(bob.address, 'A', Buffer.from('hello'));
    assert.ok(first.kind === 'sealed' && first.identity === 'new' && first.sealed.type === 'pkmsg');
    const opened = await open(bob, alice, 'A', first.sealed);
    assert.equal(textOf(opened), 'hello');
    assert.ok(opened.kind === 'opened' && opened.identity === 'new');
    const back = await bob.talk.seal(alice.address, 'B', Buffer.from('hello yourself'));
    assert.ok(back.kind === 'sealed' && back.sealed.type === 'msg' && back.identity === 'known');
    assert.equal(textOf(await open(alice, bob, 'B', back.sealed)), 'hello yourself');
    assert.equal(shelf.asked, 1);
  });

  it('has what did not open sealed again in a new session, under its id', async () => {
    const shelf = new KeyShelf();
    const [alice, bob] = [await talker(shelf, partner), await talker(shelf, homeUser)];
    textOf(await open(bob, alice, 'A', await seal(alice, bob, 'A', 'one')));
    const lost = await seal(alice, bob, 'B', 'two');
    loseSessions(bob);
    const retry = retryOf(await open(bob, alice, 'B', lost));
    assert.equal(retry.count, 1);
    const sealed = again(await alice.talk.askedAgain(receiptOf(bob, retry)));
    assert.ok(sealed.type === 'pkmsg' && sealed.count === 1);
    assert.equal(textOf(await open(bob, alice, 'B', sealed)), 'two');
  });

  it('seals once under an id: a repeat, after a restart too, is the same bytes', async () => {
    const shelf = new KeyShelf();
    const [alice, bob] = [await talker(shelf, partner), await talker(shelf, homeUser)];
    const first = await seal(alice, bob, 'A', 'hello');
    const again = await seal(anew(alice, shelf), bob, 'A', 'hello');
    assert.deepEqual(again, first);
    await alice.talk.delivered(bob.address, ['A', 'never sent']);
    assert.notDeepEqual(await seal(alice, bob, 'A', 'hello'), first);
  });

  it('opens once: the same again until it is released, and known from then on', async () => {
    const shelf = new KeyShelf();
    const [alice, bob] = [await talker(shelf, partner), await talker(shelf, homeUser)];
    const sealed = await seal(alice, bob, 'A', 'hello');
    assert.equal(textOf(await open(bob, alice, 'A', sealed)), 'hello');
    assert.equal(textOf(await open(anew(bob, shelf), alice, 'A', sealed)), 'hello');
    assert.deepEqual(await open(bob, alice, 'B', sealed), { kind: 'closed', reason: 'replayed' });
    await bob.talk.released(alice.address, 'A');
    assert.deepEqual(await open(bob, alice, 'A', sealed), { kind: 'known' });
  });

  it('makes one session where many are written to at once, with one prekey', async () => {
    const shelf = new KeyShelf();
    const [alice, bob] = [await talker(shelf, partner), await talker(shelf, homeUser)];
    const ids = Array.from({ length: 8 }, (_, index) => `ID${index}`);
    const sealed = await Promise.all(ids.map((id) => seal(alice, bob, id, `text ${id}`)));
    assert.equal(shelf.asked, 1);
    for (const [index, one] of sealed.entries())
      assert.equal(textOf(await open(bob, alice, ids[index] ?? '', one)), `text ${ids[index]}`);
  });

  it('fails as the keys do where there is no session, and seals once there are some', async () => {
    const shelf = new KeyShelf();
    const [alice, bob] = [await talker(shelf, partner), await talker(shelf, homeUser)];
    shelf.failure = failedForNow('link-down');
    assert.deepEqual(await alice.talk.seal(bob.address, 'A', Buffer.from('hello')), shelf.failure);
    shelf.failure = undefined;
    assert.equal(textOf(await open(bob, alice, 'A', await seal(alice, bob, 'A', 'hello'))), 'hello');
  });

  it('refuses keys that are not signed by their identity, and what is too large', async () => {
    const shelf = new KeyShelf();
    const [alice, bob] = [await talker(shelf, partner), await talker(shelf, homeUser)];
    const bundle = await shelf.keysOf(bob.address);
    assert.ok(!('kind' in bundle));
    const spoilt = { ...bundle, signed: { ...bundle.signed, signature: new Uint8Array(64) } };
    const talk = createTalk({ party: alice.person.party, keysOf: async () => spoilt });
    const refused = await talk.seal(bob.address, 'A', Buffer.from('hello'));
    assert.ok(refused.kind === 'failed' && refused.reason === 'not-genuine');
    const large = await alice.talk.seal(bob.address, 'B', new Uint8Array(300_000));
    assert.ok(large.kind === 'failed' && large.reason === 'too-large' && large.retry.kind === 'never');
  });

  it('knows a peer by the address without device, and a participant before the group', async () => {
    const shelf = new KeyShelf();
    const [alice, bob] = [await talker(shelf, partner), await talker(shelf, homeUser)];
    const sealed = await seal(alice, bob, 'A', 'hello');
    const group = { kind: 'pair', user: '120363', server: 'g.us' } as const;
    const participant = { ...partner, device: 3 };
    const opened = await bob.talk.open(message('A', { from: group, participant, sealed: [sealed] }));
    assert.equal(textOf(opened), 'hello');
    await bob.talk.released(participant, 'A');
    assert.deepEqual(await open(bob, alice, 'A', sealed), { kind: 'known' });
  });

  it('closes what has no sender, nothing sealed for it, or an unsealed text', async () => {
    const shelf = new KeyShelf();
    const bob = await talker(shelf, homeUser);
    const group = {
      type: 'skmsg',
      ciphertext: Buffer.of(1),
      mediaType: undefined,
      count: undefined,
      decryptFail: undefined,
    } as const;
    const reasons: [Parameters<typeof message>[1], string][] = [
      [{}, 'no-sender'],
      [{ from: partner }, 'not-sealed'],
      [{ from: partner, body: 'trust me' }, 'not-sealed'],
      [{ from: partner, unavailable: true }, 'not-sealed'],
      [{ from: partner, sealed: [group] }, 'group-key'],
    ];
    for (const [more, reason] of reasons)
      assert.deepEqual(await bob.talk.open(message('A', more)), { kind: 'closed', reason });
  });

  it('pads by 1 to 15 bytes, not always as many', async () => {
    const shelf = new KeyShelf();
    const [alice, bob] = [await talker(shelf, partner), await talker(shelf, homeUser)];
    const sizes = new Set<number>();
    for (let i = 0; i < 60; i += 1) {
      const opened = await open(bob, alice, `ID${i}`, await seal(alice, bob, `ID${i}`, 'x'));
      assert.equal(textOf(opened), 'x');
      if (opened.kind === 'opened') sizes.add(opened.padded.length);
    }
    assert.ok(sizes.size > 3 && Math.min(...sizes) >= 2 && Math.max(...sizes) <= 16, [...sizes].join());
  });

  it('gives keys to upload until they are said to be there', async () => {
    const shelf = new KeyShelf();
    const alice = await talker(shelf, partner);
    const none = await alice.talk.keys.upload(6);
    assert.ok(!('kind' in none) && none.prekeys.length === 0);
    const some = await alice.talk.keys.upload(0);
    assert.ok(!('kind' in some));
    assert.equal(some.prekeys.length, 3);
    assert.deepEqual(await anew(alice, shelf).talk.keys.upload(0), some);
    await alice.talk.keys.uploaded({ signed: some.signed.id, prekeys: some.prekeys.map(({ id }) => id) });
    const next = await alice.talk.keys.upload(0);
    assert.ok(!('kind' in next) && next.prekeys[0]?.id !== some.prekeys[0]?.id);
    await alice.person.party.forget();
    const gone = await alice.talk.keys.upload(0);
    assert.ok('kind' in gone && gone.reason === 'not-enabled');
  });
});
