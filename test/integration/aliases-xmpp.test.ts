import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../conformance/eventually.ts';
import { startBridged, type BridgedHomeserver } from '../support/bridge.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { MatrixUser } from '../support/matrix-user.ts';
import { startProsody, type Prosody } from '../support/prosody.ts';
import { RoomGuest } from '../support/room-scene.ts';
import { makeRunDir } from '../support/run-dir.ts';
import { XmppUser } from '../support/xmpp-user.ts';

const component = 'matrix.xmpp.localhost';

describe('aliases of rooms on XMPP', { timeout: 240_000 }, () => {
  const stack = new AsyncDisposableStack();
  let prosody: Prosody;
  let bridged: BridgedHomeserver;
  let proxy: FaultProxy;
  let alice: MatrixUser;
  let bob: XmppUser;
  const aliasOf = (room: string): string => `#_xmpp_${room.replace('@', '=40')}:localhost`;
  const address = (room: string): string => `${room}@${prosody.roomsDomain}`;
  const enter = async (alias: string): Promise<string> => {
    const { roomId } = await alice.sdk.joinRoom(alias);
    await eventually('the room', () => alice.sdk.getRoom(roomId) ?? undefined);
    return roomId;
  };

  before(async () => {
    const dir = stack.use(await makeRunDir('aliases-xmpp'));
    const credentials = { domain: component, secret: randomUUID() };
    prosody = stack.use(
      await startProsody({ dir: join(dir.path, 'prosody'), components: [credentials], users: [] }),
    );
    bridged = stack.use(
      await startBridged({
        ...{ dir: dir.path, maxMediaBytes: 1_000_000 },
        networks: { xmpp: { service: prosody.componentService, ...credentials } },
        detours: {
          toHomeserver: async (port) => {
            proxy = stack.use(await FaultProxy.before(port));
            return proxy.port;
          },
        },
      }),
    );
    const account = await bridged.synapse.createUser('alice', 'a password');
    const { baseUrl } = bridged.synapse;
    alice = stack.use(await MatrixUser.login({ baseUrl, ...account, displayName: 'Alice' }));
    await prosody.addUser('bob', 'secret');
    const { service, domain } = prosody;
    bob = stack.use(await XmppUser.login({ service, domain, username: 'bob', password: 'secret' }));
  });
  after(() => stack.disposeAsync());

  it('let a user into a room that the bridge never heard of, who then chats there', async () => {
    const room = address('tea');
    const guest = await RoomGuest.enter(bob, room, 'Bob', { roomname: 'Tea' });
    const roomId = await enter(aliasOf(room));
    await alice.sendText(roomId, 'hello from Matrix');
    await guest.heard('hello from Matrix', 20_000);
    await guest.say('hello from XMPP');
    await alice.waitForText(roomId, 'hello from XMPP', 20_000);
    assert.equal(alice.sdk.getRoom(roomId)?.name, 'Tea');
    assert.equal(alice.sdk.getRoom(roomId)?.getCanonicalAlias(), aliasOf(room));
  });

  it('are none for rooms that are not there, or that do not let everybody in', async () => {
    const closed = address('closed');
    await RoomGuest.enter(bob, closed, 'Bob', { membersonly: '1' });
    for (const room of [address('nowhere'), closed, 'tea', `${address('tea')}/bob`, address('TEA')]) {
      await assert.rejects(alice.sdk.joinRoom(aliasOf(room)), { httpStatus: 404 }, room);
    }
  });

  it('are found through the homeserver’s directory of other networks', async () => {
    const protocols = await alice.sdk.getThirdpartyProtocols();
    assert.deepEqual(protocols['xmpp']?.location_fields, ['server', 'room']);
    assert.deepEqual(protocols['xmpp'].user_fields, ['jid']);
    const room = address('found');
    const guest = await RoomGuest.enter(bob, room, 'Bob');
    const asked = `/_matrix/client/v3/thirdparty/location/xmpp?room=found&server=${prosody.roomsDomain}`;
    const response = await fetch(bridged.synapse.baseUrl + asked, {
      headers: { authorization: `Bearer ${alice.sdk.getAccessToken() ?? ''}` },
    });
    const [found] = (await response.json()) as { readonly alias: string; readonly fields: object }[];
    assert.equal(found?.alias, aliasOf(room));
    const roomId = await enter(found.alias);
    await guest.say('you found it');
    await alice.waitForText(roomId, 'you found it', 20_000);
    const [person] = await alice.sdk.getThirdpartyUser('xmpp', { jid: bob.jid.split('/')[0] ?? '' });
    assert.equal(person?.userid, bridged.ghostOf('xmpp', bob.jid.split('/')[0] ?? ''));
  });

  it('lead to the room that was made before a crash, and not to a second', async () => {
    const room = address('crash');
    await RoomGuest.enter(bob, room, 'Bob');
    await proxy.set({ kind: 'lose', request: /^POST \S*createRoom/ });
    await assert.rejects(alice.sdk.joinRoom(aliasOf(room)), { httpStatus: 404 });
    assert.equal(proxy.suffered, 1);
    await proxy.heal();
    await bridged.restart();
    const since = Date.now();
    const roomId = await enter(aliasOf(room));
    const [created] = alice.sdk.getRoom(roomId)?.getLiveTimeline().getEvents() ?? [];
    assert.equal(created?.getType(), 'm.room.create');
    assert.ok(created.getTs() < since, 'the room was made before the restart');
  });
});
