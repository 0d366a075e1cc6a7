import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCommand } from '../../../src/commands/run.ts';
import type { GroupDesk } from '../../../src/commands/services.ts';
import { matrixEventId, roomId } from '../../../src/core/ids.ts';
import { alice, fakeServices, type FakeServices } from './services.ts';

const message = { room: roomId('!manage'), eventId: matrixEventId('$command') };
const ask = async (services: FakeServices, text: string): Promise<string> =>
  (await runCommand({ user: alice, text, language: 'en', admin: false, message }, services)).plain;

/** Services that note with what a group is entered. */
function noting(): { readonly services: FakeServices; readonly given: (string | undefined)[] } {
  const services = fakeServices();
  const given: (string | undefined)[] = [];
  const join = services.groups.join.bind(services.groups);
  Object.assign(services.groups, {
    join: (...words: Parameters<GroupDesk['join']>) => {
      given.push(words[3]);
      return join(...words);
    },
  });
  return { services, given };
}

describe('`join` with a password', () => {
  it('hands it on, removes the message, and says nothing of it', async () => {
    const { services, given } = noting();
    const said = await ask(services, 'join loopback #salon open sesame');
    assert.match(said, /in the group #salon as Alice/);
    assert.match(said, /removed your message with the password/);
    assert.ok(!said.includes('sesame'));
    assert.deepEqual([given, services.redacted], [['open sesame'], ['$command']]);
  });

  it('takes it without the name of the only network', async () => {
    const { services, given } = noting();
    await ask(services, 'join #salon sesame');
    assert.deepEqual([given, services.redacted], [['sesame'], ['$command']]);
  });

  it('removes the message also where nothing comes of it, and says where it cannot', async () => {
    const { services } = noting();
    for (const words of [
      'join loopback nowhere sesame',
      'join nonet #salon sesame',
      'join xmpp #salon sesame',
    ]) {
      services.redacted.length = 0;
      const said = await ask(services, words);
      assert.match(said, /removed your message/);
      assert.ok(!said.includes('sesame'));
      assert.deepEqual(services.redacted, ['$command'], words);
    }
    services.mayRedact = false;
    assert.match(await ask(services, 'join loopback #salon sesame'), /could not remove/);
  });

  it('leaves a message without one where it is', async () => {
    const { services, given } = noting();
    await ask(services, 'join loopback #salon');
    assert.deepEqual([given, services.redacted], [[undefined], []]);
  });
});

describe('`join` and `create` where a rule is against it', () => {
  it('say which', async () => {
    const services = fakeServices();
    const shut: GroupDesk['join'] = async () => ({ kind: 'blocked', rule: 'no-groups' });
    Object.assign(services.groups, { join: shut, create: shut });
    for (const words of ['join loopback #salon', 'create loopback #salon'])
      assert.match(await ask(services, words), /not let into the group #salon.*the rule no-groups/i);
  });
});
