import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { partner } from '../../../support/third-party-partner.ts';
import {
  alice,
  handle,
  message,
  messagesIn,
  portalOf,
  scene,
  words,
} from '../../../support/third-party-scene.ts';

describe('words between a homeserver user and a provider’s user', () => {
  it('come in: found by Matrix ID, opened, kept, and said to be there', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const address = (await bob.find('@alice:example.org')) ?? assert.fail();
    assert.equal(address.kind, 'pair');
    assert.deepEqual(await bob.say(address, 'A1', { conversation: 'hello *Alice*' }), {});
    const [event] = messagesIn(on);
    assert.ok(event?.kind === 'message' && event.content.kind === 'text');
    assert.equal(event.content.text.plain, 'hello *Alice*');
    assert.equal(event.content.text.html, 'hello <strong>Alice</strong>');
    const [arrival] = on.sink.arrivals.all.filter(({ outerId }) => outerId.startsWith('message'));
    assert.ok(arrival !== undefined);
    assert.equal(arrival.receiver, alice);
    assert.equal(arrival.sender, `12-${bob.account.login.user}`);
    assert.equal(arrival.chat, arrival.sender);
    const receipts = bob.receipts();
    assert.deepEqual(
      receipts.map(({ id, from, about }) => [id, from, about]),
      [['A1', address, { kind: 'delivered', more: [] }]],
    );
  });

  it('go out: sealed, in the mailbox, under one name however often, by Matrix ID', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const portal = portalOf(bob);
    const event = message(words('hello Bob', 'hello <em>Bob</em>'));
    const first = await handle(on, event, portal);
    assert.deepEqual(await handle(on, event, portal), first);
    assert.ok(first.kind === 'sent');
    assert.equal(on.host.mails.length, 1);
    const [mail] = on.host.mails;
    assert.ok(mail?.mail.kind === 'message');
    assert.equal(mail.mail.notify, alice);
    assert.equal(mail.mail.id, first.messageIds[0]);
    const [read] = await bob.read();
    assert.equal(read?.message.conversation, 'hello _Bob_');
    assert.deepEqual(read.from, await bob.find('alice'));
  });

  it('go on in one session, both ways, over a restart', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const address = (await bob.find('alice')) ?? assert.fail();
    await bob.say(address, 'A1', { conversation: 'one' });
    await handle(on, message(words('two')), portalOf(bob));
    await bob.read();
    await on.restart();
    await bob.say(address, 'A2', { conversation: 'three' });
    await handle(on, message(words('four')), portalOf(bob));
    assert.deepEqual(
      (await bob.read()).map((read) => read.message.conversation),
      ['four'],
    );
    assert.deepEqual(
      messagesIn(on).map(
        (event) => event.kind === 'message' && event.content.kind === 'text' && event.content.text.plain,
      ),
      ['one', 'three'],
    );
  });
});
