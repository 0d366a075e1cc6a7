import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import {
  aliasNamespaces,
  newPuppetRegistration,
  newRegistration,
  parseRegistration,
  readRegistration,
  userNamespaces,
  writeRegistration,
  type RegistrationPlan,
} from '../../src/registration.ts';

const plan: RegistrationPlan = {
  id: 'causeway',
  url: 'http://localhost:29340',
  domain: 'example.org',
  senderLocalpart: '_causeway',
  botLocalpart: 'causeway',
  ghostPrefix: '_',
  networks: ['xmpp', 'loopback'],
};

describe('a second registration', () => {
  it('covers the users of the homeserver and takes nothing from them, and nothing is sent to it', () => {
    const text = newPuppetRegistration(plan);
    const read = parseRegistration(text);
    assert.ok(read.kind === 'registration');
    const { id, url, sender_localpart: sender, namespaces } = read.registration;
    assert.equal(url, null);
    assert.deepEqual([id, sender], ['causeway-double-puppet', '_causeway_double_puppet']);
    const [users, ...more] = namespaces.users;
    assert.deepEqual([users?.exclusive, more], [false, []]);
    const covers = (user: string): boolean => new RegExp(`^(?:${users?.regex ?? ''})$`).test(user);
    assert.ok(covers('@alice:example.org'));
    assert.ok(!covers('@alice:exampleXorg') && !covers('@alice:other.org'));
    const written = parse(text) as Record<string, unknown>;
    assert.equal(written['rate_limited'], false);
    assert.ok(!('receive_ephemeral' in written));
  });

  it('has tokens of its own', () => {
    const tokens = [newRegistration(plan), newPuppetRegistration(plan), newPuppetRegistration(plan)].flatMap(
      (text) => {
        const read = parseRegistration(text);
        assert.ok(read.kind === 'registration');
        return [read.registration.as_token, read.registration.hs_token];
      },
    );
    assert.equal(new Set(tokens).size, 6);
  });
});

describe('a new registration', () => {
  it('has fresh tokens of 256 bits', () => {
    const tokens = [1, 2].flatMap(() => {
      const read = parseRegistration(newRegistration(plan));
      assert.ok(read.kind === 'registration');
      return [read.registration.as_token, read.registration.hs_token];
    });
    assert.equal(new Set(tokens).size, 4);
    for (const token of tokens) assert.match(token, /^[0-9a-f]{64}$/);
  });

  it('covers the ghosts and the bot, and nobody else', () => {
    const covers = (user: string): boolean =>
      userNamespaces(plan).some((regex) => new RegExp(`^(?:${regex})$`).test(user));
    for (const user of ['@_xmpp_bob=40x:example.org', '@_loopback_a:example.org', '@causeway:example.org'])
      assert.ok(covers(user), user);
    for (const user of [
      '@alice:example.org',
      '@_xmpp_bob:exampleXorg',
      '@_other_bob:example.org',
      '@_causeway:example.org',
      '@causewayx:example.org',
    ])
      assert.ok(!covers(user), user);
  });

  it('covers the aliases of groups, alone, and names what can be looked up', () => {
    const read = parseRegistration(newRegistration(plan));
    assert.ok(read.kind === 'registration');
    const [one, ...more] = read.registration.namespaces.aliases ?? [];
    assert.ok(one !== undefined && more.length === 0 && one.exclusive);
    const covers = (alias: string): boolean => new RegExp(`^(?:${one.regex})$`).test(alias);
    for (const alias of ['#_xmpp_room=40x:example.org', '#_loopback_=23a:example.org'])
      assert.ok(covers(alias));
    for (const alias of [
      '#room:example.org',
      '#_xmpp_room:exampleXorg',
      '#_irc_a:example.org',
      '@_xmpp_a:example.org',
    ])
      assert.ok(!covers(alias), alias);
    assert.deepEqual(read.registration.protocols, ['xmpp', 'loopback']);
    assert.deepEqual(aliasNamespaces({ ...plan, networks: [] }), []);
  });

  it('of an older release is read as it is', () => {
    for (const old of [{ aliases: [], rooms: [] }, { aliases: null }, {}]) {
      const written = parse(newRegistration(plan)) as { namespaces: { users: unknown }; protocols?: unknown };
      const namespaces = { users: written.namespaces.users, ...old };
      const read = parseRegistration(stringify({ ...written, protocols: undefined, namespaces }));
      assert.ok(read.kind === 'registration');
      assert.deepEqual(read.registration.namespaces.aliases ?? [], []);
      assert.equal(read.registration.protocols, undefined);
    }
  });

  it('says what homeservers need to know', () => {
    const written = parse(newRegistration(plan)) as Record<string, unknown>;
    assert.equal(written['rate_limited'], false);
    assert.equal(written['receive_ephemeral'], true);
    assert.equal(written['de.sorunome.msc2409.push_ephemeral'], true);
    assert.ok(
      (written['namespaces'] as { users: { exclusive: boolean }[] }).users.every(
        ({ exclusive }) => exclusive,
      ),
    );
  });
});

describe('the file', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'causeway-registration-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('is for its owner alone, and is not overwritten by chance', () => {
    const file = join(folder, 'registration.yaml');
    assert.equal(writeRegistration(file, newRegistration(plan), false), 'written');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const first = readFileSync(file, 'utf8');
    assert.equal(writeRegistration(file, newRegistration(plan), false), 'exists');
    assert.equal(readFileSync(file, 'utf8'), first);
    assert.equal(writeRegistration(file, newRegistration(plan), true), 'written');
    assert.notEqual(readFileSync(file, 'utf8'), first);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(writeRegistration(join(folder, 'absent', 'r.yaml'), 'x', false), { code: 'ENOENT' });
  });

  it('that is absent is told by its code', () => {
    assert.deepEqual(readRegistration(join(folder, 'absent.yaml')), { kind: 'unreadable', code: 'ENOENT' });
  });
});

describe('reading a registration', () => {
  it('refuses the sample of the repository', () => {
    const sample = readFileSync(new URL('../../registration.yaml', import.meta.url), 'utf8');
    assert.deepEqual(parseRegistration(sample), { kind: 'placeholder' });
  });

  it('names the field that is wrong, never what it holds', () => {
    const weak = newRegistration(plan).replace(/hs_token: .*/, 'hs_token: hunter2');
    assert.deepEqual(parseRegistration(weak), { kind: 'invalid', detail: 'hs_token' });
    assert.deepEqual(parseRegistration('id: x\nurl: y\nas_token: [hunter2]'), {
      kind: 'invalid',
      detail: 'as_token',
    });
  });

  it('survives any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => assert.notEqual(parseRegistration(text).kind, 'registration')),
    );
  });
});
