import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { groupsOfUsers } from '../../src/command-desk.ts';
import { inSalon } from '../support/group-scene.ts';
import { fakeGroupRooms } from '../support/fake-groups.ts';
import { fakeReporter } from '../support/fake-reporter.ts';
import { alice } from '../support/spine-rig.ts';

describe('leaving a group', () => {
  for (const configured of [true, false]) {
    it(`of a network that does not run and is ${configured ? '' : 'not '}configured`, async () => {
      const { rig, portal } = await inSalon();
      const desk = groupsOfUsers({
        ...{ storage: rig.stores, networks: new Map(), groups: rig.groups, configured: () => configured },
        homeserver: { reporter: fakeReporter(rig), groupRooms: fakeGroupRooms(rig.acts, () => undefined) },
      });
      rig.acts.length = 0;
      const failed = await desk.leave(alice, portal);
      if (configured) {
        assert.equal(failed?.retry.kind, 'later');
        assert.deepEqual(rig.acts, []);
      } else {
        assert.equal(failed, undefined);
        assert.deepEqual(rig.acts, [`remove ${alice} portal-closed`, 'close']);
        assert.equal(await rig.stores.portals.byId(portal.id), undefined);
      }
    });
  }
});
