import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCommand } from '../../../src/commands/run.ts';
import { matrixUserId, networkId, remoteUserId } from '../../../src/core/ids.ts';
import { alice, fakeServices, type FakeServices } from './services.ts';

const ask = async (
  services: FakeServices,
  text: string,
  { language = 'en', admin = false }: { readonly language?: 'en' | 'ar'; readonly admin?: boolean } = {},
): Promise<string> =>
  (await runCommand({ user: alice, text, language, admin }, services)).plain.replace(/[\u2066-\u2069]/g, '');
const xmpp = networkId('xmpp');

describe('enable', () => {
  it('says who can reach the user, what the bridge reads, and what is missing there', async () => {
    const services = fakeServices();
    services.off.set('xmpp', { kind: 'off', state: 'never' });
    const answer = await ask(services, 'enable XMPP');
    assert.match(answer, /You can be reached on xmpp now/);
    assert.match(answer, /Everybody on xmpp who knows your address/);
    assert.match(answer, /The bridge reads all that passes/);
    assert.match(answer, /not end-to-end encrypted: the servers there can read/);
    assert.match(answer, /Not possible on xmpp: stickers,? (and )?polls/);
    assert.match(answer, /disable xmpp ends it/);
    assert.match(await ask(services, 'enable xmpp'), /can be reached on xmpp already/);
    const full = await ask(services, 'enable loopback');
    assert.match(full, /end-to-end encrypted as far as the bridge/);
    assert.doesNotMatch(full, /Not possible/);
  });

  it('says what rules leave out beside that, and where the chats will be', async () => {
    const services = fakeServices();
    services.ruled = ['sticker', 'call', 'image'];
    const answer = await ask(services, 'enable xmpp');
    assert.match(answer, /Left out by rules on xmpp, in one direction or both: .*(pictures|images)/i);
    assert.doesNotMatch(answer, /Left out by rules[^.]*stickers/);
    assert.match(answer, /stand in a space of their own\. space xmpp off puts/);
    services.hasSpaces = false;
    assert.match(await ask(services, 'enable xmpp'), /stand among the others\. space xmpp on gathers/);
  });

  it('says the same in Arabic', async () => {
    const services = fakeServices();
    services.off.set('xmpp', { kind: 'off', state: 'never' });
    const answer = await ask(services, 'enable xmpp', { language: 'ar' });
    assert.match(answer, /صار الوصول إليك على xmpp ممكنًا/);
    assert.match(answer, /الملصقات/);
  });

  it('shows where the user is without words', async () => {
    const services = fakeServices();
    services.off.set('loopback', { kind: 'off', state: 'disabling' });
    assert.equal(
      await ask(services, 'enable'),
      '• xmpp · State: enabled\n• loopback · State: being disabled',
    );
  });

  it('is refused with the reason to who may not, and while it is being ended', async () => {
    const services = fakeServices();
    services.off.set('xmpp', { kind: 'ineligible', why: 'no-region' });
    services.off.set('loopback', { kind: 'off', state: 'disabling' });
    assert.match(await ask(services, 'enable xmpp'), /it is for some regions only/);
    assert.match(await ask(services, 'enable loopback'), /still being disabled/);
    assert.match(await ask(services, 'enable nothing'), /nothing/);
    assert.match(await ask(services, 'enable xmpp now'), /how the command is written/);
  });

  it('names whom to ask, and lets an account be linked first where its number is what counts', async () => {
    const services = fakeServices();
    services.off.set('xmpp', { kind: 'ineligible', why: 'group' });
    assert.match(await ask(services, 'enable xmpp'), /please ask your administrator/);
    services.admins = [matrixUserId('@root:hs'), matrixUserId('@boss:hs')];
    assert.match(await ask(services, 'enable xmpp'), /please ask @root:hs or @boss:hs/);
    services.off.set('xmpp', { kind: 'ineligible', why: 'no-number' });
    const network = services.networks.get('xmpp');
    assert.ok(network !== undefined);
    assert.doesNotMatch(await ask(services, 'enable xmpp'), /Link your account/);
    assert.match(await ask(services, 'link xmpp alice@example.org'), /You cannot use xmpp yet/);
    const directory = { ...network.directory, numberOf: () => undefined };
    const numbered = { ...services, networks: new Map([['xmpp', { ...network, directory }]]) };
    assert.match(await ask(numbered, 'enable xmpp'), /Link your account there first: link xmpp/);
    assert.match(await ask(numbered, 'link xmpp alice@example.org'), /code/);
    services.off.set('xmpp', { kind: 'ineligible', why: 'region' });
    assert.match(await ask(numbered, 'link xmpp alice@example.org'), /not for your region/);
  });

  it('has to come before anything else on a network', async () => {
    const services = fakeServices();
    for (const network of ['xmpp', 'loopback'] as const)
      services.off.set(network, { kind: 'off', state: 'never' });
    for (const command of [
      'start xmpp bob@example.org',
      'link xmpp alice@example.org',
      'join loopback #salon',
      'create loopback #salon',
      'bridge xmpp salon@example.org !room:example.org',
    ])
      assert.match(await ask(services, command), /Write enable \w+ first/, command);
    assert.deepEqual([services.sent.size, services.entered, services.tied], [0, [], []]);
    services.off.set('xmpp', { kind: 'ineligible', why: 'group' });
    assert.match(await ask(services, 'start xmpp bob@example.org'), /none of the user groups/);
  });

  it('takes a password out of the room all the same', async () => {
    const services = fakeServices();
    services.off.set('loopback', { kind: 'off', state: 'never' });
    const message = { room: '!m:example.org', eventId: '$e' } as never;
    await runCommand(
      { user: alice, text: 'join loopback #salon secret', language: 'en', admin: false, message },
      services,
    );
    assert.deepEqual(services.redacted, ['$e']);
  });
});

describe('disable', () => {
  it('makes the user unreachable, once', async () => {
    const services = fakeServices();
    assert.match(await ask(services, 'disable xmpp'), /Nobody on xmpp can reach you any more/);
    assert.match(await ask(services, 'disable xmpp'), /cannot be reached on xmpp, as before/);
    assert.deepEqual(services.disabled, ['xmpp']);
    assert.match(await ask(services, 'disable'), /how the command is written/);
    assert.match(await ask(services, 'disable xmpp no'), /how the command is written/);
  });

  it('warns first where accounts are linked', async () => {
    const services = fakeServices();
    const remote = remoteUserId('alice@example.org');
    await services.logins.put({ user: alice, network: xmpp, remote, linkedAt: 0 });
    assert.match(await ask(services, 'disable xmpp'), /linked alice@example\.org on xmpp/);
    assert.deepEqual(services.disabled, []);
    assert.match(await ask(services, 'disable loopback'), /Nobody on loopback/);
    assert.match(await ask(services, 'disable xmpp yes'), /Nobody on xmpp/);
    assert.deepEqual(services.disabled, ['loopback', 'xmpp']);
  });
});

describe('strict', () => {
  it('is shown and chosen, and names the networks on which nothing passes any more', async () => {
    const services = fakeServices();
    assert.match(await ask(services, 'strict'), /Strict mode is off/);
    const on = await ask(services, 'strict ON');
    assert.match(on, /Strict mode is on/);
    assert.match(on, /Nothing passes on xmpp any more/);
    assert.match(on, /In groups, what others say is shown, without media and links/);
    assert.equal(services.strictness, 'on');
    assert.doesNotMatch(await ask(services, 'strict unencrypted'), /Nothing passes/);
    assert.equal(services.strictness, 'unencrypted');
    assert.match(await ask(services, 'strict off'), /Strict mode is off/);
    assert.match(await ask(services, 'strict maybe'), /how the command is written/);
    assert.equal(services.strictness, 'off');
  });
});

describe('region', () => {
  it('is declared, shown and taken away by administrators', async () => {
    const services = fakeServices();
    const admin = { admin: true };
    assert.match(await ask(services, `region ${alice}`, admin), /No region is declared/);
    assert.match(await ask(services, `region ${alice} de`, admin), /is DE\./);
    assert.match(await ask(services, `region ${alice} <b>`, admin), /is no region/);
    assert.match(await ask(services, 'region alice DE', admin), /is no user ID/);
    assert.equal(services.regions.get(alice), 'DE');
    assert.match(await ask(services, `region ${alice} none`, admin), /No region is declared/);
    assert.match(await ask(services, `region ${alice} FR`), /Only administrators/);
    assert.equal(services.regions.size, 0);
  });
});
