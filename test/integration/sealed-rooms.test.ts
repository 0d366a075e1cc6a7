import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { SeenEvent } from '../support/matrix-event.ts';
import { SealedScene } from '../support/sealed-scene.ts';

describe('rooms of a bridge that encrypts', () => {
  let scene: SealedScene;
  before(async () => {
    scene = await SealedScene.start();
  });
  after(() => scene[Symbol.asyncDispose]());

  it('are opened by the first message of a remote user, which is read after joining', async () => {
    const [user, person] = [await scene.user(), scene.person()];
    person.send(user.userId, 'a first word');
    const room = await scene.invited(user, person);
    assert.equal(await scene.shield(user, room, 'a first word'), 'none');
    assert.ok(await user.isEncrypted(room));
  });

  it('are opened by a user with a ghost that never was there before', async () => {
    const [user, person] = [await scene.user(), scene.person()];
    const room = await user.createDirectRoom(scene.ghostOf(person));
    await user.waitForEvent(
      room,
      ({ sender, type }) => sender === scene.ghostOf(person) && type === 'm.room.member',
    );
    person.send(user.userId, 'welcome');
    assert.equal(await scene.shield(user, room, 'welcome'), 'none');
  });

  it('carry what a user says to a new ghost once it is seen to have joined; whoever spoke too early is told', async () => {
    const [user, person] = [await scene.user({ isolation: 'signed-devices' }), scene.person()];
    const ghost = scene.ghostOf(person);
    const room = await user.createDirectRoom(ghost);
    // The homeserver has not let the bridge make the ghost before the client asked for its devices.
    const early = await user.sendText(room, 'said too early');
    await user.waitForEvent(
      room,
      ({ stateKey, content }) => stateKey === ghost && content['membership'] === 'join',
    );
    await user.sendText(room, 'said again');
    await person.waitFor(({ body }) => body.kind === 'text' && body.text === 'said again', 30_000);
    const isOver = ({ status, reason }: SeenEvent['content']): boolean =>
      status === 'SUCCESS' || reason === 'com.beeper.undecryptable_event';
    await user.waitForEvent(
      room,
      ({ type, relation, content }) =>
        type === 'com.beeper.message_send_status' && relation?.eventId === early && isOver(content),
      30_000,
    );
  });

  it('are, where the bot makes them, management rooms too, and go on there', async () => {
    const user = await scene.user();
    const room = await user.createDirectRoom(scene.bridged.botUserId);
    const { eventId } = await user.waitForEvent(
      room,
      ({ sender, type }) => sender === scene.bridged.botUserId && type === 'm.room.message',
      30_000,
    );
    assert.equal(await user.shieldOf(room, eventId), 'none');
  });

  it('go on without a shield after the bridge was started again', async () => {
    const [user, person] = [await scene.user(), scene.person()];
    person.send(user.userId, 'before');
    const room = await scene.invited(user, person);
    assert.equal(await scene.shield(user, room, 'before'), 'none');
    await scene.bridged.restart();
    person.send(user.userId, 'after');
    assert.equal(await scene.shield(user, room, 'after'), 'none');
  });

  it('become encrypted by the ghost where a client opened them plain', async () => {
    const [user, person] = [await scene.user(), scene.person()];
    const room = await user.createDirectRoom(scene.ghostOf(person), true);
    await user.waitForEvent(room, ({ type }) => type === 'm.room.encryption', 30_000);
    person.send(user.userId, 'now it is safe');
    assert.equal(await scene.shield(user, room, 'now it is safe'), 'none');
  });
});
