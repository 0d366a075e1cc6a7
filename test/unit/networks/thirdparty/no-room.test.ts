import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { partner, stanzaOf } from '../../../support/third-party-partner.ts';
import { handle, message, portalOf, scene, words } from '../../../support/third-party-scene.ts';

describe('what is asked for again where a mailbox has no room', () => {
  it('is not acknowledged before the asking is kept', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const address = (await bob.find('alice')) ?? assert.fail();
    const made = await bob.talk.seal(address, 'A1', Buffer.from([0x0a, 2, 0x68, 0x69]));
    assert.ok(made.kind === 'sealed');
    const spoilt = { ...made.sealed, ciphertext: made.sealed.ciphertext.with(60, 1) };
    const stanza = stanzaOf(bob.account.login, address, 'A1', spoilt);
    on.host.delivering = () => 'mailbox-full';
    await assert.rejects(on.listener().message(bob.account, stanza));
    on.host.delivering = () => 'kept';
    assert.deepEqual(await on.listener().message(bob.account, stanza), {});
    assert.deepEqual(
      bob.receipts().map(({ about }) => about.kind),
      ['retry'],
    );
  });

  it('comes again where it could not be sent again', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const address = (await bob.find('alice')) ?? assert.fail();
    assert.equal((await handle(on, message(words('once more')), portalOf(bob))).kind, 'sent');
    const mail = on.host.mails[0]?.mail ?? assert.fail();
    assert.ok(mail.kind === 'message');
    const part = mail.sealed[0] ?? assert.fail();
    const spoilt = { ...part, ciphertext: part.ciphertext.with(60, part.ciphertext[60] === 0 ? 1 : 0) };
    const opened = await bob.talk.open({ ...mail, sealed: [spoilt] });
    assert.ok(opened.kind === 'ask');
    on.host.delivering = () => 'mailbox-full';
    await assert.rejects(bob.receipt(address, mail.id, opened.receipt));
    on.host.delivering = () => 'kept';
    await bob.receipt(address, mail.id, opened.receipt);
    const again = on.host.mails.at(-1)?.mail ?? assert.fail();
    assert.ok(again.kind === 'message');
    const taken = await bob.talk.open(again);
    assert.ok(taken.kind === 'opened' && Buffer.from(taken.padded).includes('once more'));
  });
});
