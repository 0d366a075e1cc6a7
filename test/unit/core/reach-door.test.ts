import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reachDoor } from '../../../src/core/reach-door.ts';
import {
  fromAlice,
  fromRemote,
  outcomeOf,
  rigWithPortal,
  SpineRig,
  textBody,
} from '../../support/spine-rig.ts';

const shut = reachDoor({ isOn: async () => false, permits: () => true });

describe('the door of opt-in', () => {
  it('answers for a user who has not enabled it as for one who does not exist', async () => {
    const told = async (rig: SpineRig): Promise<unknown> => {
      await rig.spine.receiveRemote(rig.network.id, fromRemote('bob', 'one', textBody('hello')));
      await rig.quiet();
      rig.reports.poke();
      while (rig.refused.length === 0) await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(rig.roomsMade, []);
      await rig.stop();
      return rig.refused;
    };
    const off = await told(new SpineRig({ doors: [shut] }));
    const nobody = await told(new SpineRig({ reachable: async () => 'no-such-user' }));
    assert.deepEqual(off, nobody);
  });

  it('stops what the user sends, and tells them by which network', async () => {
    const { rig, portal } = await rigWithPortal({ doors: [shut] });
    await rig.spine.receiveMatrix([fromAlice(portal.room, 'one', textBody('hello'))]);
    await rig.quiet();
    const rule = `not-enabled:${rig.network.id}`;
    assert.deepEqual(await outcomeOf(rig, '$one'), { kind: 'blocked', rule });
    assert.deepEqual(rig.atNetwork, []);
    await rig.stop();
  });

  it('leaves who may not use the bridge at all to others', async () => {
    const door = reachDoor({ isOn: async () => false, permits: () => false });
    const rig = new SpineRig({ doors: [door], reachable: async () => 'not-permitted' });
    await rig.spine.receiveRemote(rig.network.id, fromRemote('bob', 'one', textBody('hello')));
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, 'one'), { kind: 'failed', reason: 'not-permitted' });
    await rig.stop();
  });
});
