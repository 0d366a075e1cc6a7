import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { matrixEventId, matrixUserId } from '../../src/core/ids.ts';
import type { DirectPortal } from '../../src/core/portal.ts';
import { bob, bobGhost, failureOf, imageOf, MatrixLink, sentIds } from '../support/matrix-link.ts';
import { MatrixUser } from '../support/matrix-user.ts';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const alice = matrixUserId('@alice:localhost');

let link: MatrixLink;
let portal: DirectPortal;

before(async () => {
  // Where creators have endless power and rooms are named without a server.
  link = await MatrixLink.start('12');
  portal = await link.openPortal(bob, 'Bob');
});
after(() => link[Symbol.asyncDispose]());

describe('media', () => {
  for (const announced of [png.byteLength, undefined]) {
    it(`is uploaded while it comes, announced with ${String(announced)} bytes`, async () => {
      const content = { kind: 'media', media: imageOf(png, announced), caption: undefined } as const;
      const [eventId] = sentIds(await link.send(portal, `image ${String(announced)}`, content));
      const event = await link.alice.waitForEvent(portal.room, (seen) => seen.eventId === eventId);
      const { bytes, type } = await link.alice.downloadMedia(String(event.content['url']));
      assert.deepEqual(Buffer.from(bytes), png);
      assert.equal(type, 'image/png');
    });
  }

  it('is fetched with the token of the bridge', async () => {
    const file = { name: 'a.png', type: 'image/png', bytes: new Uint8Array(png) };
    const eventId = await link.alice.sendFile(portal.room, file);
    const arrival = await link.side.kept.waitFor((kept) => kept.eventId === eventId, 10_000);
    const parsed = await link.side.side.open(arrival, 'cause');
    assert.ok(parsed.kind === 'event' && parsed.event.kind === 'message');
    assert.ok(parsed.event.content.kind === 'media');
    const transfer = await parsed.event.content.media.open(AbortSignal.timeout(10_000));
    assert.ok(transfer.kind === 'open');
    const chunks: Uint8Array[] = [];
    for await (const chunk of transfer.stream) chunks.push(chunk);
    assert.deepEqual(Buffer.concat(chunks), png);
  });

  it('is refused where its type lies', async () => {
    const media = imageOf(Buffer.from('<svg/>'), 6);
    const sent = await link.send(portal, 'lie', { kind: 'media', media, caption: undefined });
    assert.equal(failureOf(sent), 'media-type-mismatch');
  });

  it('is tried again later where it ends before its announced length', async () => {
    const media = imageOf(png, png.byteLength + 10);
    const sent = await link.send(portal, 'short', { kind: 'media', media, caption: undefined });
    assert.equal(failureOf(sent), 'media-unavailable');
    assert.equal(link.side.side.health().kind, 'up');
  });
});

describe('reports', () => {
  it('go to the management room, which is made once', async () => {
    const { reporter } = link.side.side;
    const say = (id: string, plain: string): ReturnType<typeof reporter.notice> =>
      reporter.notice(alice, id, { plain, html: undefined });
    assert.equal(await say('line-1', 'a line'), undefined);
    assert.equal(await say('line-1', 'a line'), undefined);
    const invite = await link.alice.waitForInvite((candidate) => candidate.inviter === '@causeway:localhost');
    await link.alice.join(invite.roomId);
    // As if the process had died between making the room and recording it.
    await link.side.stores.users.put({ userId: alice, managementRoom: undefined, language: undefined });
    assert.equal(await say('line-2', 'another'), undefined);
    await link.alice.waitForText(invite.roomId, 'another');
    const shown = link.alice.timeline(invite.roomId).filter((event) => event.content['body'] === 'a line');
    assert.equal(shown.length, 1);
  });

  it('find a room again for a user who left theirs', async () => {
    const before = (await link.side.stores.users.get(alice))?.managementRoom;
    assert.ok(before !== undefined);
    await link.alice.leave(before);
    await link.side.side.reporter.notice(alice, 'line-3', { plain: 'still there?', html: undefined });
    const now = (await link.side.stores.users.get(alice))?.managementRoom;
    assert.notEqual(now, before);
  });

  it('take a room that a user makes with the bot, and no room with others', async () => {
    const { reporter } = link.side.side;
    const room = await link.alice.createDirectRoom('@causeway:localhost');
    const arrival = await link.side.kept.waitFor((kept) => kept.room === room, 10_000);
    assert.equal(await reporter.accept(alice, arrival.room, true), undefined);
    assert.equal((await link.side.stores.users.get(alice))?.managementRoom, room);
    await link.synapse.createUser('carol', 'secret');
    const group = await link.alice.createDirectRoom('@causeway:localhost');
    await link.alice.sdk.invite(group, '@carol:localhost');
    const invited = await link.side.kept.waitFor((kept) => kept.room === group, 10_000);
    assert.equal(failureOf(await reporter.accept(alice, invited.room, false)), 'forbidden');
    assert.equal((await link.alice.memberships(group))['@causeway:localhost'], 'leave');
  });

  it('of a message are status events of the ghost', async () => {
    const eventId = matrixEventId(await link.alice.sendText(portal.room, 'how did it go?'));
    const status = { kind: 'outcome', outcome: { kind: 'sent' }, endedAt: 1 } as const;
    assert.equal(await link.side.side.reporter.status(portal, eventId, status), undefined);
    const shown = await link.alice.waitForEvent(
      portal.room,
      (event) => event.type === 'com.beeper.message_send_status',
    );
    assert.equal(shown.content['status'], 'SUCCESS');
    assert.equal(shown.sender, bobGhost);
  });

  it('are shown once for each end of a message, and again when a further try has ended the same way', async () => {
    const eventId = matrixEventId(await link.alice.sendText(portal.room, 'and this one?'));
    const failed = { kind: 'outcome', outcome: { kind: 'failed', reason: 'link-down' } } as const;
    for (const endedAt of [1, 1, 2]) {
      await link.side.side.reporter.status(portal, eventId, { ...failed, endedAt });
    }
    const last = matrixEventId(await link.alice.sendText(portal.room, 'that was it'));
    await link.alice.waitForEvent(portal.room, (event) => event.eventId === last);
    const shown = link.alice
      .timeline(portal.room)
      .filter((event) => event.content['status'] === 'FAIL_RETRIABLE');
    assert.equal(shown.length, 2);
  });
});

describe('users', () => {
  it('are reachable where they exist and are none of the bridge', async () => {
    const { side } = link.side;
    assert.equal(await side.reachable(alice), 'yes');
    assert.equal(await side.reachable(matrixUserId('@nobody:localhost')), 'no-such-user');
    assert.equal(await side.reachable(matrixUserId(bobGhost)), 'no-such-user');
    assert.equal(await side.displayName(alice), 'alice');
  });

  it('are reachable although they have removed their name, where the bridge knows them', async () => {
    await link.synapse.createUser('nameless', 'secret');
    const login = { baseUrl: link.synapse.baseUrl, userId: '@nameless:localhost', password: 'secret' };
    await using nameless = await MatrixUser.login(login);
    await nameless.sdk.setDisplayName('');
    const user = matrixUserId('@nameless:localhost');
    await link.side.stores.users.put({ userId: user, managementRoom: undefined, language: 'en' });
    assert.equal(await link.side.side.reachable(user), 'yes');
  });
});
