import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Retry } from '../../../../src/interop/stanza/receipt.ts';
import { addressOf } from '../../../../src/networks/thirdparty/ids.ts';
import { partner, stanzaOf } from '../../../support/third-party-partner.ts';
import { handle, message, portalOf, scene, words } from '../../../support/third-party-scene.ts';

describe("stanzas of providers' users in the name of others", () => {
  it('have nothing sealed again for them that was said to another', async () => {
    await using on = await scene();
    const [bob, eve] = [await partner(on), await partner(on, 'eve@birdychat.example')];
    const address = (await eve.find('alice')) ?? assert.fail();
    assert.equal((await handle(on, message(words('for bob alone')), portalOf(bob))).kind, 'sent');
    const mail = on.host.mails[0]?.mail ?? assert.fail();
    const made = await eve.talk.keys.upload(0);
    assert.ok(!('kind' in made));
    await eve.talk.keys.uploaded({ signed: made.signed.id, prekeys: made.prekeys.map(({ id }) => id) });
    const about: Retry = {
      ...{ kind: 'retry', count: 1, messageId: mail.id, messageTime: undefined, error: undefined },
      ...{ registration: made.registration },
      keys: { identity: made.identity, signed: made.signed, prekey: made.prekeys[0] },
    };
    const names = { from: addressOf(eve.account.login), participant: addressOf(bob.account.login) };
    await on.listener().receipt(eve.account, {
      ...{ kind: 'receipt', id: mail.id, to: address, ...names },
      ...{ recipient: undefined, time: undefined, offline: undefined, about },
    });
    assert.deepEqual(
      (await eve.read()).map((one) => one.message),
      [],
    );
  });

  it('do not become the identity of another', async () => {
    await using on = await scene();
    const [bob, eve] = [await partner(on), await partner(on, '+441234567890', 13)];
    const address = (await eve.find('alice')) ?? assert.fail();
    await bob.say(address, 'B1', { conversation: 'it is me' });
    const made = await eve.talk.seal(address, 'E1', Buffer.from([0x0a, 2, 0x68, 0x69]));
    assert.ok(made.kind === 'sealed');
    const stanza = stanzaOf(eve.account.login, address, 'E1', made.sealed);
    await on.listener().message(eve.account, { ...stanza, participant: addressOf(bob.account.login) });
    assert.equal((await handle(on, message(words('secret')), portalOf(bob))).kind, 'sent');
    assert.deepEqual(
      (await bob.read()).map((one) => one.message.conversation),
      ['secret'],
    );
  });
});
