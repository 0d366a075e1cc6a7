import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inOrder } from '../../../src/core/door.ts';
import type { BridgeEvent, Party, Signal, Target } from '../../../src/core/event.ts';
import {
  laneId,
  matrixEventId,
  matrixUserId,
  portalId,
  remoteChatId,
  remoteMessageId,
  remoteUserId,
  roomId,
} from '../../../src/core/ids.ts';
import type { Health, RunningNetwork } from '../../../src/core/network.ts';
import type { DirectPortal } from '../../../src/core/portal.ts';
import { signalCause, Signals, type SignalsDeps } from '../../../src/core/signals.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import { RecordingLog } from '../../support/recording-log.ts';
import { alice, net, SpineRig } from '../../support/spine-rig.ts';

const bob = remoteUserId('bob');
const room = roomId('!r:hs.test');
const portal: DirectPortal = {
  ...{ kind: 'direct', id: portalId('p'), remote: bob, room },
  key: { network: net, chat: remoteChatId('bob'), receiver: alice },
};
const place = { chat: portal.key.chat, receiver: alice };
const envelope = { cause: signalCause(), name: undefined, at: 1 };
const fromBob = { ...envelope, sender: { in: 'remote', userId: bob } } as const;
const fromAlice = { ...envelope, sender: { in: 'matrix', userId: alice } } as const;
const typing: Signal = { ...fromBob, kind: 'typing', typing: true };

async function setUp(more: Partial<SignalsDeps> & { readonly health?: Health } = {}) {
  const stores = memoryStores();
  await stores.portals.adopted(portal);
  const atMatrix: BridgeEvent[] = [];
  const atNetwork: BridgeEvent[] = [];
  const counted: string[] = [];
  const network: RunningNetwork = {
    ...new SpineRig().network,
    health: () => more.health ?? { kind: 'up', since: 0 },
    handlers: {
      typing: async (event) => (atNetwork.push(event), { kind: 'sent', messageIds: [] }),
      presence: async (event) => (atNetwork.push(event), { kind: 'sent', messageIds: [] }),
      receipt: async (event) => (atNetwork.push(event), { kind: 'sent', messageIds: [] }),
    },
  };
  const carried = { kind: 'sent', eventIds: [], reactionEvents: new Map() } as const;
  const signals = new Signals({
    log: new RecordingLog(),
    meter: { signal: (...labels) => counted.push(labels.join(' ')) },
    stores,
    policy: { judge: () => ({ kind: 'pass' }) },
    door: inOrder([]),
    handlers: {
      typing: async (event) => (atMatrix.push(event), carried),
      receipt: async (event) => (atMatrix.push(event), carried),
      presence: async (event) => (atMatrix.push(event), carried),
    },
    isUp: () => true,
    network: () => network,
    permits: () => true,
    passes: () => true,
    upTo: async () => [],
    limits: { perSecond: 1e3, burst: 1e3, personPerSecond: 1e3, personBurst: 1e3, mostWaiting: 100 },
    ...more,
  });
  const known = async (name: string, author: 'bob' | 'alice'): Promise<void> => {
    const [kept] = await stores.events.keep([
      { source: net, outerId: name, lane: laneId('lane'), payload: '{}' },
    ]);
    const by: Party = author === 'bob' ? fromBob.sender : fromAlice.sender;
    const target: Target = {
      eventIds: [matrixEventId(`$${name}`)],
      messageIds: [remoteMessageId(name)],
      author: by,
    };
    await stores.events.settle({
      ...{ seq: kept?.seq ?? 0, outcome: { kind: 'sent' }, attempts: 1, portal: portal.id, report: false },
      ...{ message: { portal: portal.id, target }, alias: undefined, reactions: undefined },
    });
  };
  return { signals, atMatrix, atNetwork, counted, known };
}

function read(event: string): Signal {
  return {
    ...fromAlice,
    kind: 'receipt',
    receipt: 'read',
    target: { in: 'matrix', eventId: matrixEventId(event) },
  };
}

describe('a signal', () => {
  it('goes to the chat that it is about, and is counted', async () => {
    const { signals, atMatrix, atNetwork, counted } = await setUp();
    signals.fromRemote(net, { ...place, event: typing });
    signals.fromMatrix({ room, event: { ...fromAlice, kind: 'typing', typing: true } });
    await sleep(20);
    assert.deepEqual([atMatrix.length, atNetwork.length], [1, 1]);
    assert.deepEqual(counted, ['loopback to-matrix typing carried', 'loopback to-network typing carried']);
  });

  const lost: readonly (readonly [string, Parameters<typeof setUp>[0], Signal])[] = [
    ['the homeserver is away', { isUp: () => false }, typing],
    ['a rule blocks it', { policy: { judge: () => ({ kind: 'block', rule: 'quiet' }) } }, typing],
    ['a handler breaks', { handlers: { typing: () => Promise.reject(new Error('bug')) } }, typing],
    ['there is no handler', { handlers: {} }, typing],
    ['the network does not run', { network: () => undefined }, typing],
  ];
  for (const [name, deps, event] of lost) {
    it(`is dropped where ${name}`, async () => {
      const { signals, atMatrix, counted } = await setUp(deps);
      signals.fromRemote(net, { ...place, event });
      await sleep(20);
      assert.deepEqual([atMatrix, counted], [[], ['loopback to-matrix typing dropped']]);
    });
  }

  it('to a network that is down, or of somebody who may not or is not in the chat, is dropped', async () => {
    const mine = { room, event: { ...fromAlice, kind: 'typing', typing: true } } as const;
    const eve = { in: 'matrix', userId: matrixUserId('@eve:hs.test') } as const;
    for (const [deps, signal] of [
      [{ health: { kind: 'down', since: 0, reason: 'link-down' } }, mine],
      [{ permits: () => false }, mine],
      [{}, { room, event: { ...mine.event, sender: eve } }],
      [{}, { ...mine, room: roomId('!other:hs.test') }],
    ] as const) {
      const { signals, atNetwork, counted } = await setUp(deps);
      signals.fromMatrix(signal);
      await sleep(20);
      assert.deepEqual([atNetwork, counted.map((line) => line.split(' ').at(-1))], [[], ['dropped']]);
    }
  });

  it('of a kind that is switched off is not even counted', async () => {
    const { signals, counted } = await setUp({ passes: (kind) => kind !== 'typing' });
    signals.fromRemote(net, { ...place, event: typing });
    await sleep(20);
    assert.deepEqual(counted, []);
  });

  it('of presence goes to all chats of a user, and to none of others', async () => {
    const { signals, atNetwork, atMatrix } = await setUp();
    signals.fromMatrix({
      room: undefined,
      event: { ...fromAlice, kind: 'presence', presence: 'away', status: undefined },
    });
    signals.fromRemote(net, {
      chat: undefined,
      receiver: matrixUserId('@stranger:hs.test'),
      event: { ...fromBob, kind: 'presence', presence: 'away', status: undefined },
    });
    await sleep(20);
    assert.deepEqual([atNetwork.map(({ kind }) => kind), atMatrix], [['presence'], []]);
  });
});

describe('reading', () => {
  it('at another client of a Matrix user goes to Matrix, and nothing else that they signal there does', async () => {
    const { signals, atMatrix, counted, known } = await setUp();
    await known('one', 'bob');
    const target = { in: 'remote', messageId: remoteMessageId('one') } as const;
    const own: Signal = { ...fromAlice, kind: 'receipt', receipt: 'read', target };
    signals.fromRemote(net, { ...place, event: own });
    signals.fromRemote(net, { chat: undefined, receiver: alice, event: own });
    signals.fromRemote(net, { ...place, event: { ...fromAlice, kind: 'typing', typing: true } });
    await sleep(50);
    assert.deepEqual(
      atMatrix.map(({ kind, sender }) => [kind, sender.userId]),
      [['receipt', alice]],
    );
    assert.equal(counted.filter((line) => line.endsWith('dropped')).length, 2);
  });

  it('names the message of the network that was read, once', async () => {
    const { signals, atNetwork, known } = await setUp();
    await known('one', 'bob');
    for (let times = 0; times < 2; times += 1) {
      signals.fromMatrix({ room, event: read('$one') });
      await sleep(20);
    }
    assert.equal(atNetwork.length, 1);
    const [told] = atNetwork;
    assert.ok(told?.kind === 'receipt');
    assert.deepEqual(told.target.messageIds, ['one']);
  });

  it('up to anything else means the last message of the network before it', async () => {
    const upTo = async () => [matrixEventId('$two'), matrixEventId('$one')];
    const { signals, atNetwork, known } = await setUp({ upTo });
    await known('one', 'bob');
    await known('two', 'bob');
    await known('mine', 'alice');
    signals.fromMatrix({ room, event: read('$status') });
    await sleep(20);
    signals.fromMatrix({ room, event: read('$mine') });
    await sleep(20);
    const told = atNetwork.map((event) => (event.kind === 'receipt' ? event.target.messageIds : []));
    assert.deepEqual(told, [['two']]);
  });

  it('waits a moment for a message that is still being recorded', async () => {
    const { signals, atMatrix, known } = await setUp();
    const target = { in: 'remote', messageId: remoteMessageId('late') } as const;
    signals.fromRemote(net, { ...place, event: { ...fromBob, kind: 'receipt', receipt: 'read', target } });
    await sleep(50);
    assert.equal(atMatrix.length, 0);
    await known('late', 'alice');
    await sleep(400);
    assert.equal(atMatrix.length, 1);
  });

  it('of what is not known is dropped after that moment', async () => {
    const { signals, atMatrix, counted } = await setUp();
    const target = { in: 'remote', messageId: remoteMessageId('never') } as const;
    signals.fromRemote(net, { ...place, event: { ...fromBob, kind: 'receipt', receipt: 'read', target } });
    await sleep(2_600);
    assert.deepEqual([atMatrix, counted], [[], ['loopback to-matrix receipt dropped']]);
  });
});
