import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failedForGood, failedForNow } from '../../../src/core/outcome.ts';
import type { GroupPortal } from '../../../src/core/portal.ts';
import { carol, inGroup, inSalon, left, salon, user } from '../../support/group-scene.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import { alice, fromAlice, opened, outcomeOf, SpineRig, textBody } from '../../support/spine-rig.ts';
import type { RigOptions } from '../../support/spine-rig-options.ts';

const hour = 3_600_000;

/** Alice and Carol are in the salon, whose room the bot was put out of by Carol. */
async function withoutBot(options: RigOptions = {}): Promise<{ rig: SpineRig; portal: GroupPortal }> {
  const stores = memoryStores();
  let isOut = true;
  const { rig, portal } = await inSalon({
    stores,
    ...options,
    group: (act) => {
      if (act === 'enter') isOut = false;
      if (act === 'bot is out' && isOut) return failedForGood('forbidden');
      return options.group?.(act);
    },
  });
  await rig.groups.join(rig.network, salon, carol);
  rig.acts.length = 0;
  await user(rig, portal, 'x', { kind: 'bot-removed', user: carol });
  return { rig, portal };
}

async function botInvited(rig: SpineRig, { room }: GroupPortal, id = 'i', by = alice): Promise<void> {
  const invite = { user: by, room, direct: false, predecessor: undefined } as const;
  await rig.spine.receiveMatrix([opened(room, id, { kind: 'bot-invited', ...invite })]);
  await rig.quiet();
}

describe('A bot that is put out of the room of a group', () => {
  it('leaves the portal where it is, and every user is told once', async () => {
    const { rig, portal } = await withoutBot();
    assert.equal(rig.absences.isOut(portal), true);
    assert.deepEqual(await rig.stores.portals.byRoom(portal.room), portal);
    assert.deepEqual(rig.acts, [], 'nobody leaves the group');
    assert.deepEqual(rig.told.toSorted(), [alice, carol].toSorted());
    assert.deepEqual(new Set(rig.notices), new Set(['#salon: bot removed']));
  });

  it('is no news where it is in the room again already', async () => {
    const { rig, portal } = await inSalon();
    await user(rig, portal, 'x', { kind: 'bot-removed', user: carol });
    assert.equal(rig.absences.isOut(portal), false);
    assert.deepEqual(rig.notices, []);
  });

  it('ends what users say meanwhile with a reason that they are told', async () => {
    const { rig, portal } = await withoutBot();
    await rig.spine.receiveMatrix([fromAlice(portal.room, 'm', textBody('anybody?'))]);
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, '$m'), { kind: 'failed', reason: 'bot-removed' });
    assert.deepEqual(rig.atNetwork, []);
    await rig.reports.stop();
    assert.equal(
      rig.notices.some((notice) => notice.includes('bot-removed')),
      true,
    );
  });

  it('goes on when a user who may invites it, with all that the network said meanwhile, in order and once', async () => {
    const { rig, portal } = await withoutBot();
    for (const id of ['one', 'two', 'three'])
      await rig.spine.receiveRemote(rig.network.id, inGroup('bob', id, textBody(id)));
    await rig.quiet();
    assert.equal(rig.atMatrix.length, 0);
    assert.deepEqual(await outcomeOf(rig, 'one'), { kind: 'failed', reason: 'bot-removed' });
    assert.deepEqual(rig.refused, [], 'people on the network are not bothered');
    await botInvited(rig, portal);
    await rig.spine.receiveRemote(rig.network.id, inGroup('bob', 'four', textBody('four')));
    await rig.quiet();
    assert.deepEqual(
      rig.atMatrix.map((event) => event.cause),
      ['one', 'two', 'three', 'four'].map((id) => `loopback/${id}`),
    );
    assert.equal(rig.absences.isOut(portal), false);
    assert.deepEqual(rig.acts.slice(0, 2), ['enter', `followed ${portal.room}`]);
    assert.deepEqual(rig.accepted, [], 'it is no management room');
    assert.equal(rig.notices.filter((notice) => notice.endsWith('bot back')).length, 2);
    await rig.spine.receiveMatrix([fromAlice(portal.room, 'm', textBody('there you are'))]);
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, '$m'), { kind: 'sent' });
  });

  it('does not come for somebody who may not use the bridge', async () => {
    const { rig, portal } = await withoutBot({ permits: (one) => one !== carol });
    await botInvited(rig, portal, 'i', carol);
    assert.equal(rig.absences.isOut(portal), true);
    assert.deepEqual(rig.declined, [portal.room]);
  });

  it('stays out where the invitation is gone again', async () => {
    const { rig, portal } = await withoutBot({
      group: (act) => (act === 'enter' ? failedForGood('portal-closed') : undefined),
    });
    await botInvited(rig, portal);
    assert.deepEqual(await outcomeOf(rig, '$i'), { kind: 'ignored', reason: 'portal-closed' });
    assert.equal(rig.absences.isOut(portal), true);
  });

  it('is remembered over a restart, also one that breaks its coming back off', async () => {
    const stores = memoryStores();
    const { rig, portal } = await withoutBot({ stores });
    await rig.spine.receiveRemote(rig.network.id, inGroup('bob', 'one', textBody('one')));
    await rig.quiet();
    await rig.stop();
    const next = new SpineRig({ stores });
    await next.absences.start();
    assert.equal(next.absences.isOut(portal), true);
    // The bot entered, and the bridge was killed before anything was taken up.
    const mark = JSON.parse((await stores.groups.mark(portal.id, 'bot-out')) ?? '') as object;
    await stores.groups.putMark(portal.id, 'bot-out', JSON.stringify({ ...mark, state: 'back' }));
    const last = new SpineRig({ stores });
    await last.absences.start();
    await botInvited(last, portal);
    await last.quiet();
    assert.deepEqual(
      last.atMatrix.map((event) => event.cause),
      ['loopback/one'],
    );
    assert.equal(await stores.groups.mark(portal.id, 'bot-out'), undefined);
  });

  it('lets users leave meanwhile, and is over with the last of them', async () => {
    const { rig, portal } = await withoutBot();
    await rig.spine.receiveMatrix([left(portal.room, 'l')]);
    await rig.quiet();
    assert.deepEqual(rig.acts, ['leave #salon @alice:hs.test']);
    await user(rig, portal, 'c', { kind: 'left', user: carol, by: carol, how: 'leave', ghost: undefined });
    assert.equal(await rig.stores.portals.byId(portal.id), undefined);
    rig.time = () => Date.now() + 2 * hour;
    await rig.absences.look();
    assert.equal(rig.absences.isOut(portal), false);
  });

  it('closes the portal where nobody invites it in time, and says so', async () => {
    let fails = true;
    const { rig, portal } = await withoutBot({
      group: (act) => (fails && act.startsWith('leave') ? failedForNow('link-down') : undefined),
    });
    await rig.absences.look();
    assert.deepEqual(rig.acts, [], 'it is not time yet');
    rig.time = () => Date.now() + 2 * hour;
    await rig.absences.look();
    assert.deepEqual(await rig.stores.portals.byRoom(portal.room), portal, 'the network is away');
    fails = false;
    await rig.absences.look();
    assert.equal(await rig.stores.portals.byId(portal.id), undefined);
    assert.deepEqual(rig.acts.slice(-3), [`leave #salon ${alice}`, `leave #salon ${carol}`, 'close']);
    assert.equal(rig.notices.includes('#salon: bot closed'), true);
    assert.equal(rig.absences.isOut(portal), false);
  });

  it('is noticed where the room cannot be read, and found nowhere', async () => {
    const { rig, portal } = await inSalon({
      group: (act) => (act === 'bot is out' ? failedForGood('forbidden') : undefined),
    });
    rig.absences.suspected(portal);
    await rig.absences[Symbol.asyncDispose]();
    assert.equal(rig.absences.isOut(portal), true);
    assert.deepEqual(rig.notices, ['#salon: bot removed']);
  });
});
