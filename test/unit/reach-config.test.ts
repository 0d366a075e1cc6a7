import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configSchema } from '../../src/config-schema.ts';
import { readConfig } from '../../src/config/load.ts';
import { problemText } from '../../src/config/problem.ts';
import { matrixUserId, networkId } from '../../src/core/ids.ts';
import { configuredReach, liveReach, reachSchema } from '../../src/reach-config.ts';

describe('groups of users', () => {
  const head =
    'homeserver: {url: "http://localhost:8008", domain: hs}\nappservice: {}\nstorage: {key: KEY}\n';
  const read = (rest: string): readonly string[] => {
    const read = readConfig(configSchema, 'c.yaml', head.replace('KEY', 'a'.repeat(64)) + rest, {});
    return read.kind === 'errors' ? read.problems.map((problem) => problemText('en', problem)) : [];
  };

  it('are named once, for rules and for who can be reached', () => {
    assert.deepEqual(
      read(
        'user_groups: {staff: ["@*:hs", "/@a.*:x/"]}\nreach: {xmpp: {eligible: {groups: [staff]}}}\nrules: {list: [{id: a, user_groups: [staff], features: [poll], action: drop}]}\n',
      ),
      [],
    );
  });

  it('have to be there', () => {
    const [line = ''] = read('reach: {xmpp: {eligible: {groups: [staff]}}}\n');
    assert.match(line, /c\.yaml:4:\d+.*reach\.xmpp\.eligible\.groups\.0.*user_groups/);
  });

  it('are looked for under their name of now where they stand under an old one', () => {
    for (const section of ['reach: {groups: {a: [hs]}}', 'rules: {user_groups: {a: [hs]}}'])
      assert.match(read(`${section}\n`).join('\n'), /user_groups\b.*\?|mean.*user_groups/i);
  });
});

describe('the configuration of who can be reached', () => {
  it('asks everybody to opt in where nothing is said, and for networks that it does not know', () => {
    const { reach, region } = configuredReach({ ...reachSchema.parse(undefined), groups: {} });
    for (const network of ['xmpp', 'loopback', 'unknown'])
      assert.equal(reach(networkId(network)).optIn, 'required');
    assert.equal(region(matrixUserId('@alice:example.org')), undefined);
  });

  it('gives each network what is said of it, and the most precise region', () => {
    const { reach, groups, region } = configuredReach({
      groups: { staff: ['@*:example.org'] },
      ...reachSchema.parse({
        regions: { '*': 'FR', 'example.org': 'DE', '@eve:example.org': 'IT' },
        xmpp: { optIn: 'automatic', eligible: { groups: ['staff'] } },
      }),
    });
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
    let now = { ...reachSchema.parse(undefined), groups: {} };
    const live = liveReach(() => now);
    const [xmpp, alice] = [networkId('xmpp'), matrixUserId('@alice:example.org')];
    assert.deepEqual([live.reach(xmpp).optIn, live.groups, live.region(alice)], ['required', {}, undefined]);
    now = {
      ...reachSchema.parse({ regions: { '*': 'FR' }, xmpp: { optIn: 'automatic' } }),
      groups: { a: ['@a*'] },
    };
    assert.deepEqual(
      [live.reach(xmpp).optIn, live.groups, live.region(alice)],
      ['automatic', { a: ['@a*'] }, 'FR'],
    );
  });

  it('refuses what it does not know, with its place', () => {
    const cases: readonly (readonly [unknown, string])[] = [
      [{ xmpp: { eligible: { users: ['/(/'] } } }, 'xmpp.eligible.users.0'],
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

it('keeps third-party chats to regions, and has them enabled first', () => {
  const reach = reachSchema.parse({ whatsapp: { eligible: { regions: ['DE'] } } });
  const { reach: of } = configuredReach({ ...reach, groups: {} });
  assert.deepEqual(of(networkId('whatsapp')).eligible.regions, ['DE']);
  assert.equal(of(networkId('whatsapp')).optIn, 'required');
  assert.equal(of(networkId('thirdparty')).optIn, 'required');
});
