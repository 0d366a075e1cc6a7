import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { matrixUserId, networkId, portalId, remoteChatId, roomId } from '../../../src/core/ids.ts';
import type { Portal } from '../../../src/core/portal.ts';
import { noRoomRules } from '../../../src/core/room-rules.ts';
import { RoomInfo } from '../../../src/matrix/room-info.ts';
import { RoomTelling } from '../../../src/matrix/room-telling.ts';
import { capabilitiesWithout } from '../../support/capabilities.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const loopback = networkId('loopback');
const portals = ['a', 'b', 'c'].map((name): Portal => ({
  ...{ kind: 'group', id: portalId(name), room: roomId(`!${name}:hs`) },
  key: { network: loopback, chat: remoteChatId(name), receiver: undefined },
}));

/** Rooms of which each is told in its turn; `lacks` is what the rules forbid now. */
function rooms(perSecond: number): {
  readonly info: RoomInfo;
  readonly told: { readonly room: string; readonly at: number }[];
  readonly rules: { lacks: readonly 'edit'[] };
} {
  const told: { readonly room: string; readonly at: number }[] = [];
  const rules: { lacks: readonly 'edit'[] } = { lacks: [] };
  const stores = memoryStores();
  const info = new RoomInfo({
    states: {
      put: async (room: string, { type }: { readonly type: string }) => {
        if (type === 'com.beeper.room_features') told.push({ room, at: performance.now() });
        return undefined;
      },
    } as never,
    stores: {
      groups: stores.groups,
      portals: { list: async (at: number) => (at === 0 ? portals : []) } as never,
    },
    bot: matrixUserId('@bot:hs'),
    network: () => ({ id: loopback, capabilities: capabilitiesWithout([]) }),
    rules: {
      ...noRoomRules,
      capabilities: () => capabilitiesWithout(rules.lacks),
      roomsPerSecond: perSecond,
    },
    writer: () => ({ userId: matrixUserId('@bot:hs'), deviceId: 'D' }),
  });
  return { info, told, rules };
}

describe('rooms that are told what can be sent', () => {
  it('are told in the order of the list, not faster than the rate, and each once', async () => {
    const { info, told } = rooms(20);
    await info.sweep(new AbortController().signal);
    assert.deepEqual(
      told.map(({ room }) => room),
      portals.map(({ room }) => room),
    );
    const [first, , last] = told;
    assert.ok(first !== undefined && last !== undefined && last.at - first.at >= 95);
  });

  it('are told again from the first on, where the rules change meanwhile', async () => {
    const { info, told, rules } = rooms(20);
    const telling = new RoomTelling(info, () => true);
    const stop = new AbortController();
    const first = telling.tell(stop.signal);
    await delay(20);
    rules.lacks = ['edit'];
    await Promise.all([first, telling.tell(stop.signal)]);
    assert.deepEqual(
      told.map(({ room }) => room),
      ['!a:hs', '!a:hs', '!b:hs', '!c:hs'],
    );
  });
});
