import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LoopbackGroupMember, type LoopbackPerson } from '../../src/networks/loopback/index.ts';
import type { MatrixUser } from '../support/matrix-user.ts';
import { SealedScene } from '../support/sealed-scene.ts';

const patience = 30_000;

describe('who can read what a bridge encrypts', () => {
  let scene: SealedScene;
  before(async () => {
    scene = await SealedScene.start({ fresh: 500 });
  });
  after(() => scene[Symbol.asyncDispose]());

  /** A chat that is under way. */
  async function chat(): Promise<{ user: MatrixUser; person: LoopbackPerson; room: string }> {
    const [user, person] = [await scene.user(), scene.person()];
    person.send(user.userId, 'hello');
    const room = await scene.invited(user, person);
    await user.waitForText(room, 'hello', patience);
    return { user, person, room };
  }

  /** The session under which the user got a message. */
  async function session(user: MatrixUser, room: string, body: string): Promise<unknown> {
    const { eventId } = await user.waitForText(room, body, patience);
    return user.sdk.getRoom(room)?.findEventById(eventId)?.getWireContent()['session_id'];
  }

  it('is a second device too, for what comes after, until it is logged out', async () => {
    const { user, person, room } = await chat();
    const first = await session(user, room, 'hello');
    const second = await scene.another(user);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    person.send(user.userId, 'to both');
    assert.equal(await scene.shield(second, room, 'to both'), 'none');
    assert.equal(await session(user, room, 'to both'), first);
    await second.logout();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    person.send(user.userId, 'to one');
    assert.notEqual(await session(user, room, 'to one'), first);
  });

  it('is a device that came between the invitation and the joining', async () => {
    const [user, person] = [await scene.user(), scene.person()];
    person.send(user.userId, 'knock');
    const { roomId } = await user.waitForInvite(({ inviter }) => inviter === scene.ghostOf(person), patience);
    const second = await scene.another(user);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    person.send(user.userId, 'are you there?');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await user.join(roomId);
    assert.equal(await scene.shield(second, roomId, 'are you there?'), 'none');
  });

  it('is everybody in a group, and nobody who has left it', async () => {
    const [alice, bob] = [await scene.user(), await scene.user()];
    const [owner, guest] = [scene.person(), scene.person()];
    const group = LoopbackGroupMember.make(scene.world, owner, '#sealed', 'Sealed');
    const other = LoopbackGroupMember.join(scene.world, guest, '#sealed');
    let room = '';
    for (const user of [alice, bob]) {
      group.change(user.userId, 'invite');
      room = (await user.waitForInvite(({ inviter }) => inviter === scene.bridged.botUserId, patience))
        .roomId;
      await user.join(room);
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    group.send('to all');
    other.send('from me too');
    for (const user of [alice, bob])
      for (const text of ['to all', 'from me too'])
        assert.equal(await scene.shield(user, room, text), 'none', `${user.userId} ${text}`);
    const before = await session(alice, room, 'to all');
    group.send('once more');
    assert.equal(await session(alice, room, 'once more'), before);
    await bob.leave(room);
    await alice.waitForEvent(
      room,
      ({ stateKey, content }) => stateKey === bob.userId && content['membership'] === 'leave',
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    group.send('without bob');
    assert.notEqual(await session(alice, room, 'without bob'), before);
  });
});
