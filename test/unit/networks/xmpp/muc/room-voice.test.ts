import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { matrixUserId } from '../../../../../src/core/ids.ts';
import { voiceOf } from '../../../../../src/networks/xmpp/muc/room-voice.ts';
import { roomAddress, ScriptedRoom } from '../../../../support/scripted-room.ts';

const alice = matrixUserId('@alice:hs.test');
const voice = async (scene: ScriptedRoom, user = alice): Promise<string> => {
  const found = await voiceOf(scene.rooms, roomAddress, user, AbortSignal.timeout(5_000));
  return found.kind === 'voice' ? found.kind : `${found.reason} ${found.retry.kind}`;
};

describe('the voice of a user in a room', () => {
  const made: ScriptedRoom[] = [];
  const set = (): ScriptedRoom => {
    const scene = new ScriptedRoom();
    made.push(scene);
    return scene;
  };
  afterEach(() => Promise.all(made.splice(0).map(({ rooms }) => rooms[Symbol.asyncDispose]())));

  it('is waited for until the rooms are known: what was kept before a restart is not given up', async () => {
    const scene = set();
    scene.remember([{ user: alice, nick: 'Alice' }], undefined);
    assert.equal(await voice(scene), 'link-down later');
    scene.rooms.linkChanged(true);
    assert.equal(await voice(scene), 'voice');
  });

  it('is waited for where the rooms could not be read', async () => {
    const scene = set();
    scene.sink.groups = () => Promise.reject(new Error('the database is away'));
    scene.rooms.linkChanged(true);
    assert.equal(await voice(scene), 'link-down later');
  });

  it('is refused to who is not in the room', async () => {
    const scene = set();
    scene.remember([{ user: alice, nick: 'Alice' }], undefined);
    scene.rooms.linkChanged(true);
    assert.equal(await voice(scene, matrixUserId('@carol:hs.test')), 'forbidden never');
  });
});
