import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Address } from '../../../../src/interop/node/address.ts';
import {
  again,
  KeyShelf,
  loseSessions,
  open,
  receiptOf,
  retryOf,
  seal,
  talker,
  textOf,
} from '../../../support/talk-scene.ts';

const partner: Address = { kind: 'interop', integrator: 12, user: '4711', device: 0 };
const homeUser: Address = { kind: 'pair', user: '900000001', server: 'lid' };

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
});
