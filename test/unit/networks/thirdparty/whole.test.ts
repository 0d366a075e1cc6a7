import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { remoteUserId } from '../../../../src/core/ids.ts';
import { openDoors, RealPartner, type OpenDoors } from '../../../support/real-partner.ts';
import { message, portalTo, words } from '../../../support/third-party-scene.ts';

const patience = 10_000;

async function say(doors: OpenDoors, to: RealPartner, text: string): Promise<string> {
  const remote = remoteUserId(`${to.login.integrator}-${to.login.user}`);
  const handled = await doors
    .running()
    .handlers.message?.(message(words(text)), portalTo(remote), AbortSignal.timeout(patience));
  assert.ok(handled?.kind === 'sent', JSON.stringify(handled));
  return handled.messageIds[0] ?? assert.fail();
}

/** The words of what a homeserver user got, in order. */
function heard(doors: OpenDoors): readonly string[] {
  return doors.sink.arrivals.all.flatMap((arrival) => {
    const opened = doors.running().open(arrival, arrival.outerId);
    if (opened.kind !== 'event' || opened.event.kind !== 'message') return [];
    const { content } = opened.event;
    return content.kind === 'text' ? [content.text.plain] : [];
  });
}

describe('third-party chats over real connections', () => {
  for (const over of ['tcp', 'websocket'] as const)
    it(`carry words both ways over ${over}, with receipts, and go on after a restart`, async () => {
      await using doors = await openDoors();
      await using bob = await RealPartner.enlist(doors, 'bob@birdychat.example', over);
      const found = await doors.running().directory.find('Bob@BirdyChat.example');
      assert.ok(!('kind' in found), JSON.stringify(found));
      assert.equal(found.userId, `12-${bob.login.user}`);
      // By the id too: whoever invites the account of somebody says no more.
      assert.deepEqual(await doors.running().directory.find(found.userId), found);
      const nobody = await doors.running().directory.find('12-1');
      assert.ok('kind' in nobody && nobody.reason === 'no-such-user');
      const sent = await say(doors, bob, 'hello Bob');
      const came = await bob.came.waitFor(({ id }) => id === sent, patience);
      assert.equal(came.message.conversation, 'hello Bob');
      const address = (await bob.find('alice')) ?? assert.fail();
      assert.deepEqual(came.from, address);
      await bob.say(address, 'A1', { conversation: 'hello Alice' });
      await bob.receipts.waitFor(({ id, about }) => id === 'A1' && about.kind === 'delivered', patience);
      await bob.receipt(address, sent, { kind: 'read', more: [] });
      await doors.sink.signals.waitFor(
        ({ event }) => event.kind === 'receipt' && event.receipt === 'read',
        patience,
      );

      await doors.restart();
      const again = await say(doors, bob, 'still there?');
      await bob.came.waitFor(({ id }) => id === again, patience);
      await bob.say(address, 'A2', { conversation: 'yes' });
      assert.deepEqual(heard(doors), ['hello Alice', 'yes']);
      assert.deepEqual(
        bob.came.all.map((one) => one.message.conversation),
        ['hello Bob', 'still there?'],
      );
    });

  it('keep what is said while somebody is away, and push for it', async () => {
    await using doors = await openDoors();
    await using bob = await RealPartner.enlist(doors, 'bob@birdychat.example', 'tcp');
    const first = await say(doors, bob, 'one');
    await bob.came.waitFor(({ id }) => id === first, patience);
    await bob.client.rest();
    const second = await say(doors, bob, 'two');
    const third = await say(doors, bob, 'three');
    const deadline = Date.now() + patience;
    while (doors.provider.pushes.length === 0 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(doors.provider.pushes, ['bob@birdychat.example']);
    bob.client.wake();
    await bob.came.waitFor(({ id }) => id === third, patience);
    assert.deepEqual(
      bob.came.all.map(({ id }) => id),
      [first, second, third],
    );
  });

  it('end when the account is deleted: nobody is found, nothing can be written, and nothing is left but whose number it was', async () => {
    await using doors = await openDoors();
    await using bob = await RealPartner.enlist(doors, 'bob@birdychat.example', 'tcp');
    const sent = await say(doors, bob, 'hello');
    await bob.came.waitFor(({ id }) => id === sent, patience);
    assert.equal((await bob.client.ask({ kind: 'delete-account' })).kind, 'done');
    const found = await doors.running().directory.find('bob@birdychat.example');
    assert.ok('kind' in found && found.reason === 'no-such-user');
    const portal = portalTo(remoteUserId(`12-${bob.login.user}`));
    const handled = await doors
      .running()
      .handlers.message?.(message(words('there?')), portal, AbortSignal.timeout(patience));
    assert.ok(handled?.kind === 'failed' && handled.reason === 'no-such-user', JSON.stringify(handled));
    const left = [...doors.records.rows.values()].map(({ of }) => of.collection);
    assert.deepEqual(
      left.filter(
        (one) => !['resident', 'resident-id', 'host', 'telling', 'own-keys', 'former'].includes(one),
      ),
      [],
    );
  });

  it('end at once with a provider that is banned, and go on when it is not any more', async () => {
    let isBanned = false;
    const listeners: (() => void)[] = [];
    const shutOut = { has: () => isBanned, listen: (changed: () => void) => void listeners.push(changed) };
    await using doors = await openDoors({ shutOut });
    await using bob = await RealPartner.enlist(doors, 'bob@birdychat.example', 'tcp');
    const sent = await say(doors, bob, 'hello');
    await bob.came.waitFor(({ id }) => id === sent, patience);
    assert.equal(doors.made().host.connected(), 1);
    isBanned = true;
    for (const changed of listeners) changed();
    const deadline = Date.now() + patience;
    while (doors.made().host.connected() > 0 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(doors.made().host.connected(), 0);
    const found = await doors.running().directory.find('bob@birdychat.example');
    assert.ok('kind' in found && found.reason === 'no-such-user', JSON.stringify(found));
    const portal = portalTo(remoteUserId(`12-${bob.login.user}`));
    const handled = await doors
      .running()
      .handlers.message?.(message(words('there?')), portal, AbortSignal.timeout(patience));
    assert.ok(handled?.kind === 'failed' && handled.reason === 'no-such-user', JSON.stringify(handled));
    isBanned = false;
    bob.client.wake();
    const again = await say(doors, bob, 'welcome back');
    assert.ok(again !== '');
  });
});
