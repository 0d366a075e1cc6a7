import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MembershipEvent } from '../../../../src/core/event.ts';
import { remoteChatId, remoteUserId, portalId, roomId, networkId } from '../../../../src/core/ids.ts';
import type { GroupPortal } from '../../../../src/core/portal.ts';
import { LoopbackGroupMember, LoopbackWorld } from '../../../../src/networks/loopback/index.ts';
import { alice, join, message, turn } from './rig.ts';

const salon = remoteChatId('#salon');
const portal: GroupPortal = {
  kind: 'group',
  id: portalId('g'),
  key: { network: networkId('loopback'), chat: salon, receiver: undefined },
  room: roomId('!salon:hs'),
};

describe('a group of the world', () => {
  it('is found, entered under a free nick, and left', async () => {
    const world = new LoopbackWorld();
    LoopbackGroupMember.make(world, world.person('bob', 'Bob'), '#salon', 'The Salon');
    await using rig = await join({}, world);
    const { groups } = rig.network;
    assert.ok(groups !== undefined);
    assert.equal(groups.named(' #Salon '), salon);
    for (const wrong of ['salon', '#', '#a b', '']) assert.ok(typeof groups.named(wrong) !== 'string');
    const found = await groups.find('#salon');
    assert.ok(!('kind' in found));
    assert.deepEqual([found.name, found.size, found.open], ['The Salon', 1, true]);
    const nobody = await groups.find('#nowhere');
    assert.ok('kind' in nobody && nobody.reason === 'no-such-group');
    assert.deepEqual(await groups.join(salon, alice, 'Bob'), { kind: 'joined', nick: 'Bob2' });
    assert.deepEqual(await groups.join(salon, alice, 'Other'), { kind: 'joined', nick: 'Bob2' });
    assert.deepEqual(await groups.members(salon, 10), [
      { userId: remoteUserId('bob'), name: 'Bob', role: 'owner' },
    ]);
    assert.equal(await groups.leave(salon, alice), undefined);
    assert.equal(world.groups.find('#salon')?.members.has(alice), false);
    world.fail({ down: true });
    const down = await groups.join(salon, alice, 'Al');
    assert.ok(down.kind === 'failed' && down.retry.kind === 'later');
  });

  it('tells the bridge of what is said in it once, and only where a user is in it', async () => {
    const world = new LoopbackWorld();
    const bob = LoopbackGroupMember.make(world, world.person('bob'), '#salon', 'Salon');
    const eve = LoopbackGroupMember.join(world, world.person('eve'), '#salon');
    await using rig = await join({}, world);
    bob.send('unheard');
    await rig.network.groups?.join(salon, alice, 'Al');
    const id = bob.send('heard');
    await turn();
    assert.deepEqual(
      rig.sink.kept.map(({ outerId, chat, receiver }) => [outerId, chat, receiver]),
      [[id, salon, undefined]],
    );
    assert.equal(eve.inbox.length, 2);
    bob.change('@carol:hs', 'invite');
    const kept = rig.sink.kept.at(-1);
    assert.ok(kept !== undefined);
    const opened = rig.network.open(kept, 'cause');
    assert.ok(opened.kind === 'event');
  });

  it('takes what users say and do as far as they may, once, and refuses the rest', async () => {
    const world = new LoopbackWorld();
    const bob = LoopbackGroupMember.make(world, world.person('bob'), '#salon', 'Salon');
    await using rig = await join({}, world);
    const { handlers, groups } = rig.network;
    const say = async (cause: string): Promise<string | undefined> =>
      (await handlers.message?.(message(cause, 'hi'), portal, AbortSignal.timeout(1_000)))?.kind;
    assert.equal(await say('1'), 'failed', 'nobody speaks from outside');
    await groups?.join(salon, alice, 'Al');
    assert.equal(await say('2'), 'sent');
    assert.equal(await say('2'), 'sent', 'a repeat is known');
    assert.equal(bob.inbox.length, 1);
    const kick: MembershipEvent = {
      kind: 'membership',
      ...{ cause: 'k', sender: { in: 'matrix', userId: alice }, name: undefined, at: 1 },
      member: { in: 'remote', userId: remoteUserId('bob') },
      change: { kind: 'kick', reason: undefined },
    };
    const refused = await handlers.membership?.(kick, portal, AbortSignal.timeout(1_000));
    assert.ok(refused?.kind === 'failed' && refused.retry.kind === 'never');
    bob.setRole(alice, 'visitor');
    assert.equal(await say('3'), 'failed', 'a visitor only listens');
    assert.throws(() => LoopbackGroupMember.join(world, world.person('eve'), '#salon').rename('Mine'));
  });
});
