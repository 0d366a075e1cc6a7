import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ReactionSets } from '../../src/core/event.ts';
import type { MatrixHandled } from '../../src/core/homeserver.ts';
import {
  matrixUserId,
  networkId,
  portalId,
  remoteChatId,
  remoteMessageId,
  remoteUserId,
  roomId,
  type MatrixEventId,
} from '../../src/core/ids.ts';
import type { DirectPortal } from '../../src/core/portal.ts';
import { bob, bobGhost, failureOf, intentFor, MatrixLink, sentIds } from '../support/matrix-link.ts';

const profile = { userId: bob, chat: remoteChatId(bob), name: 'Bob' };
const nameless = { ...profile, name: undefined };

let link: MatrixLink;
let portal: DirectPortal;

before(async () => {
  link = await MatrixLink.start();
  portal = await link.openPortal(bob, 'Bob');
});
after(() => link[Symbol.asyncDispose]());

describe('ghosts', () => {
  it('have an account, a device and a name that is kept in step', async () => {
    const { side } = link.side;
    const as = { userId: matrixUserId(bobGhost), deviceId: undefined };
    const answer = await side.client.request({ method: 'GET', path: '/_matrix/client/v3/devices', as });
    assert.match(JSON.stringify(answer), /"device_id":"CAUSEWAY"/);
    assert.equal((await link.alice.sdk.getProfileInfo(bobGhost)).displayname, 'Bob');
    await side.ghosts.ensure(networkId('xmpp'), bob, { name: 'Robert' });
    assert.equal((await link.alice.sdk.getProfileInfo(bobGhost)).displayname, 'Robert');
  });

  it('are made when somebody invites one that does not exist, and adopt the room', async () => {
    const ghost = '@_xmpp_new=40example.org:localhost';
    const room = await link.alice.createDirectRoom(ghost);
    const arrival = await link.side.kept.waitFor(
      (kept) => kept.room === room && kept.raw.includes(ghost),
      10_000,
    );
    assert.equal((await link.side.side.open(arrival, 'cause')).kind, 'ghost-invited');
    assert.equal((await link.alice.sdk.getProfileInfo(ghost)).displayname, 'Asked For');
    const adopted = await link.side.side.rooms.adopt(inRoom('new@example.org', room), nameless);
    assert.equal(adopted.kind, 'room');
    assert.deepEqual(await link.alice.memberships(room), { '@alice:localhost': 'join', [ghost]: 'join' });
  });

  it('have what was said before they joined kept too, and before what is said after', async () => {
    const ghost = '@_xmpp_awaited=40example.org:localhost';
    const room = await link.alice.createDirectRoom(ghost);
    await link.side.kept.waitFor((kept) => kept.room === room && kept.raw.includes(ghost), 10_000);
    const early = [await link.alice.sendText(room, 'one'), await link.alice.sendText(room, 'two')];
    const awaited: DirectPortal = {
      ...intentFor('awaited', remoteUserId('awaited@example.org')),
      room: roomId(room),
    };
    const { side, stores } = link.side;
    await side.entering(awaited.room, async () => {
      assert.equal((await side.rooms.adopt(awaited, nameless)).kind, 'room');
      early.push(await link.alice.sendText(room, 'three'));
      await stores.portals.adopted(awaited);
    });
    const last = await link.alice.sendText(room, 'four');
    await link.side.kept.waitFor((kept) => kept.eventId === last, 10_000);
    const kept = link.side.kept.all.filter((event) => event.room === room).map((event) => event.eventId);
    assert.deepEqual(kept.slice(1), [...early, last]);
  });

  it('do not stay in a room of more than two', async () => {
    const ghost = '@_xmpp_third=40example.org:localhost';
    await link.synapse.createUser('carol', 'secret');
    const room = await link.alice.createDirectRoom(ghost);
    await link.alice.sdk.invite(room, '@carol:localhost');
    const { rooms } = link.side.side;
    assert.equal(failureOf(await rooms.adopt(inRoom('third@example.org', room), nameless)), 'forbidden');
    assert.equal((await link.alice.memberships(room))[ghost], 'leave');
    assert.equal(failureOf(await rooms.adopt(inRoom('third@example.org', room), nameless)), 'portal-closed');
  });
});

describe('portals', () => {
  it('are made once, however often they are asked for', async () => {
    const intent = intentFor('twice', remoteUserId('twice@example.org'));
    const first = await link.side.side.rooms.create(intent, profile, false);
    const second = await link.side.side.rooms.create(intent, profile, true);
    assert.equal(first.kind, 'room');
    assert.deepEqual(second, first);
  });

  it('have the two as members, are local, and show their history to the invited', async () => {
    assert.deepEqual(await link.alice.memberships(portal.room), {
      '@alice:localhost': 'join',
      [bobGhost]: 'join',
    });
    const visibility = await link.alice.sdk.getStateEvent(portal.room, 'm.room.history_visibility', '');
    assert.equal(visibility['history_visibility'], 'invited');
    const create = await link.alice.sdk.getStateEvent(portal.room, 'm.room.create', '');
    assert.equal(create['m.federate'], false);
  });

  it('count as closed where the ghost is out', async () => {
    const closing = await link.openPortal(remoteUserId('gone@example.org'), 'Gone');
    await link.side.side.rooms.decline(closing.key.network, closing.remote, closing.room);
    assert.equal(failureOf(await link.say(closing, 'gone-1', 'hello?')), 'portal-closed');
  });
});

describe('messages', () => {
  it('show once, however often they are sent', async () => {
    const first = await link.say(portal, 'cause-1', 'only once');
    assert.equal(first.kind, 'sent');
    assert.deepEqual(await link.say(portal, 'cause-1', 'only once'), first);
    await link.say(portal, 'cause-2', 'the end');
    await link.alice.waitForText(portal.room, 'the end');
    const shown = link.alice.timeline(portal.room).filter((event) => event.content['body'] === 'only once');
    assert.deepEqual(
      shown.map((event) => event.sender),
      [bobGhost],
    );
  });

  it('are kept as they come from users, without the echoes of the ghosts', async () => {
    const eventId = await link.alice.sendText(portal.room, 'from alice');
    const arrival = await link.side.kept.waitFor((kept) => kept.eventId === eventId, 10_000);
    const parsed = await link.side.side.open(arrival, 'cause');
    assert.equal(parsed.kind === 'event' && parsed.event.kind, 'message');
    assert.ok(!link.side.kept.all.some((kept) => kept.raw.includes('only once')));
  });

  it('carry reactions, which are found again where they are there already, and taken back', async () => {
    const [eventId] = sentIds(await link.say(portal, 'cause-3', 'react to this'));
    assert.ok(eventId !== undefined);
    const none: ReadonlyMap<string, MatrixEventId> = new Map();
    const set = { emojis: ['👍', '🎉'], previous: [], previousEvents: none };
    const added = await react(eventId, 'r1', set);
    assert.ok(added?.kind === 'sent');
    assert.equal(added.reactionEvents.size, 2);
    assert.deepEqual(await react(eventId, 'r1, whose answer was lost', set), added);
    await react(eventId, 'r2', {
      emojis: ['🎉'],
      previous: ['👍', '🎉'],
      previousEvents: added.reactionEvents,
    });
    const gone = await link.alice.waitForEvent(portal.room, (event) => event.type === 'm.room.redaction');
    assert.equal(gone.sender, bobGhost);
  });
});

describe('the link', () => {
  it('answers a ping that goes both ways', async () => {
    assert.equal(await link.side.side.ping(), undefined);
  });

  it('fetches what was missed, in order, when it is back', async () => {
    await link.side[Symbol.asyncDispose]();
    const ids: string[] = [];
    for (const text of ['missed 1', 'missed 2', 'missed 3']) {
      ids.push(await link.alice.sendText(portal.room, text));
    }
    // A homeserver that restarts forgets what it had not delivered.
    await link.synapse.restart();
    await link.resume();
    await link.side.kept.waitFor((kept) => kept.eventId === ids.at(-1), 20_000);
    const kept = link.side.kept.all
      .map((arrival): string => arrival.eventId)
      .filter((id) => ids.includes(id));
    assert.deepEqual(kept, ids);
    assert.ok(link.side.log.lines.some((line) => line.event === 'missed events fetched'));
  });

  it('fetches what a missing transaction held before what came after it', async () => {
    const first = await link.alice.sendText(portal.room, 'a transaction to count from');
    await link.side.kept.waitFor((arrival) => arrival.eventId === first, 20_000);
    const lost = Promise.withResolvers<undefined>();
    link.side.losing.set('lost on the way', () => lost.resolve(undefined));
    const ids = [await link.alice.sendText(portal.room, 'lost on the way')];
    await lost.promise;
    ids.push(await link.alice.sendText(portal.room, 'not lost'));
    await link.side.kept.waitFor((arrival) => arrival.eventId === ids[1], 20_000);
    const kept = link.side.kept.all.map((arrival): string => arrival.eventId);
    assert.deepEqual(
      kept.filter((id) => ids.includes(id)),
      ids,
    );
  });

  it('notices by itself that the homeserver was away, and takes up again', async () => {
    await link.synapse.restart();
    const eventId = await link.alice.sendText(portal.room, 'after the restart');
    await link.side.kept.waitFor((arrival) => arrival.eventId === eventId, 20_000);
    assert.ok(link.side.log.lines.some((line) => line.fields['state'] === 'down'));
  });
});

function inRoom(remote: string, room: string): DirectPortal {
  const { key } = portal;
  return { kind: 'direct', id: portalId(remote), key, remote: remoteUserId(remote), room: roomId(room) };
}

async function react(
  eventId: MatrixEventId,
  cause: string,
  reactions: ReactionSets,
): Promise<MatrixHandled | undefined> {
  const sender = { in: 'remote', userId: bob } as const;
  const target = { eventIds: [eventId], messageIds: [remoteMessageId('m')], author: sender } as const;
  const event = {
    kind: 'reaction',
    cause,
    sender,
    name: undefined,
    at: Date.now(),
    target,
    reactions,
  } as const;
  return link.side.side.handlers.reaction?.(event, portal, AbortSignal.timeout(20_000));
}
