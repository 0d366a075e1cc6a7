import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageEvent } from '../../src/core/event.ts';
import {
  matrixEventId,
  matrixUserId,
  networkId,
  portalId,
  remoteChatId,
  remoteMessageId,
  remoteUserId,
  roomId,
} from '../../src/core/ids.ts';
import type { Media } from '../../src/core/media.ts';
import type { Portal, PortalIntent } from '../../src/core/portal.ts';
import { freePort } from '../support/free-port.ts';
import { startMatrixSide, writeRegistration, type MatrixSideUnderTest } from '../support/matrix-side.ts';
import { MatrixUser } from '../support/matrix-user.ts';
import { makeRunDir, type RunDir } from '../support/run-dir.ts';
import { startSynapse, type Synapse } from '../support/synapse.ts';

const xmpp = networkId('xmpp');
const bob = remoteUserId('Bob@example.org');
const bobGhost = '@_xmpp_=42ob=40example.org:localhost';
const profile = { userId: bob, chat: remoteChatId(bob), name: 'Bob' };
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

let dir: RunDir;
let port: number;
let synapse: Synapse;
let link: MatrixSideUnderTest;
let alice: MatrixUser;
let portal: Portal;
let opened = 0;

before(async () => {
  dir = await makeRunDir('matrix-link');
  port = await freePort();
  const registration = await writeRegistration(dir.path, port);
  synapse = await startSynapse({ dir: join(dir.path, 'synapse'), registrations: [registration] });
  await synapse.createUser('alice', 'secret');
  alice = await MatrixUser.login({
    baseUrl: synapse.baseUrl,
    userId: '@alice:localhost',
    password: 'secret',
  });
  link = await startMatrixSide({ homeserverUrl: synapse.baseUrl, serverName: 'localhost', port });
  portal = await openPortal(bob);
});

after(async () => {
  alice.stop();
  await link[Symbol.asyncDispose]();
  await synapse[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

describe('ghosts', () => {
  it('have an account, a device and a name that is kept in step', async () => {
    const before = await link.side.client.request({
      method: 'GET',
      path: '/_matrix/client/v3/devices',
      as: { userId: matrixUserId(bobGhost), deviceId: undefined },
    });
    assert.equal(before.kind, 'ok');
    const devices = before.kind === 'ok' ? (before.body['devices'] as readonly { device_id: string }[]) : [];
    assert.deepEqual(
      devices.map((device) => device.device_id),
      ['CAUSEWAY'],
    );
    assert.equal((await alice.sdk.getProfileInfo(bobGhost)).displayname, 'Bob');
    await link.side.ghosts.ensure(xmpp, bob, { name: 'Robert' });
    assert.equal((await alice.sdk.getProfileInfo(bobGhost)).displayname, 'Robert');
  });

  it('are made when somebody invites one that does not exist', async () => {
    const room = await alice.createDirectRoom('@_xmpp_new=40example.org:localhost');
    const arrival = await link.kept.waitFor(
      (kept) => kept.room === room && kept.raw.includes('_xmpp_new'),
      10_000,
    );
    const invited = link.side.open(arrival, 'cause');
    assert.equal(invited.kind, 'ghost-invited');
    assert.equal(
      (await alice.sdk.getProfileInfo('@_xmpp_new=40example.org:localhost')).displayname,
      'Asked For',
    );
    const adopting = {
      ...portal,
      id: portalId('adopted'),
      remote: remoteUserId('new@example.org'),
      room: roomId(room),
    };
    const adopted = await link.side.rooms.adopt(adopting, { ...profile, name: undefined });
    assert.equal(adopted.kind, 'room');
    assert.deepEqual(await alice.memberships(room), {
      '@alice:localhost': 'join',
      '@_xmpp_new=40example.org:localhost': 'join',
    });
  });

  it('do not stay in a room of more than two', async () => {
    await synapse.createUser('carol', 'secret');
    const room = await alice.createDirectRoom('@_xmpp_third=40example.org:localhost');
    await alice.sdk.invite(room, '@carol:localhost');
    const adopting = {
      ...portal,
      id: portalId('group'),
      remote: remoteUserId('third@example.org'),
      room: roomId(room),
    };
    const adopted = await link.side.rooms.adopt(adopting, { ...profile, name: undefined });
    assert.equal(adopted.kind === 'failed' ? adopted.reason : adopted.kind, 'forbidden');
    assert.equal((await alice.memberships(room))['@_xmpp_third=40example.org:localhost'], 'leave');
    const gone = await link.side.rooms.adopt({ ...adopting, room: roomId(room) }, profile);
    assert.equal(gone.kind === 'failed' ? gone.reason : gone.kind, 'portal-closed');
  });
});

describe('portals', () => {
  it('are made once, however often they are asked for', async () => {
    const intent = intentFor('twice', remoteUserId('twice@example.org'));
    const first = await link.side.rooms.create(intent, { ...profile, name: 'Twice' }, false);
    const second = await link.side.rooms.create(intent, { ...profile, name: 'Twice' }, true);
    assert.equal(first.kind, 'room');
    assert.deepEqual(second, first);
  });

  it('have the two as members with power, and history for the invited', async () => {
    assert.deepEqual(await alice.memberships(portal.room), {
      '@alice:localhost': 'join',
      [bobGhost]: 'join',
    });
    const visibility = await alice.sdk.getStateEvent(portal.room, 'm.room.history_visibility', '');
    assert.equal(visibility['history_visibility'], 'invited');
    const create = await alice.sdk.getStateEvent(portal.room, 'm.room.create', '');
    assert.equal(create['m.federate'], false);
  });

  it('are told to be closed where the ghost was put out', async () => {
    const closing = await openPortal(remoteUserId('kicked@example.org'));
    await alice.sdk.kick(closing.room, '@_xmpp_kicked=40example.org:localhost');
    const sent = await message(closing, 'kicked-1', 'hello?');
    assert.equal(sent?.kind === 'failed' ? sent.reason : sent?.kind, 'portal-closed');
  });
});

describe('messages', () => {
  it('show once, however often they are sent', async () => {
    const first = await message(portal, 'cause-1', 'only once');
    const second = await message(portal, 'cause-1', 'only once');
    assert.equal(first?.kind, 'sent');
    assert.deepEqual(second, first);
    await message(portal, 'cause-2', 'the end');
    await alice.waitForText(portal.room, 'the end');
    const shown = alice.timeline(portal.room).filter((event) => event.content['body'] === 'only once');
    assert.equal(shown.length, 1);
    assert.equal(shown[0]?.sender, bobGhost);
  });

  it('are kept as they come from users, without the echoes of the ghosts', async () => {
    const eventId = await alice.sendText(portal.room, 'from alice');
    const arrival = await link.kept.waitFor((kept) => kept.eventId === eventId, 10_000);
    const parsed = link.side.open(arrival, 'cause');
    assert.equal(parsed.kind === 'event' && parsed.event.kind, 'message');
    assert.ok(!link.kept.all.some((kept) => kept.raw.includes('only once')));
  });

  it('carry reactions that are added and taken back, and are redacted', async () => {
    const sent = await message(portal, 'cause-3', 'react to this');
    assert.equal(sent?.kind, 'sent');
    const target = {
      eventIds: [
        sent.kind === 'sent' ? (sent.eventIds[0] ?? matrixEventId('$none')) : matrixEventId('$none'),
      ] as const,
      messageIds: [remoteMessageId('m')] as const,
      author: { in: 'remote', userId: bob } as const,
    };
    const base = {
      kind: 'reaction',
      sender: { in: 'remote', userId: bob },
      name: undefined,
      at: Date.now(),
      target,
    } as const;
    const set = { emojis: ['👍', '🎉'], previous: [], previousEvents: new Map<string, never>() };
    const { signal } = new AbortController();
    const added = await link.side.handlers.reaction?.(
      { ...base, cause: 'r1', reactions: set },
      portal,
      signal,
    );
    assert.equal(added?.kind, 'sent');
    // The same under another cause: the homeserver says that it is there, and it is found.
    const again = await link.side.handlers.reaction?.(
      { ...base, cause: 'r1-lost', reactions: set },
      portal,
      signal,
    );
    assert.deepEqual(again, added);
    const events = added.kind === 'sent' ? added.reactionEvents : new Map<string, never>();
    const reactions = { emojis: ['🎉'], previous: ['👍', '🎉'], previousEvents: events };
    await link.side.handlers.reaction?.({ ...base, cause: 'r2', reactions }, portal, signal);
    const gone = await alice.waitForEvent(portal.room, (event) => event.type === 'm.room.redaction');
    assert.equal(gone.sender, bobGhost);
  });
});

describe('media', () => {
  it('crosses as a stream both ways, with and without an announced length', async () => {
    for (const size of [png.byteLength, undefined]) {
      const cause = `image-${String(size)}`;
      const sent = await send(portal, cause, { kind: 'media', media: image(png, size), caption: undefined });
      assert.equal(sent?.kind, 'sent');
      const eventId = sent.kind === 'sent' ? sent.eventIds[0] : undefined;
      const event = await alice.waitForEvent(portal.room, (seen) => seen.eventId === eventId);
      const { bytes, type } = await alice.downloadMedia(String(event.content['url']));
      assert.deepEqual(Buffer.from(bytes), png);
      assert.equal(type, 'image/png');
    }
    const eventId = await alice.sendFile(portal.room, {
      name: 'a.png',
      type: 'image/png',
      bytes: new Uint8Array(png),
    });
    const arrival = await link.kept.waitFor((kept) => kept.eventId === eventId, 10_000);
    const parsed = link.side.open(arrival, 'cause');
    assert.ok(
      parsed.kind === 'event' && parsed.event.kind === 'message' && parsed.event.content.kind === 'media',
    );
    const { signal } = new AbortController();
    const transfer = await parsed.event.content.media.open(signal);
    assert.equal(transfer.kind, 'open');
    const chunks = transfer.kind === 'open' ? await Array.fromAsync(transfer.stream) : [];
    assert.deepEqual(Buffer.concat(chunks), png);
  });

  it('is refused where its type lies', async () => {
    const sent = await send(portal, 'lie', {
      kind: 'media',
      media: image(Buffer.from('<svg/>'), 6),
      caption: undefined,
    });
    assert.equal(sent?.kind === 'failed' ? sent.reason : sent?.kind, 'media-type-mismatch');
  });
});

describe('reports', () => {
  it('go to the management room, which is made once', async () => {
    const text = { plain: 'a line', html: undefined };
    const user = matrixUserId('@alice:localhost');
    assert.equal(await link.side.reporter.notice(user, 'line-1', text), undefined);
    assert.equal(await link.side.reporter.notice(user, 'line-1', text), undefined);
    const invite = await alice.waitForInvite((candidate) => candidate.inviter === '@causeway:localhost');
    await alice.join(invite.roomId);
    assert.equal(
      await link.side.reporter.notice(user, 'line-2', { plain: 'another', html: undefined }),
      undefined,
    );
    await alice.waitForText(invite.roomId, 'another');
    await link.stores.users.put({ userId: user, managementRoom: undefined, language: undefined });
    assert.equal(
      await link.side.reporter.notice(user, 'line-3', { plain: 'a third', html: undefined }),
      undefined,
    );
    await alice.waitForText(invite.roomId, 'a third');
    assert.equal(
      alice.timeline(invite.roomId).filter((event) => event.content['body'] === 'a line').length,
      1,
    );
  });

  it('of a message are status events of the ghost', async () => {
    const eventId = matrixEventId(await alice.sendText(portal.room, 'how did it go?'));
    assert.equal(
      await link.side.reporter.status(portal, eventId, { kind: 'outcome', outcome: { kind: 'sent' } }),
      undefined,
    );
    const status = await alice.waitForEvent(
      portal.room,
      (event) => event.type === 'com.beeper.message_send_status',
    );
    assert.equal(status.content['status'], 'SUCCESS');
    assert.equal(status.sender, bobGhost);
  });
});

describe('the link', () => {
  it('answers a ping that goes both ways', async () => {
    assert.equal(await link.side.ping(), undefined);
  });

  it('fetches what was missed, in order, when it is back', async () => {
    const { stores } = link;
    await link[Symbol.asyncDispose]();
    const ids: string[] = [];
    for (const text of ['missed 1', 'missed 2', 'missed 3'])
      ids.push(await alice.sendText(portal.room, text));
    // A homeserver that restarts forgets what it had not delivered.
    await synapse.restart();
    link = await startMatrixSide({ homeserverUrl: synapse.baseUrl, serverName: 'localhost', port, stores });
    await link.kept.waitFor((kept) => kept.eventId === ids.at(-1), 20_000);
    const kept = link.kept.all.map((arrival) => arrival.eventId as string).filter((id) => ids.includes(id));
    assert.deepEqual(kept, ids);
  });

  it('notices by itself that the homeserver was away', async () => {
    const { kept, side } = link;
    await synapse.restart();
    await until(() => side.health().kind === 'up');
    const eventId = await alice.sendText(portal.room, 'after the restart');
    await kept.waitFor((arrival) => arrival.eventId === eventId, 20_000);
    assert.ok(link.log.lines.some((line) => line.fields['state'] === 'down'));
  });
});

async function openPortal(remote: ReturnType<typeof remoteUserId>): Promise<Portal> {
  opened += 1;
  const intent = intentFor(`portal-${opened}`, remote);
  await link.stores.portals.intend(intent);
  const made = await link.side.rooms.create(intent, { ...profile, name: 'Bob' }, false);
  assert.equal(made.kind, 'room');
  await alice.join(made.room);
  return link.stores.portals.opened(intent.id, made.room);
}

function intentFor(id: string, remote: ReturnType<typeof remoteUserId>): PortalIntent {
  const key = { network: xmpp, chat: remoteChatId(remote), receiver: matrixUserId('@alice:localhost') };
  return { id: portalId(id), key, remote, room: undefined };
}

function message(to: Portal, cause: string, plain: string): ReturnType<typeof send> {
  return send(to, cause, { kind: 'text', style: 'normal', text: { plain, html: undefined } });
}

async function send(to: Portal, cause: string, content: MessageEvent['content']) {
  const sender = { in: 'remote', userId: to.remote } as const;
  const event: MessageEvent = {
    kind: 'message',
    cause,
    sender,
    name: undefined,
    at: Date.now(),
    content,
    replyTo: undefined,
  };
  return link.side.handlers.message?.(event, to, AbortSignal.timeout(20_000));
}

function image(bytes: Buffer, size: number | undefined): Media {
  return {
    kind: 'image',
    name: 'image.png',
    mimetype: 'image/png',
    size: undefined,
    width: 1,
    height: 1,
    duration: undefined,
    open: async () => ({ kind: 'open', stream: chunks(bytes), size, mimetype: 'image/png' }),
  };
}

async function* chunks(bytes: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += 10) yield bytes.subarray(at, at + 10);
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !condition(); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(condition());
}
