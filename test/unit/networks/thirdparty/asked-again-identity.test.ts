import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Retry } from '../../../../src/interop/stanza/receipt.ts';
import { ofAccount, partner } from '../../../support/third-party-partner.ts';
import { handle, message, opened, portalOf, scene, words } from '../../../support/third-party-scene.ts';

describe('what is sealed again for another identity', () => {
  it('goes after its sender was told', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const address = (await bob.find('alice')) ?? assert.fail();
    await bob.say(address, 'B1', { conversation: 'hello' });
    assert.equal((await handle(on, message(words('for one device')), portalOf(bob))).kind, 'sent');
    const mail = on.host.mails.find((one) => one.mail.kind === 'message')?.mail ?? assert.fail();
    const other = await ofAccount(on, bob.account);
    const made = await other.talk.keys.upload(0);
    assert.ok(!('kind' in made));
    const about: Retry = {
      ...{ kind: 'retry', count: 1, messageId: mail.id, messageTime: undefined, error: undefined },
      ...{ registration: made.registration },
      keys: { identity: made.identity, signed: made.signed, prekey: made.prekeys[0] },
    };
    const told = (): number =>
      on.sink.arrivals.all.filter(({ outerId }) => outerId.startsWith('identity ')).length;
    assert.equal(told(), 1);
    let toldBefore = 0;
    on.host.delivering = () => {
      toldBefore = told();
      return 'kept';
    };
    await other.receipt(address, mail.id, about);
    await other.receipt(address, mail.id, about);
    assert.equal(on.host.mails.filter((one) => one.mail.kind === 'message').length, 2);
    assert.deepEqual([toldBefore, told()], [2, 2]);
    const event = opened(on, on.sink.arrivals.all.at(-1));
    assert.ok(event.kind === 'identity-change' && event.previous !== undefined);
    assert.notEqual(event.identity, event.previous);
  });
});
