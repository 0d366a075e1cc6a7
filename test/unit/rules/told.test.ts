/** What the spine makes of verdicts: outcomes, what is kept of them, who is told. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Outcome } from '../../../src/core/outcome.ts';
import type { Policy, Verdict } from '../../../src/core/policy.ts';
import { reasonOf, recordOf } from '../../../src/storage/event-row.ts';
import { fromAlice, fromRemote, net, rigWithPortal, textBody } from '../../support/spine-rig.ts';

function policyOf(verdict: Verdict): Policy {
  return { judge: () => verdict };
}

describe('an event that a rule stopped', () => {
  it('is told of to its sender on either side, with the feature', async () => {
    const policy = policyOf({ kind: 'block', rule: 'r', feature: 'text' });
    const { rig, portal } = await rigWithPortal({ policy });
    await rig.spine.receiveMatrix([fromAlice(portal.room, '1', textBody('1'))]);
    await rig.spine.receiveRemote(net, fromRemote('bob', 'm', textBody('2')));
    await rig.quiet();
    await delay(50);
    const outcome = { kind: 'blocked', rule: 'r', feature: 'text' };
    assert.deepEqual(rig.notices, [JSON.stringify(outcome)]);
    assert.deepEqual(
      rig.refused.map((refused) => refused.outcome),
      [outcome],
    );
    await rig.stop();
  });

  it('is told of to nobody where the rule says so', async () => {
    const policy = policyOf({ kind: 'block', rule: 'r', feature: 'text', told: 'nobody' });
    const { rig, portal } = await rigWithPortal({ policy });
    await rig.spine.receiveMatrix([fromAlice(portal.room, '1', textBody('1'))]);
    await rig.spine.receiveRemote(net, fromRemote('bob', 'm', textBody('2')));
    await rig.quiet();
    await delay(50);
    assert.deepEqual([rig.notices, rig.refused, rig.statuses], [[], [], []]);
    assert.equal((await rig.stores.events.find('$1'))?.state, 'blocked');
    await rig.stop();
  });
});

describe('an event that a rule changed', () => {
  it('arrives as it was changed, and its sender gets one line for it in each chat', async () => {
    const policy: Policy = {
      judge: (event) => ({
        kind: 'convert',
        event: { ...event, late: true },
        by: [{ rule: 'r', feature: 'link' }],
      }),
    };
    const { rig, portal } = await rigWithPortal({ policy });
    for (const id of ['1', '2', '3'])
      await rig.spine.receiveMatrix([fromAlice(portal.room, id, textBody(id))]);
    await rig.quiet();
    await delay(50);
    assert.deepEqual(
      rig.atNetwork.map(({ late }) => late),
      [true, true, true],
    );
    assert.deepEqual(rig.notices, [
      JSON.stringify({ kind: 'sent', converted: [{ rule: 'r', feature: 'link' }] }),
    ]);
    await rig.stop();
  });
});

describe('what is kept of it', () => {
  const outcomes: readonly Outcome[] = [
    { kind: 'sent' },
    { kind: 'blocked', rule: 'a.b-c' },
    { kind: 'blocked', rule: 'r', feature: 'read-receipt' },
    { kind: 'sent', converted: [{ rule: 'r', feature: 'link' }] },
    {
      ...{ kind: 'sent' },
      converted: [
        { rule: 'r', feature: 'link' },
        { rule: 's', feature: 'reply' },
      ],
    },
  ];
  for (const outcome of outcomes) {
    it(`is read back: ${JSON.stringify(outcome)}`, () => {
      const row = {
        ...{ seq: 1, source: 'matrix', outer_key: '$1', long_outer_id: null, lane: 'l', state: outcome.kind },
        ...{ reason: reasonOf(outcome), attempts: 1, received_at: 1, ended_at: 2, retryable: 0 },
        waits_for_key: null,
      };
      assert.deepEqual(recordOf(row).outcome, outcome);
    });
  }

  it('says less where a newer release wrote a feature that is not known', () => {
    const row = {
      ...{ seq: 1, source: 'matrix', outer_key: '$1', long_outer_id: null, lane: 'l', state: 'blocked' },
      ...{ reason: 'r\tsmell', attempts: 1, received_at: 1, ended_at: 2, retryable: 0, waits_for_key: null },
    };
    assert.deepEqual(recordOf(row).outcome, { kind: 'blocked', rule: 'r' });
  });
});
