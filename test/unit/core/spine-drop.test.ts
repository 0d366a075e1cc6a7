import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failedForNow } from '../../../src/core/outcome.ts';
import { fromAlice, net, rigWithPortal, sentToNetwork, textBody } from '../../support/spine-rig.ts';

describe('events that are erased while they wait in memory', () => {
  it('are passed over; those behind them go on', async () => {
    let isUp = false;
    const { rig, portal } = await rigWithPortal({
      toNetwork: async (event) =>
        isUp ? sentToNetwork(event) : failedForNow('link-down', undefined, 60_000),
    });
    for (const id of ['one', 'two', 'three'])
      await rig.spine.receiveMatrix([fromAlice(portal.room, id, textBody(id))]);
    await rig.quiet();
    const seqs = await Promise.all(
      ['$one', '$two'].map(async (id) => (await rig.stores.events.find(id))?.seq),
    );
    rig.spine.drop(seqs.flatMap((seq) => seq ?? []));
    rig.atNetwork.length = 0;
    isUp = true;
    rig.spine.wake(net);
    await rig.quiet();
    assert.deepEqual(
      rig.atNetwork.map(({ name }) => name?.in === 'matrix' && name.eventId),
      ['$three'],
    );
    await rig.stop();
  });
});
