import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Retry } from '../../../../src/interop/stanza/receipt.ts';
import { mediaOf } from '../../../support/third-party-files.ts';
import { partner, stanzaOf } from '../../../support/third-party-partner.ts';
import {
  alice,
  from,
  handle,
  message,
  messagesIn,
  portalOf,
  scene,
  targetOf,
  words,
  type Scene,
} from '../../../support/third-party-scene.ts';

/** What the messages that went out say beside their ciphertext. */
function saidIn(on: Scene): readonly unknown[] {
  return on.host.mails.flatMap(({ mail }) =>
    mail.kind === 'message' ? [[mail.type, mail.sealed[0]?.mediaType, mail.edit]] : [],
  );
}

describe('receipts and signals of third-party chats', () => {
  it('tell the core what was delivered, read and played, each message of it', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const address = (await bob.find('alice')) ?? assert.fail();
    await bob.receipt(address, 'M1', { kind: 'delivered', more: ['M2'] });
    await bob.receipt(address, 'M1', { kind: 'read', more: [] });
    await bob.receipt(address, 'M2', { kind: 'played', more: [] });
    await bob.receipt(address, 'M3', { kind: 'server-error' });
    const told = on.sink.signals.all.map(({ event, receiver }) => {
      assert.ok(event.kind === 'receipt' && event.target.in === 'remote');
      assert.equal(receiver, alice);
      return [event.receipt, event.target.messageId];
    });
    assert.deepEqual(told, [
      ['delivered', 'M1'],
      ['delivered', 'M2'],
      ['read', 'M1'],
      ['read', 'M2'],
      ['undelivered', 'M3'],
    ]);
  });

  it('say of all messages that came since that they were read, once', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const address = (await bob.find('alice')) ?? assert.fail();
    for (const id of ['A1', 'A2', 'A3']) await bob.say(address, id, { conversation: id });
    const remote = { in: 'remote', userId: portalOf(bob).remote } as const;
    const read = { ...from(), kind: 'receipt', receipt: 'read', target: targetOf('A2', remote) } as const;
    assert.deepEqual(await handle(on, read, portalOf(bob)), { kind: 'sent', messageIds: [] });
    const sent = bob.receipts().filter(({ about }) => about.kind === 'read');
    assert.deepEqual(
      sent.map(({ id, about }) => [id, about]),
      [['A1', { kind: 'read', more: ['A2'] }]],
    );
  });

  it('have what did not open there sent again under the same id, once for each asking', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const address = (await bob.find('alice')) ?? assert.fail();
    const sent = await handle(on, message(words('once more')), portalOf(bob));
    assert.ok(sent.kind === 'sent');
    const mail = on.host.mails[0]?.mail ?? assert.fail();
    assert.ok(mail.kind === 'message');
    const part = mail.sealed[0] ?? assert.fail();
    const spoilt = { ...part, ciphertext: part.ciphertext.with(60, part.ciphertext[60] === 0 ? 1 : 0) };
    const opened = await bob.talk.open({ ...mail, sealed: [spoilt] });
    assert.ok(opened.kind === 'ask', JSON.stringify(opened));
    await bob.receipt(address, mail.id, opened.receipt);
    await bob.receipt(address, mail.id, opened.receipt);
    assert.equal(on.host.mails.length, 2);
    const again = on.host.mails[1]?.mail ?? assert.fail();
    assert.ok(again.kind === 'message');
    assert.equal(again.id, mail.id);
    const taken = await bob.talk.open(again);
    assert.ok(taken.kind === 'opened' && Buffer.from(taken.padded).includes('once more'));
    await bob.receipt(address, mail.id, { kind: 'delivered', more: [] });
    await bob.receipt(address, mail.id, { ...opened.receipt, count: 2 });
    assert.equal(on.host.mails.length, 2, 'what is there is not kept to be sent again');
    assert.equal(on.counts.read().get('not-sent-again'), 1);
  });

  it('have what is sent again say of itself what it said at first: what kind of file, and that it changes another', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const address = (await bob.find('alice')) ?? assert.fail();
    const media = mediaOf('image', 'image/jpeg', randomBytes(50), 'one.jpg');
    const sent = await handle(on, message({ kind: 'media', media, caption: undefined }), portalOf(bob));
    assert.ok(sent.kind === 'sent');
    const target = targetOf(sent.messageIds[0] ?? assert.fail(), { in: 'matrix', userId: alice });
    const reactions = { emojis: ['👍'], previous: [], previousEvents: new Map() };
    await handle(on, { ...from(), kind: 'reaction', target, reactions }, portalOf(bob));
    await handle(on, { ...from(), kind: 'redaction', target }, portalOf(bob));
    const facts = [
      ['media', 'image', undefined],
      ['reaction', undefined, undefined],
      ['text', undefined, '7'],
    ];
    assert.deepEqual(saidIn(on), facts);
    for (const { mail } of [...on.host.mails]) {
      assert.ok(mail.kind === 'message');
      const part = mail.sealed[0] ?? assert.fail();
      const spoilt = { ...part, ciphertext: part.ciphertext.with(60, part.ciphertext[60] === 0 ? 1 : 0) };
      const opened = await bob.talk.open({ ...mail, sealed: [spoilt] });
      assert.ok(opened.kind === 'ask', JSON.stringify(opened));
      await bob.receipt(address, mail.id, opened.receipt);
    }
    assert.deepEqual(saidIn(on), [...facts, ...facts]);
  });

  it('ask for what does not open, and take it when it comes again', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const address = (await bob.find('alice')) ?? assert.fail();
    const sealed = await bob.talk.seal(address, 'A1', Buffer.from([0x0a, 2, 0x68, 0x69]));
    assert.ok(sealed.kind === 'sealed');
    const spoilt = { ...sealed.sealed, ciphertext: sealed.sealed.ciphertext.with(60, 1) };
    assert.deepEqual(
      await on.listener().message(bob.account, stanzaOf(bob.account.login, address, 'A1', spoilt)),
      {},
    );
    assert.deepEqual(messagesIn(on), []);
    const [asked] = bob.receipts();
    assert.ok(asked?.about.kind === 'retry', JSON.stringify(asked));
    const about: Retry = asked.about;
    const again = await bob.talk.askedAgain({ ...asked, about });
    assert.ok(again !== undefined && !('kind' in again));
    await on.listener().message(bob.account, stanzaOf(bob.account.login, address, 'A1', ...again));
    const [event] = messagesIn(on);
    assert.ok(event?.kind === 'message' && event.content.kind === 'text');
    assert.equal(event.content.text.plain, 'hi');
  });

  it('pass typing on both ways, and drop it for who is not there', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const to = (await bob.find('alice')) ?? assert.fail();
    const state = { kind: 'chatstate', from: undefined, participant: undefined } as const;
    on.listener().signal(bob.account, { ...state, to, state: 'recording' });
    on.listener().signal(bob.account, { ...state, to, state: 'paused' });
    on.listener().signal(bob.account, { ...state, to: { ...to, user: '99' }, state: 'composing' });
    await on.network()[Symbol.asyncDispose]();
    assert.deepEqual(
      on.sink.signals.all.map(({ event }) => event.kind === 'typing' && event.typing),
      [true, false],
    );
    await handle(on, { ...from(), kind: 'typing', typing: true }, portalOf(bob));
    assert.deepEqual(
      on.host.signals.map((one) => one.kind === 'chatstate' && one.state),
      ['composing'],
    );
  });

  it('are let be beyond a rate: names without end cost nothing', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const address = (await bob.find('alice')) ?? assert.fail();
    const more = Array.from({ length: 1_000 }, (_none, index) => `M${index}`);
    for (let round = 0; round < 21; round += 1) await bob.receipt(address, 'M0', { kind: 'read', more });
    assert.equal(on.sink.signals.all.length, 20_000);
    assert.equal(on.counts.read().get('flooded'), 1);
    on.clock.now += 1_000;
    await bob.receipt(address, 'M0', { kind: 'read', more });
    assert.equal(on.sink.signals.all.length, 20_050);
  });
});
