import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoopbackGroupMember } from '../../src/networks/loopback/index.ts';
import type { MatrixUser } from '../support/matrix-user.ts';
import { SealedScene } from '../support/sealed-scene.ts';
import { chat, holdKeys, statusOf, textOf, wireOf } from '../support/sealed-talk.ts';
import { found, foundInFolder, secretText } from '../support/secret-search.ts';

const patience = 60_000;

describe('whom keys are kept from', () => {
  let scene: SealedScene;
  before(async () => {
    scene = await SealedScene.start({ fresh: 500 });
  });
  after(() => scene[Symbol.asyncDispose]());

  /** A room that the bot has invited a user to; joined. */
  async function invitedByBot(user: MatrixUser, leave: readonly string[] = []): Promise<string> {
    const { botUserId } = scene.bridged;
    const { roomId } = await user.waitForInvite(
      ({ inviter, roomId }) => inviter === botUserId && !leave.includes(roomId),
      patience,
    );
    await user.join(roomId);
    return roomId;
  }

  async function says(user: MatrixUser, room: string, words: RegExp): Promise<void> {
    const { botUserId } = scene.bridged;
    await user.waitForEvent(
      room,
      ({ sender, content }) => sender === botUserId && words.test(String(content['body'])),
      patience,
      String(words),
    );
  }

  it('is a ghost whose device is not verified, where a client has it so: its user is told', async () => {
    const { user, person, room } = await chat(scene);
    await user.sendText(room, 'in time');
    await person.waitFor((packet) => textOf(packet) === 'in time', patience);
    const crypto = user.sdk.getCrypto() ?? assert.fail();
    crypto.globalBlacklistUnverifiedDevices = true;
    await crypto.forceDiscardSession(room);
    const kept = await user.sendText(room, 'not for ghosts');
    const alone = { user, person, room };
    assert.equal(await statusOf(alone, kept, 'PENDING'), 'no-key');
    await says(user, await invitedByBot(user), /send it again|verif/i);
    crypto.globalBlacklistUnverifiedDevices = false;
    await user.sendText(room, 'for ghosts again');
    await person.waitFor((packet) => textOf(packet) === 'for ghosts again', patience);
    const texts = person.inbox.map((packet) => textOf(packet));
    assert.deepEqual(texts, ['in time', 'for ghosts again']);
  });

  it('is a ghost that gets them later all the same: what waited is delivered late', async () => {
    const alone = await chat(scene);
    const { user, person, room } = alone;
    await user.sendText(room, 'in time');
    await person.waitFor((packet) => textOf(packet) === 'in time', patience);
    const crypto = user.sdk.getCrypto() ?? assert.fail();
    const ghost = scene.ghostOf(person);
    const [device] = [...((await crypto.getUserDeviceInfo([ghost], true)).get(ghost)?.keys() ?? [])];
    const held = holdKeys(user);
    await crypto.forceDiscardSession(room);
    const kept = await user.sendText(room, 'kept from it');
    const { session_id: session } = await wireOf(user, room, kept);
    const { curve25519 } = await crypto.getOwnDeviceKeys();
    const withheld = {
      ...{ algorithm: 'm.megolm.v1.aes-sha2', room_id: room, session_id: session, sender_key: curve25519 },
      ...{ code: 'm.unverified', reason: 'not verified' },
    };
    const messages = new Map([[ghost, new Map([[device ?? assert.fail(), withheld]])]]);
    await user.sdk.sendToDevice('m.room_key.withheld', messages);
    assert.equal(await statusOf(alone, kept, 'PENDING'), 'no-key');
    assert.equal(person.inbox.length, 1);
    await held.letGo();
    held.stop();
    const { late } = await person.waitFor((packet) => textOf(packet) === 'kept from it', patience);
    assert.equal(late, true);
    await statusOf(alone, kept, 'SUCCESS');
  });

  it('is a member of a group at a client that was logged out, and not the others', async () => {
    const [alice, bob] = [await scene.user(), await scene.user()];
    const group = LoopbackGroupMember.make(scene.world, scene.person(), '#out', 'Out');
    let room = '';
    for (const user of [alice, bob]) {
      group.change(user.userId, 'invite');
      room = await invitedByBot(user);
    }
    await sleep(1_000);
    group.send('to both');
    for (const user of [alice, bob]) assert.equal(await scene.shield(user, room, 'to both'), 'none');
    const other = await scene.another(bob);
    await sleep(1_500);
    await bob.logout();
    await sleep(1_500);
    const before = scene.handed.length;
    group.send('without that one');
    assert.equal(await scene.shield(alice, room, 'without that one'), 'none');
    assert.equal(await scene.shield(other, room, 'without that one'), 'none');
    const gone = bob.sdk.getDeviceId() ?? assert.fail();
    const handed = scene.handed.slice(before).map((body) => JSON.stringify(Object.keys(devicesIn(body))));
    assert.ok(handed.length > 0 && !handed.join().includes(gone), handed.join());
    await other.sendText(room, 'I am still here');
    await group.person.waitFor((packet) => textOf(packet)?.includes('I am still here') === true, patience);
  });

  it('is nobody in a room where a user gives commands, which nobody else reads', async () => {
    const user = await scene.user();
    const { botUserId } = scene.bridged;
    const room = await user.createDirectRoom(botUserId);
    await user.waitForEvent(
      room,
      ({ type, sender, content }) =>
        sender === botUserId && type === 'm.room.member' && content['membership'] === 'join',
      patience,
    );
    await user.sendText(room, 'version');
    const { eventId } = await user.waitForEvent(
      room,
      ({ sender, content }) => sender === botUserId && String(content['body']).includes('Node.js'),
      patience,
    );
    assert.equal(await user.shieldOf(room, eventId), 'none');
    const token = `syt_${randomBytes(20).toString('hex')}`;
    const command = await user.sendText(room, `puppet ${token}`);
    await user.waitForEvent(room, ({ redacts }) => redacts === command, patience);
    await says(user, room, /does not know this access token/);
    const secret = [secretText('token', token)];
    const own = (path: string): boolean => !path.startsWith('synapse') && path !== 'registration.yaml';
    const files = await foundInFolder(secret, scene.dir, (path) => !own(path));
    assert.deepEqual(files.found, []);
    assert.deepEqual(found(secret, Buffer.from(JSON.stringify(scene.log.lines))), []);
    assert.ok(
      user
        .timeline(room)
        .filter(({ type }) => type === 'm.room.message')
        .every(({ encrypted }) => encrypted),
    );
  });
});

/** The devices that a request hands something to, as `<user> <device>`. */
function devicesIn(body: string): Readonly<Record<string, unknown>> {
  const { messages } = JSON.parse(body) as {
    readonly messages: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  return Object.fromEntries(
    Object.entries(messages).flatMap(([user, devices]) =>
      Object.entries(devices).map(([device, sent]) => [`${user} ${device}`, sent]),
    ),
  );
}
