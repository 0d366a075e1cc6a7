import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import xml from '@xmpp/xml';
import { matrixUserId, remoteChatId } from '../../../../../src/core/ids.ts';
import { parseAddress } from '../../../../../src/networks/xmpp/ids.ts';
import { namespaces as ns } from '../../../../../src/networks/xmpp/muc/namespaces.ts';
import { personBehind } from '../../../../../src/networks/xmpp/muc/private-message.ts';
import { botAddress, roomAddress, ScriptedRoom } from '../../../../support/scripted-room.ts';

let made: ScriptedRoom | undefined;
afterEach(() => made?.rooms[Symbol.asyncDispose]());

/** Who is behind the occupant Bob, where the room says that he has this address. */
async function behind(
  claimed: string | undefined,
  features = ['muc_nonanonymous'],
): Promise<string | undefined> {
  const room = (made = new ScriptedRoom());
  room.features = [...room.features, ...features];
  room.rooms.linkChanged(true);
  await room.groups.join(remoteChatId(roomAddress), matrixUserId('@alice:hs.test'), 'Alice');
  const jid = claimed === undefined ? {} : { jid: `${claimed}/phone` };
  const item = xml('item', { affiliation: 'none', role: 'participant', ...jid });
  const bob = `${roomAddress}/Bob`;
  room.rooms.takePresence(
    xml('presence', { from: bob, to: botAddress }, xml('x', { xmlns: ns.mucUser }, item)),
  );
  const occupant = parseAddress(bob);
  assert.ok(occupant);
  const found = personBehind(room.rooms, occupant, 'gate.test');
  await room.rooms[Symbol.asyncDispose]();
  return found?.full;
}

describe('who writes privately in a room', () => {
  it('is the person whose address the room shows to everybody, of the room’s own server', async () => {
    // The room is at conf.test.
    assert.equal(await behind('bob@conf.test'), 'bob@conf.test');
    assert.equal(await behind('bob@test'), 'bob@test');
  });

  it('is nobody where a room speaks of people of other servers: it may say what it likes of them', async () => {
    assert.equal(await behind('bob@example.org'), undefined);
    assert.equal(await behind('bob@sub.conf.test'), undefined);
    assert.equal(await behind('bob@notconf.test'), undefined);
    assert.equal(await behind('alice@gate.test'), undefined);
  });

  it('is nobody where the room does not show addresses to all, or not this one', async () => {
    assert.equal(await behind('bob@conf.test', []), undefined);
    assert.equal(await behind(undefined), undefined);
  });
});
