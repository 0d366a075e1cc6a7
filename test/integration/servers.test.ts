import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { xml } from '@xmpp/client';
import pg from 'pg';
import { stringify } from 'yaml';
import { freePort } from '../support/free-port.ts';
import { MatrixUser } from '../support/matrix-user.ts';
import { startPostgres } from '../support/postgres.ts';
import { startProsody } from '../support/prosody.ts';
import { makeRunDir } from '../support/run-dir.ts';
import { startSynapse } from '../support/synapse.ts';
import type { Encryption } from '../support/user-crypto.ts';
import { BareComponent } from '../support/xmpp-component.ts';
import { attribute, bodyOf } from '../support/xmpp-stanzas.ts';
import { parseSlot, putFile, slotRequest } from '../support/xmpp-upload.ts';
import { XmppUser } from '../support/xmpp-user.ts';

const PNG = Uint8Array.from(
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
);

describe('Synapse under test', () => {
  it('serves two people every kind of event, with an application service registered', async () => {
    await using dir = await makeRunDir('synapse');
    const registration = await writeRegistration(dir.path);
    await using synapse = await startSynapse({ dir: join(dir.path, 'hs'), registrations: [registration] });
    await using alice = await login(synapse, 'alice');
    await using bob = await login(synapse, 'bob');

    const ghost = await fetch(`${synapse.baseUrl}/_matrix/client/v3/register`, {
      method: 'POST',
      headers: { authorization: 'Bearer as-token' },
      body: JSON.stringify({ type: 'm.login.application_service', username: '_dummy_ghost' }),
    });
    assert.equal(ghost.status, 200);

    const room = await alice.createDirectRoom(bob.userId);
    const invite = await bob.waitForInvite(({ roomId }) => roomId === room);
    assert.deepEqual(invite, { roomId: room, inviter: alice.userId, isDirect: true });
    await bob.join(room);
    assert.deepEqual(await alice.memberships(room), { [alice.userId]: 'join', [bob.userId]: 'join' });

    const first = await alice.sendText(room, 'first');
    await bob.waitForText(room, 'first');
    const reply = await bob.reply(room, first, 'second');
    const edit = await alice.edit(room, first, 'first, better');
    const reaction = await bob.react(room, first, '👍');
    const image = await alice.sendFile(room, { name: 'dot.png', type: 'image/png', bytes: PNG });
    const redaction = await bob.redact(room, reply, 'a slip');
    await bob.waitForEvent(room, ({ eventId }) => eventId === redaction);

    const seen = bob.timeline(room).filter(({ stateKey }) => stateKey === undefined);
    assert.deepEqual(
      seen.map(({ eventId }) => eventId),
      [first, reply, edit, reaction, image, redaction],
    );
    assert.equal(seen[1]?.inReplyTo, first);
    assert.deepEqual(seen[2]?.relation, { type: 'm.replace', eventId: first, key: undefined });
    assert.deepEqual(seen[3]?.relation, { type: 'm.annotation', eventId: first, key: '👍' });
    assert.equal(seen[5]?.redacts, reply);
    const picture = await bob.downloadMedia(String(seen[4]?.content['url']));
    assert.deepEqual(picture, { type: 'image/png', bytes: PNG });
  });

  it('serves two people at encrypting clients', async () => {
    await using dir = await makeRunDir('synapse');
    await using synapse = await startSynapse({ dir: dir.path, registrations: [] });
    await using alice = await login(synapse, 'alice', {});
    await using bob = await login(synapse, 'bob', { isolation: 'signed-devices' });
    const room = await alice.createDirectRoom(bob.userId);
    await bob.waitForInvite(({ roomId }) => roomId === room);
    await bob.join(room);
    await bob.waitForEvent(room, ({ type }) => type === 'm.room.encryption');

    const text = await alice.sendText(room, 'for your eyes only');
    const image = await alice.sendFile(room, { name: 'dot.png', type: 'image/png', bytes: PNG });
    const reaction = await bob.react(room, text, '👍');
    const said = await bob.waitForText(room, 'for your eyes only');
    assert.equal(said.encrypted, true);
    assert.equal(await bob.shieldOf(room, text), 'none');
    const shown = await bob.waitForText(room, 'dot.png');
    const picture = await bob.downloadMedia(String(shown.content['url']));
    assert.deepEqual(picture, { type: 'application/octet-stream', bytes: PNG });
    assert.equal(shown.eventId, image);
    const reacted = await alice.waitForEvent(room, ({ eventId }) => eventId === reaction);
    assert.equal(reacted.encrypted, false);
    assert.equal(await alice.shieldOf(room, reaction), undefined);

    await using unsigned = await login(synapse, 'carol', { signed: false });
    await alice.sdk.invite(room, unsigned.userId);
    await unsigned.join(room);
    await unsigned.waitForEvent(room, ({ type }) => type === 'm.room.encryption');
    const from = await unsigned.sendText(room, 'from a device that nobody has signed');
    await alice.waitForText(room, 'from a device that nobody has signed');
    assert.equal(await alice.shieldOf(room, from), 'red');
    const closed = await bob.waitForEvent(room, ({ eventId }) => eventId === from);
    assert.notEqual(closed.content['body'], 'from a device that nobody has signed');
  });

  it('keeps rooms over a crash, and freezes and thaws', async () => {
    await using dir = await makeRunDir('synapse');
    await using synapse = await startSynapse({ dir: dir.path, registrations: [], serverName: 'hs.test' });
    await using alice = await login(synapse, 'alice');
    assert.equal(alice.userId, '@alice:hs.test');
    const room = await alice.createRoom();
    await alice.sendText(room, 'before');
    await synapse.kill();
    await synapse.restart();
    await alice.sendText(room, 'after');
    await alice.waitForText(room, 'after', 20_000);
    assert.deepEqual(
      alice.timeline(room).flatMap(({ content }) => content['body'] ?? []),
      ['before', 'after'],
    );

    const versions = (): Promise<Response> =>
      fetch(`${synapse.baseUrl}/_matrix/client/versions`, { signal: AbortSignal.timeout(700) });
    synapse.pause();
    await assert.rejects(versions());
    synapse.resume();
    assert.equal((await versions()).status, 200);
  });

  it('tells why it did not start', async () => {
    await using dir = await makeRunDir('synapse');
    const config = { signing_key_path: join(dir.path, 'nowhere', 'x.key'), presence: 'nonsense' };
    await assert.rejects(startSynapse({ dir: dir.path, registrations: [], config }), /Synapse ended with/);
  });
});

describe('Prosody under test', () => {
  const component = { domain: 'bridge.xmpp.localhost', secret: 'a "secret"' };
  const users = [
    { local: 'ann', password: 'pass "word" \\' },
    { local: 'bob.b', password: 'pw' },
  ];

  it('carries messages between two people, receipted and archived, and over a restart', async () => {
    await using dir = await makeRunDir('prosody');
    await using prosody = await startProsody({ dir: dir.path, components: [], users });
    const { service, domain } = prosody;
    await using ann = await XmppUser.login({ service, domain, username: 'ann', password: 'pass "word" \\' });
    await using bob = await XmppUser.login({ service, domain, username: 'bob.b', password: 'pw' });
    const first = await ann.sendText(bob.jid, 'hello');
    const heard = await bob.waitForText('hello');
    assert.equal(attribute(heard, 'id'), first);
    await ann.waitFor((stanza) => stanza.getChild('received')?.attrs['id'] === first);
    const archived = await bob.archive(ann.jid);
    assert.deepEqual(
      archived.flatMap(({ message }) => bodyOf(message) ?? []),
      ['hello'],
    );

    await prosody.restart();
    await Promise.all([ann.online(), bob.online()]);
    await ann.sendText(bob.jid, 'hello again');
    await bob.waitForText('hello again');
  });

  it('lets an external component in, with file upload for it', async () => {
    await using dir = await makeRunDir('prosody');
    await using prosody = await startProsody({ dir: dir.path, components: [component], users });
    const { componentService, service, domain, uploadDomain } = prosody;
    const wrong = { service: componentService, domain: component.domain, secret: 'wrong' };
    await assert.rejects(BareComponent.connect(wrong));
    await using bare = await BareComponent.connect({ service: componentService, ...component });
    await using ann = await XmppUser.login({ service, domain, username: 'ann', password: 'pass "word" \\' });

    await ann.sendText(`ghost@${component.domain}`, 'to the ghost');
    const heard = await bare.waitFor((stanza) => bodyOf(stanza) === 'to the ghost');
    assert.equal(attribute(heard, 'from'), ann.fullJid);
    const from = `ghost@${component.domain}`;
    await bare.send(xml('message', { from, to: ann.jid, type: 'chat' }, xml('body', {}, 'from the ghost')));
    await ann.waitForText('from the ghost');

    const file = { name: 'dot.png', type: 'image/png', bytes: PNG };
    const slot = parseSlot(await bare.request('get', component.domain, uploadDomain, slotRequest(file)));
    assert(slot.get.startsWith(prosody.uploadUrl));
    const response = await fetch(await putFile(slot, file));
    assert.equal(response.headers.get('content-type'), 'image/png');
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()), PNG);
  });
});

describe('PostgreSQL under test', () => {
  it('keeps what was committed over a crash, durably configured', async () => {
    await using dir = await makeRunDir('postgres');
    await using postgres = await startPostgres({ dir: dir.path });
    const url = await postgres.createDatabase('a "database"');
    await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await postgres.kill();
    await assert.rejects(query(url, 'SELECT 1'));
    await postgres.restart();
    assert.deepEqual(await query(url, 'SELECT answer FROM kept'), [{ answer: 42 }]);
    assert.deepEqual(await query(url, 'SHOW fsync'), [{ fsync: 'on' }]);
    await postgres.dropDatabase('a "database"');
    await assert.rejects(query(url, 'SELECT 1'), /does not exist/);
  });
});

async function login(
  synapse: Awaited<ReturnType<typeof startSynapse>>,
  name: string,
  encryption?: Encryption,
): Promise<MatrixUser> {
  const { userId, password } = await synapse.createUser(name, `password of ${name}`);
  const account = { baseUrl: synapse.baseUrl, userId, password, displayName: name.toUpperCase() };
  return MatrixUser.login({ ...account, ...(encryption === undefined ? {} : { encryption }) });
}

async function writeRegistration(dir: string): Promise<string> {
  const path = join(dir, 'registration.yaml');
  const content = {
    id: 'dummy',
    url: `http://127.0.0.1:${await freePort()}`,
    as_token: 'as-token',
    hs_token: 'hs-token',
    sender_localpart: '_dummy_sender',
    rate_limited: false,
    namespaces: { users: [{ regex: '@_dummy_.*', exclusive: true }] },
  };
  await writeFile(path, stringify(content));
  return path;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows }: { rows: unknown[] } = await client.query(sql);
    return rows;
  } finally {
    await client.end();
  }
}
