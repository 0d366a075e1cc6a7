import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixUserId, networkId } from '../../src/core/ids.ts';
import { configuredReach, liveReach, reachSchema } from '../../src/reach-config.ts';

describe('the configuration of who can be reached', () => {
  it('asks everybody to opt in where nothing is said, and for networks that it does not know', () => {
    const { reach, region } = configuredReach(reachSchema.parse(undefined));
    for (const network of ['xmpp', 'loopback', 'unknown'])
      assert.equal(reach(networkId(network)).optIn, 'required');
    assert.equal(region(matrixUserId('@alice:example.org')), undefined);
  });

  it('gives each network what is said of it, and the most precise region', () => {
    const { reach, groups, region } = configuredReach(
      reachSchema.parse({
        groups: { staff: ['@*:example.org'] },
        regions: { '*': 'FR', 'example.org': 'DE', '@eve:example.org': 'IT' },
        xmpp: { optIn: 'automatic', eligible: { groups: ['staff'] } },
      }),
    );
    assert.equal(reach(networkId('xmpp')).optIn, 'automatic');
    assert.deepEqual(reach(networkId('xmpp')).eligible.groups, ['staff']);
    assert.equal(reach(networkId('loopback')).optIn, 'required');
    assert.deepEqual(groups, { staff: ['@*:example.org'] });
    const regions = ['@eve:example.org', '@bob:example.org', '@bob:other.org'].map((user) =>
      region(matrixUserId(user)),
    );
    assert.deepEqual(regions, ['IT', 'DE', 'FR']);
  });

  it('is the one of now where it may change', () => {
    let now = reachSchema.parse(undefined);
    const live = liveReach(() => now);
    const [xmpp, alice] = [networkId('xmpp'), matrixUserId('@alice:example.org')];
    assert.deepEqual([live.reach(xmpp).optIn, live.groups, live.region(alice)], ['required', {}, undefined]);
    now = reachSchema.parse({ groups: { a: ['@a*'] }, regions: { '*': 'FR' }, xmpp: { optIn: 'automatic' } });
    assert.deepEqual(
      [live.reach(xmpp).optIn, live.groups, live.region(alice)],
      ['automatic', { a: ['@a*'] }, 'FR'],
    );
  });

  it('refuses what it does not know, with its place', () => {
    const cases: readonly (readonly [unknown, string])[] = [
      [{ xmpp: { eligible: { groups: ['staff'] } } }, 'xmpp.eligible.groups.0'],
      [{ xmpp: { optIn: 'maybe' } }, 'xmpp.optIn'],
      [{ xmpp: { eligible: { regions: ['D E'] } } }, 'xmpp.eligible.regions.0'],
      [{ whatsup: {} }, ''],
      [{ regions: { 'not a user': 'DE' } }, 'regions.not a user'],
    ];
    for (const [said, place] of cases) {
      const issues = reachSchema.safeParse(said).error?.issues ?? [];
      assert.deepEqual(
        issues.map(({ path }) => path.join('.')),
        [place],
        JSON.stringify(said),
      );
    }
  });
});
