import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tieWhy } from '../../../src/commands/tie-why.ts';
import { runCommand } from '../../../src/commands/run.ts';
import { alice, fakeServices, type FakeServices } from './services.ts';

const ask = async (services: FakeServices, text: string, admin = false): Promise<string> => {
  const { plain } = await runCommand({ user: alice, text, language: 'en', admin, at: 42 }, services);
  return plain.replace(/[\u2066-\u2069]/g, '');
};

describe('`bridge`', () => {
  it('asks for a room and a group, under the time at which it was written', async () => {
    const services = fakeServices();
    assert.match(
      await ask(services, 'bridge xmpp salon@x #ours:example.org'),
      /whether #ours:example\.org may be bridged with salon@x.*within 60 minutes/,
    );
    assert.deepEqual(services.tied, ['salon@x #ours:example.org 42']);
  });

  it('says why not, and what to do', async () => {
    const services = fakeServices();
    assert.match(
      await ask(services, 'bridge xmpp salon@x !secret:example.org'),
      /is encrypted.*cannot be switched off/,
    );
    assert.match(
      await ask(services, 'bridge xmpp salon@x !bare:example.org'),
      /allow me, @causeway:example\.org, to invite/,
    );
    assert.match(
      await ask(services, 'bridge xmpp gone@example.net !a:example.org'),
      /could not be bridged.*no group/,
    );
    assert.match(await ask(services, 'bridge nowhere a !b:example.org'), /no network nowhere/);
    for (const text of ['bridge', 'bridge xmpp', 'bridge xmpp salon@x', 'bridge xmpp salon@x !r:x more'])
      assert.match(await ask(services, text), /bridge <network> <address> <room id or alias>/);
  });

  it('has words for every reason, in both languages', () => {
    const about = { room: 'ROOM', address: 'ADDRESS', bot: 'BOT' };
    const whys = [
      ...([
        'bot-power',
        'people-power',
        'cannot-ask',
        'direct',
        'encrypted',
        'expired',
        'group-taken',
      ] as const),
      ...(['group-yours', 'in-no-room', 'management', 'no-agreement', 'no-power', 'no-room'] as const),
      ...(['not-permitted', 'other-wish', 'replaced', 'room-taken', 'space', 'too-many'] as const),
    ];
    for (const language of ['en', 'ar'] as const) {
      const said = whys.map((why) => tieWhy(language, why, about).plain);
      assert.equal(new Set(said).size, whys.length);
      for (const text of said) assert.doesNotMatch(text, /[{}]/);
    }
  });
});

describe('`unbridge`', () => {
  it('ends it by the room or the address, and says who may', async () => {
    const services = fakeServices();
    assert.match(
      await ask(services, 'unbridge salon@example.net'),
      /no longer bridged with salon@example\.net.*stays as it is/,
    );
    assert.match(
      await ask(services, 'unbridge #unknown:example.org'),
      /Nothing that bridge began is called #unknown/,
    );
    assert.match(await ask(services, 'unbridge #theirs:example.org'), /Only who asked/);
    assert.match(await ask(services, 'unbridge #away:example.org'), /connection/);
    assert.match(await ask(services, 'unbridge #a:example.org', true), /no longer/);
    assert.equal(services.tied.at(-1), 'end #a:example.org as an administrator');
    for (const text of ['unbridge', 'unbridge a b'])
      assert.match(await ask(services, text), /unbridge <room or address>/);
  });
});
