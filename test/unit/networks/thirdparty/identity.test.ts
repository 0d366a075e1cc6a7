import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { identityNumber } from '../../../../src/crypto/signal/identity-number.ts';
import { ofAccount, partner } from '../../../support/third-party-partner.ts';
import {
  alice,
  handle,
  message,
  opened,
  portalOf,
  scene,
  words,
  type Scene,
} from '../../../support/third-party-scene.ts';

/** What the core was handed over, in order: identities and messages. */
function order(on: Scene): readonly string[] {
  return on.sink.arrivals.all.map((arrival) => {
    const event = opened(on, arrival);
    assert.equal(arrival.receiver, alice);
    if (event.kind === 'identity-change') return `identity ${event.identity}`;
    return event.kind === 'message' && event.content.kind === 'text' ? event.content.text.plain : event.kind;
  });
}

async function numberOf({
  party,
}: {
  readonly party: { identity(): Promise<{ identity: Uint8Array }> };
}): Promise<string> {
  return `identity ${identityNumber((await party.identity()).identity)}`;
}

describe('identities of providers’ users', () => {
  it('are handed over before the first message, and before the first under another', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const address = (await bob.find('alice')) ?? assert.fail();
    await bob.say(address, 'A1', { conversation: 'one' });
    await bob.say(address, 'A2', { conversation: 'two' });
    const anew = await ofAccount(on, bob.account);
    await anew.say(address, 'A3', { conversation: 'three' });
    await anew.say(address, 'A4', { conversation: 'four' });
    assert.deepEqual(order(on), [await numberOf(bob), 'one', 'two', await numberOf(anew), 'three', 'four']);
    const changed = [...on.store.rows.values()].filter(({ of }) => of.kind === 'peer');
    assert.deepEqual(
      changed.map(({ value }) => value.includes('"changed":true')),
      [false],
      'that it was told is remembered',
    );
    assert.match(await numberOf(bob), /^identity(?: \d{5}){6}$/);
  });

  it('are handed over where the user writes first', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const event = message(words('hello'));
    await handle(on, event, portalOf(bob));
    await handle(on, event, portalOf(bob));
    assert.deepEqual(order(on), [await numberOf(bob)]);
  });

  it('are told to those who know the person when they enlist with other keys, and to nobody else', async () => {
    await using on = await scene();
    const [bob, dave] = [await partner(on), await partner(on, 'dave@birdychat.example')];
    const address = (await bob.find('alice')) ?? assert.fail();
    await bob.say(address, 'A1', { conversation: 'one' });
    const anew = await ofAccount(on, bob.account);
    await on.listener().enlisted(bob.account, 'changed');
    await on.listener().enlisted(bob.account, 'changed');
    await on.listener().enlisted(dave.account, 'changed');
    await on.listener().enlisted(bob.account, 'same');
    const told = order(on);
    assert.deepEqual(told, [await numberOf(bob), 'one', await numberOf(anew)]);
    await anew.say(address, 'A2', { conversation: 'two' });
    assert.deepEqual(order(on).slice(3), ['two'], 'what was told is not told by its first message');
  });

  it('are told again where the bridge stopped before they were kept', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const address = (await bob.find('alice')) ?? assert.fail();
    await bob.say(address, 'A1', { conversation: 'one' });
    const anew = await ofAccount(on, bob.account);
    on.sink.keep = () => Promise.reject(new Error('the database is away'));
    const before = on.sink.arrivals.all.length;
    await assert.rejects(anew.say(address, 'A2', { conversation: 'two' }));
    on.sink.keep = async () => undefined;
    await on.restart();
    await anew.say(address, 'A2', { conversation: 'two' });
    assert.deepEqual(order(on).slice(before + 1), [await numberOf(anew), 'two']);
  });

  it('are known to be others also where the first was lost in a crash', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const address = (await bob.find('alice')) ?? assert.fail();
    on.sink.keep = () => Promise.reject(new Error('the database is away'));
    await assert.rejects(bob.say(address, 'A1', { conversation: 'one' }));
    on.sink.keep = async () => undefined;
    await on.restart();
    await bob.say(address, 'A1', { conversation: 'one' });
    const anew = await ofAccount(on, bob.account);
    await anew.say(address, 'A2', { conversation: 'two' });
    assert.deepEqual(order(on).slice(1), [await numberOf(bob), 'one', await numberOf(anew), 'two']);
    const change = on.sink.arrivals.all
      .map((arrival) => opened(on, arrival))
      .findLast(({ kind }) => kind === 'identity-change');
    assert.ok(change?.kind === 'identity-change');
    assert.equal(`identity ${String(change.previous)}`, await numberOf(bob));
  });
});
