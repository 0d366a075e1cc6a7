import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AcceptedPeople } from '../../../src/core/accepted.ts';
import {
  matrixUserId,
  networkId,
  portalId,
  remoteChatId,
  remoteUserId,
  roomId,
  type MatrixUserId,
} from '../../../src/core/ids.ts';
import { failedForNow, type Failed } from '../../../src/core/outcome.ts';
import type { DirectPortal } from '../../../src/core/portal.ts';
import type { MessageRequest, RequestState } from '../../../src/core/request.ts';

const alice = matrixUserId('@alice:example.org');
const xmpp = networkId('xmpp');
const bob = remoteUserId('bob@x');
const portal: DirectPortal = {
  kind: 'direct',
  id: portalId('p'),
  key: { network: xmpp, chat: remoteChatId('bob@x'), receiver: alice },
  remote: bob,
  room: roomId('!room:example.org'),
};

describe('who is accepted', () => {
  const setUp = () => {
    const world: {
      portal: DirectPortal | undefined;
      isIn: boolean | Failed;
      state: RequestState | undefined;
      owner: MatrixUserId | undefined;
      asked: number;
    } = { portal: undefined, isIn: false, state: undefined, owner: undefined, asked: 0 };
    const request: MessageRequest = {
      ...{ network: xmpp, user: alice, remote: bob, chat: portal.key.chat, kind: 'direct', state: 'open' },
      ...{ id: 1, number: 1, since: 0, held: 0, dropped: 0, name: undefined, verified: false },
      ...{ notice: undefined, grouped: false },
    };
    const down = async () => failedForNow('link-down');
    const accepted = new AcceptedPeople({
      portals: { byKey: async () => world.portal },
      logins: { owner: async () => world.owner },
      requests: {
        find: async () => (world.state === undefined ? undefined : { ...request, state: world.state }),
      },
      network: () => ({ directory: { chatWith: () => portal.key.chat, find: down, profile: down } }),
      isIn: async () => {
        world.asked += 1;
        return world.isIn;
      },
    });
    return { world, ask: () => accepted.accepted(alice, xmpp, bob) };
  };

  it('has a chat that the user joined; it is asked once for each room', async () => {
    const { world, ask } = setUp();
    assert.deepEqual([await ask(), world.asked], [false, 0]);
    world.portal = portal;
    assert.deepEqual([await ask(), world.asked], [false, 1]);
    const failed = failedForNow('link-down');
    world.isIn = failed;
    assert.equal(await ask(), failed);
    world.isIn = true;
    assert.deepEqual([await ask(), await ask(), world.asked], [true, true, 3]);
    world.isIn = false;
    world.portal = { ...portal, room: roomId('!another:example.org') };
    assert.equal(await ask(), false);
    world.portal = undefined;
    assert.equal(await ask(), false);
  });

  it('is who the request book says, whatever the room is like', async () => {
    const { world, ask } = setUp();
    for (const [state, isIn, expected] of [
      ...([['accepted', false, true] as const, ['declined', true, false] as const] as const),
      ...([['blocked', true, false] as const, ['open', false, false] as const] as const),
      ...([['open', true, true] as const, ['expired', false, false] as const] as const),
    ]) {
      [world.state, world.isIn, world.portal] = [state, isIn, { ...portal, room: roomId(`!${state}:hs`) }];
      assert.equal(await ask(), expected, state);
    }
  });

  it('is the user themself, at another account of theirs', async () => {
    const { world, ask } = setUp();
    world.owner = alice;
    assert.equal(await ask(), true);
    world.owner = matrixUserId('@other:example.org');
    assert.equal(await ask(), false);
  });
});
