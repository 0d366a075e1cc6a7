import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCommand } from '../../../src/commands/run.ts';
import { matrixEventId, roomId } from '../../../src/core/ids.ts';
import { alice, fakeServices, type FakeServices } from './services.ts';

const message = { room: roomId('!manage'), eventId: matrixEventId('$command') };
const ask = async (services: FakeServices, text: string, language: 'en' | 'ar' = 'en'): Promise<string> =>
  (await runCommand({ user: alice, text, language, admin: false, message }, services)).plain;

describe('`puppet`', () => {
  it('shows how things are, and what to do', async () => {
    const services = fakeServices();
    for (const [puppet, shown] of [
      [
        { kind: 'on', by: 'registration', encrypted: 'no-encryption' },
        /is on: .*puppet off[^]*ignored people/,
      ],
      [{ kind: 'on', by: 'token', encrypted: 'unverified' }, /with the access token that you gave me/],
      [{ kind: 'on', by: 'registration', encrypted: 'unverified' }, /a warning stands beside what I write/],
      [{ kind: 'on', by: 'registration', encrypted: 'signed-devices' }, /only verified sessions count/],
      [{ kind: 'on', by: 'token', encrypted: 'other-keys' }, /log in once more by password/],
      [{ kind: 'off', why: 'chosen' }, /puppet on/],
      [{ kind: 'off', why: 'lost' }, /no longer good/],
      [{ kind: 'off', why: 'no-token' }, /log in once more/],
      [{ kind: 'off', why: 'not-offered' }, /ask your administrator/],
    ] as const) {
      services.puppet = puppet;
      assert.match(await ask(services, 'puppet'), shown);
    }
    assert.match(await ask(services, 'puppet', 'ar'), /النيابة المزدوجة/);
    services.puppet = { kind: 'on', by: 'registration', encrypted: 'no-encryption' };
    assert.doesNotMatch(await ask(services, 'puppet'), /encrypted/);
  });

  it('turns it on and off', async () => {
    const services = fakeServices();
    assert.match(await ask(services, 'puppet OFF'), /is off\. puppet on/);
    assert.match(await ask(services, 'puppet on'), /is on: /);
    assert.deepEqual(services.redacted, []);
  });

  it('takes a token and its message out of the room, and says it of neither the token', async () => {
    const services = fakeServices();
    for (const [token, answered] of [
      ['syt_abc_of_alice', /now appears on Matrix as yours[^]*I cannot write as you/],
      ['syt_abc_of_other', /not yours/],
      ['syt_abc_wrong', /does not know this access token/],
      ['syt_abc_down', /could not be checked/],
    ] as const) {
      services.redacted.length = 0;
      const said = await ask(services, `puppet ${token}`);
      assert.match(said, answered);
      assert.match(said, /I have removed your message/);
      assert.ok(!said.includes(token));
      assert.deepEqual(services.redacted, ['$command']);
    }
  });

  it('says where it may not remove the message', async () => {
    const services = fakeServices();
    services.mayRedact = false;
    assert.match(await ask(services, 'puppet syt_abc_of_alice'), /Please remove it yourself/);
  });

  it('removes a token also where it does not understand the rest, and takes no word for one', async () => {
    const services = fakeServices();
    assert.match(await ask(services, 'puppet my token is syt_abc_of_alice'), /removed your message/);
    assert.match(await ask(services, 'puppet token syt_abc_of_alice'), /removed your message/);
    assert.deepEqual(services.redacted, ['$command', '$command']);
    assert.deepEqual(services.puppet, { kind: 'off', why: 'no-token' });
    for (const words of ['puppet maybe', 'puppet on please', 'puppet of'])
      assert.match(await ask(services, words), /This is how the command is written/);
    assert.equal(services.redacted.length, 2);
  });

  it('shows what is written on Matrix in the clients of a linked XMPP account, only where the user wants that', async () => {
    const services = fakeServices();
    assert.doesNotMatch(await ask(services, 'puppet'), /linked XMPP account/);
    assert.match(await ask(services, 'puppet xmpp on'), /also shown .*What they answer comes to Matrix only/);
    assert.match(await ask(services, 'puppet'), /also shown/);
    assert.match(await ask(services, 'puppet XMPP off'), /is not shown/);
    for (const words of ['puppet xmpp', 'puppet xmpp maybe', 'puppet xmpp on now'])
      assert.match(await ask(services, words), /This is how the command is written/);
    assert.equal(services.copies, false);
  });
});
