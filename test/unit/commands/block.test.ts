import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCommand } from '../../../src/commands/run.ts';
import { networkId, remoteUserId } from '../../../src/core/ids.ts';
import { failedForNow } from '../../../src/core/outcome.ts';
import { alice, fakeServices, type FakeServices } from './services.ts';

const ask = async (services: FakeServices, text: string, admin = false): Promise<string> =>
  (await runCommand({ user: alice, text, language: 'en', admin }, services)).plain;
const xmpp = networkId('xmpp');
const ghost = '@_xmpp_bob=40example.net:example.org';

describe('`block`, `unblock` and `blocks`', () => {
  it('block a person by address, by ghost and by a link to it', async () => {
    for (const whom of [
      'xmpp bob@example.net',
      'XMPP BOB@example.net',
      ghost,
      `https://matrix.to/#/${encodeURIComponent(ghost)}`,
    ]) {
      const services = fakeServices();
      const answer = await ask(services, `block ${whom} sells things`);
      assert.match(answer, /bob@example\.net on xmpp is blocked.*`?unblock xmpp bob@example\.net`?/);
      assert.match(answer, /list of ignored people too/);
      assert.deepEqual(services.agreed, [alice]);
      assert.match(await ask(services, `block ${whom}`), /blocked already/);
      assert.match(await ask(services, 'blocks'), /bob@example\.net.*sells things.*unblock 1/);
      assert.match(await ask(services, `unblock ${whom}`), /not blocked any more/);
      assert.match(await ask(services, `unblock ${whom}`), /You have not blocked/);
      assert.match(await ask(services, 'blocks'), /blocked nobody/);
    }
  });

  it('say how to ignore a ghost where the bridge cannot, and that a list follows later', async () => {
    const services = fakeServices();
    services.ignoreList = 'no-puppet';
    assert.ok((await ask(services, 'block xmpp bob@example.net')).includes(ghost));
    assert.match(await ask(services, 'unblock 1'), /end that there too/);
    services.ignoreList = failedForNow('link-down');
    assert.match(await ask(services, 'block xmpp bob@example.net'), /could not be reached now/);
  });

  it('say where each block is in force, once the lists of accounts were looked at, and end that of a server', async () => {
    const base = fakeServices();
    const looked: string[] = [];
    const places = [
      [{ state: 'there', account: 'me@x' }],
      [
        { state: 'waiting', account: 'me@x' },
        { state: 'unfollowed', account: 'me@y' },
      ],
    ] as const;
    const services: FakeServices = {
      ...base,
      blocks: {
        ...base.blocks,
        lists: {
          look: async (user) => void looked.push(user),
          places: async (_user, blocks) =>
            blocks.map((_, index) =>
              (places[index] ?? []).map(({ state, account }) => ({
                ...{ network: xmpp, state, account: remoteUserId(account) },
              })),
            ),
        },
      },
    };
    await ask(services, 'block xmpp bob@example.net');
    base.time += 1;
    const server = { kind: 'server', network: xmpp, domain: 'evil.test', subdomains: false } as const;
    await services.blocks.blocks.block(alice, server, { author: alice });
    const [, evil = '', bob = ''] = (await ask(services, 'blocks')).split('\n');
    assert.match(evil, /everybody at evil\.test.*In force: here, on xmpp ·/);
    assert.match(bob, /bob@example\.net.*In force: here, on me@x soon, not on me@y ·/);
    assert.deepEqual(looked, [alice]);
    assert.match(await ask(services, 'unblock 1'), /evil\.test is not blocked any more/);
    assert.match(await ask(base, 'blocks'), /In force: here ·/);
  });

  it('take nobody who is no person on another network', async () => {
    const services = fakeServices();
    assert.match(await ask(services, 'block xmpp nobody'), /nobody’s address/);
    assert.match(await ask(services, 'block smoke bob@example.net'), /no network smoke/);
    assert.match(await ask(services, 'block @carol:example.org'), /not on another network/);
    for (const wrong of [
      'block',
      'block xmpp',
      'unblock',
      'unblock xmpp bob@example.net and more',
      'blocks x',
    ])
      assert.match(await ask(services, wrong), /This is how/, wrong);
    await services.logins.put({ user: alice, network: xmpp, remote: remoteUserId('me@x'), linkedAt: 1 });
    assert.match(await ask(services, 'block xmpp me@x'), /This is you/);
    assert.equal(await services.blocks.blocks.count(alice), 0);
  });

  it('show pages, and unblock by number', async () => {
    const services = fakeServices();
    for (let count = 1; count <= 21; count += 1) {
      services.time += 1_000;
      await ask(services, `block xmpp p${count}@x`);
    }
    const first = await ask(services, 'blocks');
    assert.match(first, /21 people[^]*p21@x[^]*p2@x[^]*blocks 2/);
    assert.match(await ask(services, 'blocks 2'), /p1@x.*unblock 21/);
    assert.match(await ask(services, 'blocks 3'), /nothing here/);
    assert.match(await ask(services, 'unblock 21'), /p1@x is not blocked/);
    assert.match(await ask(services, 'unblock 21'), /This is how/);
  });
});

describe('`ban`, `unban` and `bans`', () => {
  it('are for administrators', async () => {
    for (const command of ['ban person xmpp a@b', 'unban person xmpp a@b', 'bans'])
      assert.match(await ask(fakeServices(), command), /Only administrators/);
  });

  it('shut out a person at once, on another network or on Matrix', async () => {
    const services = fakeServices();
    assert.match(
      await ask(services, 'ban person xmpp bob@example.net he floods', true),
      /xmpp bob@example\.net is shut out/,
    );
    assert.match(await ask(services, 'ban person @eve:other.org', true), /@eve:other\.org is shut out/);
    assert.match(await ask(services, `ban person ${alice}`, true), /This is you/);
    const shown = await ask(services, 'bans', true);
    assert.match(shown, /xmpp bob@example\.net.*@alice:example\.org.*he floods.*unban [12]/);
    assert.match(await ask(services, `unban person ${ghost}`, true), /not shut out any more/);
    assert.match(await ask(services, 'unban 1', true), /@eve:other\.org is not shut out any more/);
    assert.match(await ask(services, 'bans', true), /Nobody is shut out/);
    assert.deepEqual(services.agreed, []);
  });

  it('shut out a server or a network only after the number was repeated', async () => {
    const services = fakeServices();
    const wanted = {
      'ban server xmpp Bad.Example spam': /everybody and every group on xmpp bad\.example/,
      'ban server xmpp *.worse.example': /xmpp \*\.worse\.example/,
      'ban network xmpp': /the whole network xmpp/,
    };
    for (const [command, asked] of Object.entries(wanted)) {
      const answer = await ask(services, command, true);
      assert.match(answer, asked);
      const [, number = ''] = /(\d{4})$/.exec(answer) ?? [];
      const wrong = number === '1234' ? '4321' : '1234';
      const again = await ask(services, `${command} ${wrong}`, true);
      const [, other = ''] = /(\d{4})$/.exec(again) ?? [];
      assert.equal(await services.blocks.blocks.count('homeserver'), 0);
      assert.match(await ask(services, `${command} ${other}`, true), /is shut out for everybody/);
      const [block] = await services.blocks.blocks.list('homeserver', 0, 1);
      assert.equal(block?.reason, command.endsWith('spam') ? 'spam' : undefined);
      assert.match(await ask(services, 'unban 1', true), /not shut out any more/);
    }
  });

  it('refuse what names nothing', async () => {
    const services = fakeServices();
    for (const wrong of ['ban', 'ban everything', 'ban person', 'ban server xmpp', 'ban network', 'bans x'])
      assert.match(await ask(services, wrong, true), /This is how/, wrong);
    for (const domain of ['a@b', '*.'])
      assert.match(await ask(services, `ban server xmpp ${domain}`, true), /not a server/, domain);
    assert.match(await ask(services, 'ban network smoke', true), /no network smoke/);
    assert.match(await ask(services, 'unban server xmpp example.net', true), /is not shut out/);
  });
});
