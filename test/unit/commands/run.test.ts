import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { commands } from '../../../src/commands/list.ts';
import { runCommand } from '../../../src/commands/run.ts';
import { laneId, remoteUserId } from '../../../src/core/ids.ts';
import type { LoginFlows } from '../../../src/core/network.ts';
import { failedForGood, failedForNow, type Failed } from '../../../src/core/outcome.ts';
import { alice, fakeServices, type FakeServices } from './services.ts';

const ask = async (services: FakeServices, text: string, admin = false): Promise<string> =>
  (await runCommand({ user: alice, text, language: 'en', admin }, services)).plain;

describe('a command', () => {
  it('is found in any case and with any of its prefixes', async () => {
    const services = fakeServices();
    for (const written of [
      'version',
      'VERSION',
      '!version',
      '/version',
      '!causeway version',
      '  !CAUSEWAY: Version ',
      '\u2068version\u2069',
    ])
      assert.match(await ask(services, written), /^Causeway 1\.2\.3 on/, written);
  });

  it('that is none gets the nearest that the user may use', async () => {
    const services = fakeServices();
    assert.match(await ask(services, 'hlep'), /Did you mean help\?/);
    assert.doesNotMatch(await ask(services, 'portal'), /portals/);
    assert.match(await ask(services, 'portal', true), /Did you mean portals\?/);
  });

  it('with wrong words shows its usage', async () => {
    const services = fakeServices();
    for (const [written, usage] of [
      ['start', 'start <network> <address>'],
      ['unlink', 'unlink <network> [address]'],
      ['status now', 'status [room]'],
      ['link xmpp a@b c', 'link [network] [address or code]'],
    ] as const)
      assert.equal(await ask(services, written), `This is how the command is written: ${usage}`);
  });

  it('for administrators is refused to others', async () => {
    const services = fakeServices();
    for (const command of commands.filter(({ admin }) => admin))
      assert.match(await ask(services, command.name), /Only administrators/);
  });

  it('that breaks is answered and logged', async () => {
    const services = fakeServices();
    services.broken = true;
    assert.match(await ask(services, 'start xmpp bob@example.org'), /a mistake in the bridge/);
    assert.equal(services.errors.length, 1);
  });

  it('is answered once, whatever is written', async () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('xmpp', 'link', 'a@b', '123456', '!causeway', '$e', 'ar', '1'),
    );
    const text = fc
      .tuple(
        fc.oneof(fc.constantFrom(...commands.map(({ name }) => name)), fc.string()),
        fc.array(word, { maxLength: 4 }),
      )
      .map(([name, words]) => [name, ...words].join(' '));
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.boolean(),
        fc.constantFrom('en' as const, 'ar' as const),
        async (written, admin, language) => {
          const services = fakeServices();
          const reply = await runCommand({ user: alice, text: written, language, admin }, services);
          assert.ok(reply.plain.length > 0 && reply.html.length > 0);
          assert.doesNotMatch(reply.html, /<(?!\/?(p|code|table|thead|tbody|tr|td|th|a)\b)/);
          assert.deepEqual(services.errors, []);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('help', () => {
  it('lists what the user may use, from the commands themselves', async () => {
    const services = fakeServices();
    const forUser = await ask(services, 'help');
    const forAdmin = await ask(services, 'help', true);
    for (const { name, admin } of commands) {
      const listed = new RegExp(`• ${name}(?![a-z])`);
      assert.equal(listed.test(forUser), !admin, name);
      assert.match(forAdmin, listed);
    }
  });
});

describe('link', () => {
  it('asks for nothing where the network knows the account by the user', async () => {
    const services = fakeServices();
    const ended: string[] = [];
    let failed: Failed | undefined = failedForNow('link-down');
    const logins: LoginFlows = {
      asks: 'nothing',
      begin: async (_user, typed) => ({ kind: 'done', remote: remoteUserId(`12-7${typed}`) }),
      answer: async () => failedForGood('no-handler'),
      end: async (_user, account) => {
        ended.push(account);
        return failed;
      },
    };
    const xmpp = services.networks.get('xmpp') ?? assert.fail();
    const own = { ...services, networks: new Map([['xmpp', { ...xmpp, logins }]]) };
    assert.match(await ask(own, 'link'), /Write for example link xmpp\./);
    assert.match(await ask(own, 'link xmpp'), /12-7 on xmpp is linked/);
    assert.match(await ask(own, 'unlink xmpp'), /could not be unlinked\. The connection/);
    failed = undefined;
    assert.match(await ask(own, 'unlink xmpp'), /no longer linked/);
    assert.match(await ask(own, 'unlink xmpp'), /no linked account/);
    assert.deepEqual(ended, ['12-7', '12-7']);
  });

  it('brings in what was said before', async () => {
    const services = fakeServices();
    assert.match(await ask(services, 'history 20'), /which group/);
    await ask(services, 'join loopback #salon');
    assert.match(await ask(services, 'history 20'), /The last 20 messages of #salon are on their way/);
    await ask(services, 'join loopback #old');
    await ask(services, 'join loopback #sticky');
    assert.match(await ask(services, 'history 20 2'), /nothing in the archive of #old/);
    assert.match(await ask(services, 'history 20 #sticky'), /could not be brought in\. The connection/);
    assert.match(await ask(services, 'history 20 #nowhere'), /in no such group/);
    assert.match(await ask(services, 'history 501 #salon'), /500 messages at most/);
    const off = { ...services, history: { ...services.history, most: 0 } };
    assert.match(await ask(off, 'history 1 #salon'), /Nothing is brought in/);
  });

  it('makes spaces, or none', async () => {
    const services = fakeServices();
    assert.match(await ask(services, 'space'), /in a space for each network/);
    assert.match(await ask(services, 'space off'), /no spaces of mine/);
    assert.match(await ask(services, 'space'), /no spaces of mine/);
    assert.match(await ask(services, 'space ON'), /in a space for each network/);
    services.broken = true;
    assert.match(await ask(services, 'space off'), /could not be closed\. The connection/);
    for (const wrong of ['space xmpp maybe', 'space on on', 'space xmpp on on'])
      assert.match(await ask(services, wrong), /space \[network\] \[on/);
    const off = { ...services, spaces: { ...services.spaces, offered: false } };
    assert.match(await ask(off, 'space'), /no spaces here/);
  });

  it('makes spaces of some networks only', async () => {
    const services = fakeServices();
    assert.match(await ask(services, 'space xmpp'), /on xmpp are in a space of their own/);
    assert.match(await ask(services, 'space xmpp off'), /on xmpp are among the others/);
    assert.match(await ask(services, 'space'), /for each network.*\n.*on xmpp are among the others/);
    assert.match(await ask(services, 'space loopback'), /on loopback are in a space/);
    assert.match(await ask(services, 'space off'), /no spaces of mine/);
    assert.match(await ask(services, 'space xmpp on'), /on xmpp are in a space of their own/);
    assert.match(await ask(services, 'space nowhere on'), /nowhere/);
    const off = { ...services, spaces: { ...services.spaces, offered: false } };
    assert.match(await ask(off, 'space xmpp on'), /no spaces here/);
  });

  it('enters, makes and leaves groups', async () => {
    const services = fakeServices();
    assert.match(await ask(services, 'join loopback nowhere'), /no group with this address/);
    assert.match(await ask(services, 'join xmpp #salon'), /no such groups on the network xmpp/);
    assert.match(
      await ask(services, 'join loopback #salon'),
      /in the group #salon as Alice[\s\S]*matrix\.to/,
    );
    assert.match(await ask(services, 'join #lounge'), /in the group #lounge as Alice/, 'the only network');
    assert.match(await ask(services, 'create loopback #own The group of mine'), /in the group #own/);
    assert.match(await ask(services, 'create xmpp #own'), /no such groups/);
    const list = await ask(services, 'leave');
    assert.match(list, /• #salon .*leave 1\n• #lounge .*leave 2\n• #own .*leave 3/);
    assert.match(await ask(services, 'leave 2'), /have left the group #lounge/);
    assert.match(await ask(services, 'leave #SALON'), /have left the group #salon/);
    assert.match(await ask(services, 'leave 7'), /in no group 7/);
    await ask(services, 'join #sticky');
    assert.match(await ask(services, 'leave #sticky'), /could not leave the group #sticky\. The connection/);
    services.entered.length = 0;
    assert.match(await ask(services, 'leave'), /in no group\. You can enter one with join/);
    for (const wrong of [
      'history',
      'history x',
      'history 0',
      'history 5 #salon x',
      'join',
      'create',
      'create loopback',
      'leave a b',
    ])
      assert.match(await ask(services, wrong), /This is how the command is written/, wrong);
  });

  it('proves an address with the code that was sent to it', async () => {
    const services = fakeServices();
    assert.match(await ask(services, 'link'), /on these networks: xmpp\./);
    assert.match(await ask(services, 'link loopback a@b'), /cannot be linked on loopback/);
    assert.match(await ask(services, 'link xmpp you@example.org'), /sent to you@example.org.*10 minutes/);
    assert.match(await ask(services, 'link xmpp you@example.org'), /Please wait a minute/);
    assert.match(await ask(services, 'link xmpp 123 456'), /you@example\.org on xmpp is linked/);
    assert.match(await ask(services, 'logins'), /1 account:\n• xmpp · Address: you@example\.org/);
    assert.match(await ask(services, 'unlink xmpp'), /no longer linked/);
    assert.match(await ask(services, 'logins'), /no account/);
  });

  it('takes five wrong codes and then none, not even the right one', async () => {
    const services = fakeServices();
    await ask(services, 'link xmpp you@example.org');
    for (const left of [4, 3, 2, 1])
      assert.match(await ask(services, 'link xmpp 999999'), new RegExp(`${left} more`));
    assert.match(await ask(services, 'link xmpp 999999'), /too many times/);
    assert.match(await ask(services, 'link xmpp 123456'), /too many times/);
    services.time += 120_000;
    assert.match(await ask(services, 'link xmpp you@example.org'), /A code was sent/);
    assert.match(await ask(services, 'link xmpp 123456'), /is linked/);
  });

  it('does not count an answer that could not be looked at', async () => {
    const services = fakeServices();
    await ask(services, 'link xmpp you@example.org');
    for (let i = 0; i < 7; i++)
      assert.match(await ask(services, 'link xmpp 0000'), /connection to the other network is down/);
    assert.match(await ask(services, 'link xmpp 123456'), /is linked/);
  });

  it('refuses a code after ten minutes, and one that nobody asked for', async () => {
    const services = fakeServices();
    assert.match(await ask(services, 'link xmpp 123456'), /No code is waiting/);
    await ask(services, 'link xmpp you@example.org');
    services.time += 600_000;
    assert.match(await ask(services, 'link xmpp 123456'), /no longer good/);
    assert.equal(services.pending.size, 0);
  });
});

describe('start', () => {
  it('opens a chat, shows the one that is there, and says why it cannot', async () => {
    const services = fakeServices();
    assert.match(
      await ask(services, 'start xmpp bob@x'),
      /is open:\nhttps:\/\/matrix\.to\/#\/!room%3Aexample\.org/,
    );
    assert.match(await ask(services, 'start xmpp bob@x'), /already have a chat/);
    assert.match(await ask(services, 'start xmpp bob'), /could not be opened\. There is nobody/);
    assert.match(await ask(services, 'start xmp bob@x'), /no network xmp here.*xmpp, loopback/);
  });

  it('takes a number that is typed with spaces', async () => {
    const services = fakeServices();
    assert.match(
      await ask(services, 'start xmpp +49 (151) 234-56'),
      /The chat with \+49\(151\)234-56 could not be opened/,
    );
    assert.match(await ask(services, 'start xmpp +49 bob'), /^This is how the command is written/);
    assert.match(await ask(services, 'start xmpp 49@x'), /is open/);
  });
});

describe('status', () => {
  it('shows the true state of every link and what waits', async () => {
    const shown = await ask(fakeServices(), 'status');
    assert.match(shown, /• xmpp · State: not connected · Since: .* · Reason: The connection/);
    assert.match(shown, /• loopback · State: connected/);
    assert.match(shown, /2 events are on their way; the oldest came 2 minutes ago/);
    assert.match(shown, /1 person waits for your answer/);
    assert.match(shown, /3 encrypted messages wait for their keys/);
  });
});

describe('language', () => {
  it('is kept and spoken at once, and keeps the management room', async () => {
    const services = fakeServices();
    assert.match(await ask(services, 'language ar'), /بالعربية/);
    assert.equal(services.userRecords.get(alice)?.language, 'ar');
    assert.match(await ask(services, 'language العربية'), /بالعربية/);
    assert.match(await ask(services, 'language fr'), /You can choose/);
  });
});

describe('outcome and retry', () => {
  it('show how an event ended, and try it again', async () => {
    const services = fakeServices();
    services.records.set('$e', {
      seq: 1,
      source: 'matrix',
      outerId: '$e',
      lane: laneId('l'),
      state: 'failed',
      outcome: { kind: 'failed', reason: 'too-large' },
      attempts: 3,
      receivedAt: services.time - 60_000,
      endedAt: services.time,
      retryable: true,
    });
    const shown = await ask(services, 'outcome $e', true);
    assert.match(shown, /State · failed/);
    assert.match(shown, /larger than what is allowed/);
    assert.match(shown, /retry \$e/);
    assert.match(await ask(services, 'retry $e', true), /is tried again/);
    assert.deepEqual(services.retried, ['$e']);
    assert.match(await ask(services, 'retry $other', true), /No event \$other/);
  });
});
