/** What a room says can be sent is what passes. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { matrixUserId } from '../../../src/core/ids.ts';
import type { Feature, NetworkView } from '../../../src/core/network.ts';
import { RoomInfo } from '../../../src/matrix/room-info.ts';
import { roomRules } from '../../../src/room-rules.ts';
import { RulesInForce } from '../../../src/rules/in-force.ts';
import { RulePolicy } from '../../../src/rules/policy.ts';
import { roomCapabilities } from '../../../src/rules/room-capabilities.ts';
import { actions, type Rule } from '../../../src/rules/rule.ts';
import { capabilitiesWithout } from '../../support/capabilities.ts';
import { alice, bob, chatOn, eventWith, loopback, ruleOf, rulesOf } from '../../support/rule-events.ts';
import { aPortal, aSettlement, keepOne, open, sqliteBackend, xmpp } from '../../support/storage.ts';

const network: NetworkView = { id: loopback, capabilities: capabilitiesWithout([]) };
const around = {
  userGroups: { staff: ['@a*:hs'], others: ['@eve:hs'] },
  regions: { DE: ['hs'], FR: ['elsewhere.example'] },
};
const regionOf = (): string => 'IT';

describe('what a direct chat says can be sent', () => {
  const featured = ['text', 'image', 'sticker', 'file', 'location', 'poll', 'reaction', 'redaction'] as const;
  const some = <T>(...values: readonly T[]): fc.Arbitrary<T[] | undefined> =>
    fc.oneof(
      { arbitrary: fc.constant(undefined), weight: 3 },
      { arbitrary: fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 2 }), weight: 1 },
    );
  const rule = fc.record({
    features: fc.array(fc.constantFrom<Feature>(...featured), { minLength: 1, maxLength: 3 }),
    action: fc.constantFrom(...actions.filter((action) => action !== 'convert')),
    users: some('@alice:hs', 'hs', '@eve:hs', '/@a.*/', '@*:hs'),
    people: some('bob@x', 'eve@x', 'b*'),
    rooms: some('!room:hs', 'bob@x', '!other:hs'),
    regions: some('DE', 'FR', 'IT'),
    userGroups: some('staff', 'others'),
    networks: some('loopback', 'xmpp'),
    direction: fc.constantFrom<Rule['direction'][]>('to-matrix', 'to-network', undefined),
    chats: fc.constantFrom<Rule['chats'][]>('direct', 'group', undefined),
  });

  it('is exactly what the policy lets pass, whoever the rules are for', () => {
    const portal = chatOn(loopback, 'direct');
    let shut = 0;
    fc.assert(
      fc.property(fc.array(rule, { minLength: 1, maxLength: 6 }), (list) => {
        const rules = rulesOf(
          list.map((one, at) => ruleOf({ ...one, id: `r${at}` })),
          around,
        );
        const policy = new RulePolicy({ rules: () => rules, regionOf });
        const said = roomCapabilities(rules, network, portal.key, portal, { regionOf });
        for (const feature of featured) {
          const event = eventWith(feature, 'to-network');
          const passes = policy.judge(event, portal, 'to-network').kind === 'pass';
          if (!passes) shut += 1;
          assert.equal(said.features[feature] !== 'none', passes, feature);
        }
      }),
      { numRuns: 1_000 },
    );
    assert.ok(shut > 500);
  });

  it('follows rules for a region, a user, a group of users and the person', () => {
    const portal = chatOn(loopback, 'direct');
    const levels = (over: Partial<Rule>, receiver = alice): string => {
      const rules = rulesOf([ruleOf({ features: ['poll'], action: 'refuse', ...over })], around);
      const key = { ...portal.key, receiver };
      return roomCapabilities(rules, network, key, { ...portal, key }, { regionOf }).features.poll;
    };
    const eve = matrixUserId('@eve:elsewhere.example');
    for (const over of [{ regions: ['DE'] }, { users: [alice] }, { userGroups: ['staff'] }])
      assert.deepEqual([levels(over), levels(over, eve)], ['none', 'full']);
    assert.deepEqual([levels({ people: [bob] }), levels({ people: ['eve@x'] })], ['none', 'full']);
    assert.equal(levels({ regions: ['IT'] }), 'none');
  });
});

describe('after a change of rules', () => {
  const backend = sqliteBackend();
  after(() => backend.clean());

  it('rooms with something said in the last day are told first, at the rate that is set', async () => {
    await using storage = await open(await backend.config());
    const portals = Array.from({ length: 8 }, () => aPortal());
    for (const portal of portals) {
      await storage.portals.adopted(portal);
      await delay(3);
    }
    const [quiet, active, , , busy] = portals;
    assert.ok(quiet !== undefined && active !== undefined && busy !== undefined);
    for (const portal of [active, busy]) {
      const { seq } = await keepOne(storage);
      await storage.events.settle(aSettlement(seq, { portal: portal.id }));
      await delay(3);
    }
    const inForce = new RulesInForce();
    const told: { readonly room: string; readonly polls: unknown; readonly at: number }[] = [];
    const info = new RoomInfo({
      states: {
        put: async (room: string, { type, content }: { readonly type: string; readonly content: object }) => {
          if (type !== 'com.beeper.room_features') return undefined;
          told.push({ room, polls: 'poll' in content ? content.poll : undefined, at: performance.now() });
          return undefined;
        },
      } as never,
      stores: storage,
      bot: matrixUserId('@bot:hs'),
      network: (id) => ({ ...network, id }),
      rules: roomRules({ rules: inForce, roomsPerSecond: 20 }),
      writer: () => ({ userId: matrixUserId('@bot:hs'), deviceId: 'D' }),
    });
    const { signal } = new AbortController();
    await info.sweep(signal);
    assert.equal(told.length, portals.length);
    told.length = 0;
    inForce.change({
      runtime: [ruleOf({ networks: [xmpp], features: ['poll'], action: 'refuse' })],
    });
    await info.sweep(signal);
    assert.equal(told.length, portals.length);
    assert.deepEqual(
      told.slice(0, 2).map(({ room }) => room),
      [busy.room, active.room],
    );
    assert.equal(told.at(-1)?.room, quiet.room);
    assert.ok(told.every(({ polls }) => polls === -2));
    const took = (told.at(-1)?.at ?? 0) - (told[0]?.at ?? 0);
    assert.ok(took >= (portals.length - 1) * 50 - 10, `${took} ms`);
  });
});
