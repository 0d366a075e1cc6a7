import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoopbackGroupMember } from '../../src/networks/loopback/index.ts';
import type { Invite, MatrixUser } from '../support/matrix-user.ts';
import { SealedScene } from '../support/sealed-scene.ts';
import { chat, put, statusIn, statusOf, textOf, wireOf, type Chat } from '../support/sealed-talk.ts';

const patience = 30_000;

describe('what is not taken for what it seems', () => {
  let scene: SealedScene;
  let one: Chat;
  before(async () => {
    scene = await SealedScene.start();
    one = await chat(scene);
  });
  after(() => scene[Symbol.asyncDispose]());

  const counted = async (operation: string, result: string): Promise<number> =>
    (await scene.metrics()).get(`causeway_encryption_total{operation="${operation}",result="${result}"}`) ??
    0;
  const failed = async (): Promise<number> =>
    [...(await scene.metrics())]
      .filter(([name]) => name.startsWith('causeway_events_ended_total') && name.includes('outcome="failed"'))
      .reduce((sum, [, value]) => sum + value, 0);

  /** The line that a user gets in the management room, to which the bot invites them last. */
  async function line(user: MatrixUser, words: string, group?: string): Promise<void> {
    const { botUserId } = scene.bridged;
    const isManagement = ({ inviter, roomId }: Invite): boolean => inviter === botUserId && roomId !== group;
    const { roomId } = await user.waitForInvite(isManagement, patience);
    await user.join(roomId);
    await user.waitForEvent(
      roomId,
      ({ sender, content }) => sender === botUserId && String(content['body']).includes(words),
      patience,
      words,
    );
  }

  it('is refused, told and counted where it was changed or comes once more', async () => {
    const { user, person, room } = one;
    const [replays, changes, ends] = [
      await counted('open', 'replayed'),
      await counted('open', 'tampered'),
      await failed(),
    ];
    const sent = await user.sendText(room, 'once');
    await person.waitFor((packet) => textOf(packet) === 'once', patience);
    const content = await wireOf(user, room, sent);
    const again = await put(user, room, 'm.room.encrypted', content);
    assert.equal(await statusOf(one, again, 'FAIL_PERMANENT'), 'replayed');
    const bytes = Buffer.from(String(content['ciphertext']), 'base64');
    bytes[bytes.byteLength - 1] = (bytes.at(-1) ?? 0) ^ 1;
    const changed = { ...content, ciphertext: bytes.toString('base64').replace(/=+$/, '') };
    const tampered = await put(user, room, 'm.room.encrypted', changed);
    assert.equal(await statusOf(one, tampered, 'FAIL_PERMANENT'), 'not-genuine');
    assert.equal(await counted('open', 'replayed'), replays + 1);
    assert.equal(await counted('open', 'tampered'), changes + 1);
    assert.equal(await failed(), ends + 2);
    await line(user, 'a second time');
    assert.equal(person.inbox.filter((packet) => textOf(packet) === 'once').length, 1);
  });

  it('is refused, told and counted where another member of a group copied it', async () => {
    const [alice, mallory] = [await scene.user(), await scene.user()];
    const group = LoopbackGroupMember.make(scene.world, scene.person(), '#copied', 'Copied');
    let room = '';
    for (const user of [alice, mallory]) {
      group.change(user.userId, 'invite');
      const { botUserId } = scene.bridged;
      room = (await user.waitForInvite(({ inviter }) => inviter === botUserId, patience)).roomId;
      await user.join(room);
    }
    await sleep(1_000);
    const sent = await alice.sendText(room, 'pay Bob');
    const heard = await group.person.waitFor(
      (packet) => textOf(packet)?.includes('pay Bob') === true,
      patience,
    );
    const [before, ends] = [await counted('open', 'mismatched-sender'), await failed()];
    const copied = await put(mallory, room, 'm.room.encrypted', await wireOf(alice, room, sent));
    assert.equal(await statusIn(mallory, room, copied, 'FAIL_PERMANENT', patience), 'other-sender');
    assert.equal(await counted('open', 'mismatched-sender'), before + 1);
    assert.equal(await failed(), ends + 1);
    await line(mallory, 'belongs to a message of somebody else', room);
    await alice.sendText(room, 'after that');
    await group.person.waitFor((packet) => textOf(packet)?.includes('after that') === true, patience);
    const times = group.person.inbox.filter((packet) => textOf(packet)?.includes('pay Bob') === true);
    assert.deepEqual(
      times.map(({ id }) => id),
      [heard.id],
    );
  });

  it('cancels a verification that is asked of a device, as soon as it looks for something', async () => {
    const { user, person, room } = one;
    const [before, counts] = [person.inbox.length, await counted('verification', 'refused')];
    const ghost = scene.ghostOf(person);
    const crypto = user.sdk.getCrypto() ?? assert.fail();
    const device = [...((await crypto.getUserDeviceInfo([ghost], true)).get(ghost)?.keys() ?? [])][0];
    const request = await crypto.requestDeviceVerification(ghost, device ?? assert.fail());
    await crypto.forceDiscardSession(room);
    await user.sendText(room, 'are you who you are?');
    for (const end = Date.now() + patience; request.cancellationCode === null;) {
      assert.ok(Date.now() < end, 'it was not cancelled');
      await sleep(50);
    }
    assert.equal(request.cancellationCode, 'm.user');
    await person.waitFor((packet) => textOf(packet) === 'are you who you are?', patience);
    assert.equal(person.inbox.length, before + 1);
    assert.equal(await counted('verification', 'refused'), counts + 1);
  });
});
