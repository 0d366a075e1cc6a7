import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SealedScene } from '../support/sealed-scene.ts';

const patience = 30_000;

describe('a bridge that carries only what is encrypted, in rooms of version 12', () => {
  let scene: SealedScene;
  before(async () => {
    scene = await SealedScene.start({ require: true }, { rooms: { version: '12' } });
  });
  after(() => scene[Symbol.asyncDispose]());

  it('makes rooms that are, and turns it on where a client did not', async () => {
    const [user, first, second] = [await scene.user(), scene.person(), scene.person()];
    first.send(user.userId, 'a first word');
    const room = await scene.invited(user, first);
    assert.equal(await scene.shield(user, room, 'a first word'), 'none');
    const plain = await user.createDirectRoom(scene.ghostOf(second), true);
    await user.waitForEvent(plain, ({ type }) => type === 'm.room.encryption', patience);
    second.send(user.userId, 'now it is safe');
    assert.equal(await scene.shield(user, plain, 'now it is safe'), 'none');
  });

  it('does not stay where it may not turn it on', async () => {
    const [user, person] = [await scene.user(), scene.person()];
    const ghost = scene.ghostOf(person);
    const { room_id: room } = await user.sdk.createRoom({
      invite: [ghost],
      is_direct: true,
      power_level_content_override: { events: { 'm.room.encryption': 100 } },
    });
    await user.waitForEvent(
      room,
      ({ stateKey, content, sender }) =>
        stateKey === ghost && sender === ghost && content['membership'] === 'leave',
      patience,
    );
  });

  it('takes nothing that is in the clear', async () => {
    const [user, person] = [await scene.user(), scene.person()];
    person.send(user.userId, 'hello');
    const room = await scene.invited(user, person);
    await user.waitForText(room, 'hello', patience);
    // As a client does that knows nothing of encryption.
    const url = `${scene.bridged.synapse.baseUrl}/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/1`;
    await fetch(url, {
      method: 'PUT',
      headers: { authorization: `Bearer ${user.sdk.getAccessToken() ?? ''}` },
      body: JSON.stringify({ msgtype: 'm.text', body: 'in the clear' }),
    });
    await user.waitForEvent(
      room,
      ({ type, content }) =>
        type === 'com.beeper.message_send_status' && content['error'] === 'not-encrypted',
      patience,
    );
    assert.deepEqual(person.inbox, []);
  });
});
