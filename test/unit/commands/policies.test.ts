import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCommand } from '../../../src/commands/run.ts';
import { roomId } from '../../../src/core/ids.ts';
import { failedForGood, failedForNow } from '../../../src/core/outcome.ts';
import type { ListNews } from '../../../src/core/policy-list-follower.ts';
import { newsLine } from '../../../src/policy-lines.ts';
import { languages } from '../../../src/texts/catalogue.ts';
import { aChange, aList, aRule, listRoom } from '../../support/policy-lists.ts';
import { alice, fakeServices, type FakeServices } from './services.ts';

const ask = async (services: FakeServices, text: string, admin = true): Promise<string> =>
  (await runCommand({ user: alice, text, language: 'en', admin }, services)).plain;

async function followed(...rules: readonly ReturnType<typeof aRule>[]): Promise<FakeServices> {
  const services = fakeServices();
  services.lists.rooms.states.set(listRoom, rules.map(aChange));
  await ask(services, `policies follow ${listRoom}`);
  return services;
}

describe('`policies`', () => {
  it('is for administrators', async () => {
    for (const command of ['policies', 'policies follow !a:b', 'policies allow server x'])
      assert.match(await ask(fakeServices(), command, false), /Only administrators/);
  });

  it('follows a list, shows it, and leaves it', async () => {
    const services = fakeServices();
    assert.match(await ask(services, 'policies'), /No policy lists are followed/);
    services.lists.rooms.names.set('#bans:lists.example', listRoom);
    services.lists.rooms.states.set(listRoom, [aChange(aRule('server', 'evil.example'))]);
    const answer = await ask(services, 'policies follow #bans:lists.example XMPP');
    assert.match(answer, /#bans:lists\.example is followed: 1 of its rules/);
    assert.match(await ask(services, 'policies follow #bans:lists.example xmpp'), /followed already/);
    const shown = await ask(services, 'policies');
    assert.match(shown, /1 policy list is followed.*#bans:lists\.example.*Rules: 1.*read.*xmpp.*@alice/s);
    assert.match(await ask(services, 'policies unfollow 2'), /No policy list 2/);
    assert.match(await ask(services, 'policies unfollow 1'), /not followed any more/);
    assert.match(await ask(services, 'policies unfollow #bans:lists.example'), /No policy list #bans/);
  });

  it('says why a list is not followed', async () => {
    const services = fakeServices();
    assert.match(await ask(services, 'policies follow nonsense'), /not a room’s id or alias/);
    assert.match(await ask(services, 'policies follow !own:example.org'), /room of the bridge itself/);
    assert.match(await ask(services, `policies follow ${listRoom} smoke`), /no network smoke/);
    services.lists.rooms.names.set(listRoom, failedForNow('link-down'));
    assert.match(await ask(services, `policies follow ${listRoom}`), /could not be entered.*connection/);
    services.lists.rooms.names.set(listRoom, failedForGood('forbidden'));
    assert.match(await ask(services, `policies follow ${listRoom}`), /Please invite @/);
    assert.match(await ask(services, 'policies'), /may not read it/);
    await services.lists.book.putList(aList({ by: 'config' }));
    assert.match(await ask(services, 'policies unfollow 1'), /stands in the configuration/);
    for (const wrong of [
      'policies x',
      'policies follow',
      'policies unfollow',
      'policies refused x',
      'policies allow',
      'policies allow planet x',
      'policies disallow user x y',
      'policies allowed 0',
    ])
      assert.match(await ask(services, wrong), /This is how/, wrong);
  });

  it('shows what is not taken, and why', async () => {
    const services = await followed();
    assert.match(await ask(services, 'policies refused'), /All rules.*in force/);
    const bad = [aRule('user', '*'), aRule('server', 'example.org'), aRule('server', 'evil.example')];
    await services.lists.book.change(listRoom, bad.map(aChange));
    const shown = await ask(services, 'policies refused');
    assert.match(shown, /2 rules.*\*.*rule:\*.*mean everybody.*example\.org.*mean this homeserver/s);
    assert.ok(!shown.includes('evil.example'));
    assert.match(await ask(services, 'policies refused 2'), /nothing here/);
    assert.match(await ask(services, 'policies'), /Not taken: 2/);
  });

  it('exempts by name, and shows what is exempted', async () => {
    const services = await followed(aRule('server', 'evil.example'));
    assert.match(await ask(services, 'policies allowed'), /Nothing is exempted/);
    assert.match(
      await ask(services, 'policies allow server EVIL.example our friends'),
      /evil\.example is exempted/,
    );
    assert.match(await ask(services, 'policies allow server evil.example'), /exempted already/);
    const shown = await ask(services, 'policies allowed');
    assert.match(shown, /server evil\.example.*@alice.*our friends.*policies disallow server evil\.example/s);
    assert.match(await ask(services, 'policies disallow server evil.example'), /not exempted any more/);
    assert.match(await ask(services, 'policies disallow server evil.example'), /is not exempted/);
    assert.match(await ask(services, `policies allow user ${'x'.repeat(600)}`), /cannot be the name/);
  });
});

describe('`bans` and `unban`, with policy lists', () => {
  it('show rules behind the bans of administrators, page by page', async () => {
    const rules = Array.from({ length: 25 }, (_, count) =>
      aRule('server', `s${count}.example`, { key: `k${count}`, reason: `because ${count}` }),
    );
    const services = await followed(...rules);
    const first = await ask(services, 'bans');
    assert.match(first, /25 more are shut out.*server s0\.example.*!list.*k0.*@author.*because 0.*bans 2/s);
    assert.match(first, /policies allow server s0\.example/);
    const second = await ask(services, 'bans 2');
    assert.ok(
      second.includes('s24.example') && !second.includes('s19.example') && !second.includes('bans 3'),
    );
    assert.match(await ask(services, 'bans 3'), /nothing here/);
    await ask(services, 'ban person xmpp bob@example.net');
    const mixed = await ask(services, 'bans');
    assert.match(mixed, /1 is shut out.*bob@example\.net.*25 more.*s18\.example.*bans 2/s);
    assert.ok(!mixed.includes('s19.example'));
    assert.ok((await ask(services, 'bans 2')).includes('s19.example'));
  });

  it('exempt whom a list shuts out, whether or not an administrator has too', async () => {
    const services = await followed(
      aRule('user', '@_xmpp_b*=40example.net:example.org', { key: 'k' }),
      aRule('server', '*.evil.example'),
    );
    const answer = await ask(services, 'unban person xmpp bob@example.net');
    assert.match(
      answer,
      /exempted from the policy list !list.*rule k, set by @author.*policies disallow user xmpp:bob@example\.net/,
    );
    assert.match(await ask(services, 'policies allowed'), /unban person xmpp bob@example\.net/);
    await ask(services, 'ban person xmpp bill@example.net');
    const both = await ask(services, 'unban person xmpp bill@example.net');
    assert.match(both, /not shut out any more[^]*exempted from the policy list/);
    assert.match(await ask(services, 'unban person xmpp carol@example.net'), /is not shut out/);
  });
});

describe('what administrators are told of policy lists', () => {
  it('is said in every language', () => {
    const list = aList({ name: roomId('!named:lists.example') });
    const refused = { everybody: 1, own: 2, broken: 3, 'too-many': 4, 'too-many-patterns': 5 };
    const all: readonly ListNews[] = [
      { kind: 'refused', list, refused },
      { kind: 'trouble', list, trouble: 'shut-out' },
      { kind: 'trouble', list, trouble: 'too-large' },
    ];
    for (const language of languages)
      for (const news of all) {
        const { plain } = newsLine(language, news);
        assert.ok(plain.includes('!named:lists.example') && !plain.includes('undefined'));
      }
    const [first] = all;
    assert.ok(
      first &&
        /1 would mean everybody, 2 would .*, 3 cannot .*, 9 are more/.test(newsLine('en', first).plain),
    );
  });
});
