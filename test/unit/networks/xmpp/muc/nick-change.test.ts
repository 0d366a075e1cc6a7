import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { matrixUserId, remoteChatId } from '../../../../../src/core/ids.ts';
import { roomAddress, ScriptedRoom } from '../../../../support/scripted-room.ts';

const alice = matrixUserId('@alice:hs.test');
const chat = remoteChatId(roomAddress);

describe('A nickname in a room', () => {
  let room: ScriptedRoom;
  beforeEach(async () => {
    room = new ScriptedRoom();
    room.rooms.linkChanged(true);
    await room.groups.join(chat, alice, 'Alice');
  });
  afterEach(() => room.rooms[Symbol.asyncDispose]());

  it('is changed to the one that is asked for, cleaned', async () => {
    const renamed = await room.groups.rename(chat, alice, ' Alicia\u202e ');
    assert.deepEqual(renamed, { kind: 'joined', nick: 'Alicia' });
    assert.equal(room.presence.at(-1)?.includes(`${roomAddress}/Alicia`), true);
    const sent = room.presence.length;
    assert.deepEqual(await room.groups.rename(chat, alice, 'Alicia'), renamed);
    assert.equal(room.presence.length, sent, 'nothing is asked for that is so already');
  });

  it('stays where somebody else has it, or the room allows no change', async () => {
    for (const condition of ['conflict', 'not-acceptable', 'not-allowed']) {
      room.refuse = () => condition;
      const kept = await room.groups.rename(chat, alice, 'Bob');
      assert.deepEqual(kept, { kind: 'joined', nick: 'Alice' });
      assert.equal(room.rooms.addressIn(chat, alice) !== undefined, true, 'she is in the room still');
    }
  });

  it('is asked for again where the room does not answer, or the link is down', async () => {
    room.refuse = () => 'silence';
    const late = await room.groups.rename(chat, alice, 'Bob');
    assert.ok(late.kind === 'failed' && late.retry.kind === 'later');
    room.rooms.linkChanged(false);
    const down = await room.groups.rename(chat, alice, 'Bob');
    assert.ok(down.kind === 'failed' && down.reason === 'link-down');
    const stranger = await room.groups.rename(chat, matrixUserId('@eve:hs.test'), 'Eve');
    assert.equal(stranger.kind, 'failed');
  });
});
