import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failedForGood, failedForNow } from '../../../../src/core/outcome.ts';
import type { Retry } from '../../../../src/interop/stanza/receipt.ts';
import { parseStanza, renderStanza } from '../../../../src/interop/stanza/stanza.ts';
import { smallLimits } from '../../../support/signal-scene.ts';
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
  type Talker,
} from '../../../support/talk-scene.ts';

interface Two {
  readonly shelf: KeyShelf;
  readonly alice: Talker;
  readonly bob: Talker;
}

/** Both have heard of each other. */
async function acquainted(): Promise<Two> {
  const shelf = new KeyShelf();
  const [alice, bob] = [await talker(shelf, partner), await talker(shelf, homeUser)];
  textOf(await open(bob, alice, 'hello', await seal(alice, bob, 'hello', 'hello')));
  textOf(await open(alice, bob, 'hello', await seal(bob, alice, 'hello', 'hello yourself')));
  return { shelf, alice, bob };
}

describe('a message that does not open', () => {
  it('is asked for with keys, by a receipt that can be written and read', async () => {
    const { alice, bob } = await acquainted();
    const sealed = await seal(alice, bob, 'A', 'lost');
    loseSessions(bob);
    const opened = await open(bob, alice, 'A', sealed);
    assert.ok(opened.kind === 'ask' && opened.reason === 'no-session');
    assert.ok(opened.receipt.keys?.prekey !== undefined);
    const receipt = receiptOf(bob, opened.receipt);
    assert.deepEqual(parseStanza(renderStanza(receipt)), receipt);
  });

  it('is asked for a bounded number of times, and then closed', async () => {
    const { alice, bob } = await acquainted();
    const sealed = await seal(alice, bob, 'A', 'lost');
    loseSessions(bob);
    for (let count = 1; count <= smallLimits.maxRetries; count += 1)
      assert.equal(retryOf(await open(bob, alice, 'A', sealed)).count, count);
    const closed = { kind: 'closed', reason: 'too-many-retries' };
    assert.deepEqual(await open(bob, alice, 'A', sealed), closed);
    for (let i = 1; i < smallLimits.maxAsked; i += 1)
      retryOf(await open(bob, alice, `M${i}`, await seal(alice, bob, `M${i}`, 'lost')));
    assert.deepEqual(await open(bob, alice, 'more', await seal(alice, bob, 'more', 'lost')), closed);
  });

  it('far ahead of all that is known is asked for again, and comes in a new session', async () => {
    const { alice, bob } = await acquainted();
    for (let i = 0; i <= 2_000; i += 1) await alice.person.party.seal('900000001@lid', `L${i}`, Buffer.of(1));
    const opened = await open(bob, alice, 'A', await seal(alice, bob, 'A', 'far ahead'));
    assert.ok(opened.kind === 'ask' && opened.reason === 'undecryptable');
    const sealed = again(await alice.talk.askedAgain(receiptOf(bob, opened.receipt)));
    assert.equal(textOf(await open(bob, alice, 'A', sealed)), 'far ahead');
  });
});

describe('a peer that asks again', () => {
  const retry = (more: Partial<Retry> = {}): Retry => ({
    kind: 'retry',
    count: 1,
    messageId: 'A',
    messageTime: undefined,
    error: undefined,
    registration: 7,
    keys: undefined,
    ...more,
  });

  it('gets the same message, as often as the bounds let, each time the same for the same count', async () => {
    const { shelf, alice, bob } = await acquainted();
    await seal(alice, bob, 'A', 'lost');
    for (let count = 1; count <= smallLimits.maxRetries; count += 1) {
      await shelf.fill(bob);
      const asked = receiptOf(bob, retry({ count }));
      const sealed = again(await alice.talk.askedAgain(asked));
      assert.equal(sealed.count, count);
      const repeated = again(await anew(alice, shelf).talk.askedAgain(asked));
      assert.deepEqual(repeated, sealed);
      assert.equal(textOf(await open(bob, alice, 'A', sealed)), 'lost');
    }
    const over = receiptOf(bob, retry({ count: smallLimits.maxRetries + 1 }));
    assert.equal(await alice.talk.askedAgain(over), undefined);
    assert.equal(await alice.talk.askedAgain(receiptOf(bob, retry({ count: 0 }))), undefined);
  });

  it('for what it has, or what was never sent, is let be, and no session is made for it', async () => {
    const { shelf, alice, bob } = await acquainted();
    await seal(alice, bob, 'A', 'lost');
    await alice.talk.delivered(bob.address, ['A']);
    loseSessions(bob);
    const other = retryOf(await open(bob, alice, 'B', await seal(alice, bob, 'B', 'other')));
    const before = new Map(alice.person.store.rows);
    for (const messageId of ['A', 'never sent'])
      assert.equal(await alice.talk.askedAgain(receiptOf(bob, { ...other, messageId })), undefined);
    assert.equal(await alice.talk.askedAgain({ ...receiptOf(bob, other), from: undefined }), undefined);
    assert.deepEqual(alice.person.store.rows, before);
    assert.equal(shelf.asked, 1);
  });

  it('without keys has them got from the server; where they cannot be got now, that is said', async () => {
    const { shelf, alice, bob } = await acquainted();
    await seal(alice, bob, 'A', 'lost');
    const asked = receiptOf(bob, retry());
    shelf.failure = failedForNow('link-down');
    assert.deepEqual(await alice.talk.askedAgain(asked), shelf.failure);
    shelf.failure = failedForGood('no-such-user');
    assert.equal(await alice.talk.askedAgain(asked), undefined);
    shelf.failure = undefined;
    const sealed = again(await alice.talk.askedAgain(asked));
    assert.equal(textOf(await open(bob, alice, 'A', sealed)), 'lost');
  });

  it('with keys that are spoilt gets nothing, and the session stays as it was', async () => {
    const { alice, bob } = await acquainted();
    const lost = await seal(alice, bob, 'A', 'lost');
    const keys = {
      identity: new Uint8Array(32),
      signed: { id: 1, key: new Uint8Array(32), signature: new Uint8Array(64) },
      prekey: undefined,
    };
    assert.equal(await alice.talk.askedAgain(receiptOf(bob, retry({ keys }))), undefined);
    assert.equal(textOf(await open(bob, alice, 'A', lost)), 'lost');
  });
});

describe('a peer whose identity is another', () => {
  /** Bob has installed anew: other keys under the same address. */
  async function reinstalled(): Promise<Two> {
    const { shelf, alice } = await acquainted();
    return { shelf, alice, bob: await talker(shelf, homeUser) };
  }

  it('is told by every answer until the user was told, for what is opened and for what is sealed', async () => {
    const { shelf, alice, bob } = await reinstalled();
    const opened = await open(alice, bob, 'A', await seal(bob, alice, 'A', 'it is me'));
    assert.ok(opened.kind === 'opened' && opened.identity === 'changed');
    const sealed = await anew(alice, shelf).talk.seal(bob.address, 'B', Buffer.from('is it?'));
    assert.ok(sealed.kind === 'sealed' && sealed.identity === 'changed');
    await alice.talk.told(bob.address);
    const after = await alice.talk.seal(bob.address, 'C', Buffer.from('hello'));
    assert.ok(after.kind === 'sealed' && after.identity === 'known');
    for (const [id, { sealed: part }] of [
      ['B', sealed],
      ['C', after],
    ] as const)
      assert.notEqual(textOf(await open(bob, alice, id, part)), '');
  });

  it('asks again with its new keys for what was sealed for the old ones', async () => {
    const { alice, bob } = await reinstalled();
    const asked = retryOf(await open(bob, alice, 'A', await seal(alice, bob, 'A', 'for the old one')));
    const sealed = again(await alice.talk.askedAgain(receiptOf(bob, asked)));
    assert.equal(textOf(await open(bob, alice, 'A', sealed)), 'for the old one');
    const next = await alice.talk.seal(bob.address, 'B', Buffer.from('next'));
    assert.ok(next.kind === 'sealed' && next.identity === 'changed');
  });
});
