/** A user whom the rules do not let be in groups does not enter one, on whatever way. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { groupDesk } from '../../../src/command-desk.ts';
import { RulePolicy } from '../../../src/rules/policy.ts';
import { fakeGroupRooms } from '../../support/fake-groups.ts';
import { fakeReporter } from '../../support/fake-reporter.ts';
import { carol, inSalon, salon, user } from '../../support/group-scene.ts';
import { ruleOf, rulesOf } from '../../support/rule-events.ts';
import { SpineRig, alice, fromAlice, net, outcomeOf, textBody } from '../../support/spine-rig.ts';

const rules = rulesOf([
  ruleOf({ id: 'no-groups', users: [carol], features: ['group'], action: 'refuse' }),
  ruleOf({ id: 'alone', users: [alice], rooms: ['#other'], features: ['group'], action: 'drop' }),
]);
const policy = new RulePolicy({ rules: () => rules });
const stopped = { kind: 'blocked', rule: 'no-groups', feature: 'group' };

function desk(rig: SpineRig): ReturnType<typeof groupDesk> {
  return groupDesk({
    ...{ storage: rig.stores, networks: new Map([[net, rig.network]]), groups: rig.groups },
    ...{ policy, configured: () => true, door: { admit: async () => ({ kind: 'pass' }) } },
    homeserver: { reporter: fakeReporter(rig), groupRooms: fakeGroupRooms(rig.acts, () => undefined) },
  });
}

describe('a rule about group chats', () => {
  it('is told at the commands that enter or make one, and nothing is done', async () => {
    const rig = new SpineRig({ policy });
    const groups = desk(rig);
    assert.deepEqual(await groups.join(carol, net, salon), { kind: 'blocked', rule: 'no-groups' });
    assert.deepEqual(await groups.create(carol, net, salon, 'Salon'), { kind: 'blocked', rule: 'no-groups' });
    assert.deepEqual(rig.acts, []);
    assert.equal((await groups.join(alice, net, salon)).kind, 'room');
    await rig.stop();
  });

  it('puts out of its room whoever comes in there, before they enter the group', async () => {
    const { rig, portal } = await inSalon({ policy });
    rig.acts.length = 0;
    await user(rig, portal, 'j', { kind: 'joined', user: carol, name: 'Carol' });
    assert.deepEqual(rig.acts, ['remove @carol:hs.test rule']);
    assert.deepEqual(await outcomeOf(rig, '$j'), stopped);
    await delay(50);
    assert.deepEqual(rig.notices, [JSON.stringify(stopped)]);
    await rig.stop();
  });

  it('leaves a member in the room, who is told when they say something', async () => {
    const { rig, portal } = await inSalon({ policy });
    const member = { user: carol, nick: 'C', state: 'joined', role: 'member' } as const;
    await rig.stores.groups.putMember(portal.id, member);
    rig.acts.length = 0;
    await user(rig, portal, 'j', { kind: 'joined', user: carol, name: 'C' });
    assert.deepEqual(rig.acts, []);
    assert.deepEqual(await outcomeOf(rig, '$j'), { kind: 'ignored', reason: 'nothing-to-do' });
    await rig.stop();
  });

  it('keeps out whoever would enter by what they say', async () => {
    const shut = rulesOf([
      ruleOf({ id: 'no-groups', users: [alice], features: ['group'], action: 'refuse' }),
    ]);
    const { rig, portal } = await inSalon({ policy: new RulePolicy({ rules: () => shut }) });
    await rig.stores.groups.removeMember(portal.id, alice);
    rig.acts.length = 0;
    await rig.spine.receiveMatrix([fromAlice(portal.room, '1', textBody('hello'))]);
    await rig.quiet();
    assert.deepEqual(rig.acts, []);
    assert.deepEqual(rig.atNetwork, []);
    assert.deepEqual(await outcomeOf(rig, '$1'), stopped);
    await rig.stop();
  });
});
