import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { remoteMessageId } from '../../../src/core/ids.ts';
import type { BridgeEvent } from '../../../src/core/event.ts';
import {
  fromAlice,
  fromRemote,
  net,
  outcomeOf,
  rigWithPortal,
  textBody,
  type SpineRig,
} from '../../support/spine-rig.ts';

class Away extends Error {}
const causes = (events: readonly BridgeEvent[]): readonly string[] => events.map((event) => event.cause);

/** A spine whose store records nothing until the gate is opened. */
async function gated(): Promise<{ rig: SpineRig; room: string; open: () => void }> {
  const { rig, portal } = await rigWithPortal({ isTransient: (error) => error instanceof Away });
  const { events } = rig.stores;
  const settle = events.settle.bind(events);
  const gate = Promise.withResolvers<undefined>();
  events.settle = async (settlement) => {
    await gate.promise;
    await settle(settlement);
  };
  return { rig, room: portal.room, open: () => gate.resolve(undefined) };
}

async function say(rig: SpineRig, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) await rig.spine.receiveRemote(net, fromRemote('bob', id, textBody(id)));
}

describe('the spine, while it records', () => {
  it('sends one message on to Matrix before the one before it is recorded, and no more', async () => {
    const { rig, open } = await gated();
    await say(rig, '1', '2', '3');
    await delay(20);
    assert.deepEqual(causes(rig.atMatrix), ['loopback/1', 'loopback/2']);
    assert.ok(rig.spine.load().lanes > 0, 'a lane with something to record has work');
    open();
    await rig.quiet();
    assert.deepEqual(causes(rig.atMatrix), ['loopback/1', 'loopback/2', 'loopback/3']);
    for (const id of ['1', '2', '3']) assert.deepEqual(await outcomeOf(rig, id), { kind: 'sent' });
  });

  it('has what refers to a message wait for its record', async () => {
    const { rig, open } = await gated();
    await say(rig, '1');
    const target = { in: 'remote', messageId: remoteMessageId('1') } as const;
    const { content, mentions } = textBody('better');
    const edit = { kind: 'edit', target, content, mentions } as const;
    await rig.spine.receiveRemote(net, fromRemote('bob', '2', edit));
    await delay(20);
    assert.deepEqual(causes(rig.atMatrix), ['loopback/1']);
    open();
    await rig.quiet();
    assert.deepEqual(
      rig.atMatrix.map((event) => event.kind),
      ['message', 'edit'],
    );
  });

  it('sends nothing on to a network, which may not know a repeat', async () => {
    const { rig, room, open } = await gated();
    await rig.spine.receiveMatrix(['1', '2'].map((id) => fromAlice(room, id, textBody(id))));
    await delay(20);
    assert.deepEqual(causes(rig.atNetwork), ['matrix/$1']);
    open();
    await rig.quiet();
    assert.deepEqual(causes(rig.atNetwork), ['matrix/$1', 'matrix/$2']);
  });

  it('records once the store is back without sending again, and stops where it is not', async () => {
    const { rig } = await rigWithPortal({ isTransient: (error) => error instanceof Away });
    const { events } = rig.stores;
    const settle = events.settle.bind(events);
    let isAway = true;
    events.settle = (settlement) => (isAway ? Promise.reject(new Away('restarting')) : settle(settlement));
    await say(rig, '1', '2');
    await delay(20);
    isAway = false;
    await rig.quiet();
    assert.deepEqual(causes(rig.atMatrix), ['loopback/1', 'loopback/2']);
    assert.deepEqual(await outcomeOf(rig, '2'), { kind: 'sent' });
    isAway = true;
    await say(rig, '3');
    await delay(20);
    await rig.spine.stop();
    assert.equal((await events.find('3'))?.state, 'pending');
  });

  it('waits for nothing where a thread may be named after no message', async () => {
    const { rig, room, open } = await gated();
    await rig.spine.receiveMatrix([fromAlice(room, 'under-way', textBody('a'))]);
    const thread = { in: 'remote', messageId: remoteMessageId('random') } as const;
    const started = performance.now();
    await rig.spine.receiveRemote(
      net,
      fromRemote('bob', 'm', { ...textBody('b'), thread: { ...thread, perhaps: true } }),
    );
    while (rig.atMatrix.length === 0 && performance.now() - started < 4000) await delay(5);
    const [said] = rig.atMatrix;
    assert.ok(said?.kind === 'message' && said.thread === undefined);
    assert.ok(performance.now() - started < 2000);
    open();
    await rig.quiet();
  });
});
