import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { BridgeEvent } from '../../src/core/event.ts';
import {
  matrixEventId,
  matrixUserId,
  remoteUserId,
  remoteChatId,
  type MatrixUserId,
} from '../../src/core/ids.ts';
import { matrixLane, networkLane } from '../../src/core/lane-name.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import { matrixPayload, networkPayload } from '../../src/core/payload.ts';
import type { DirectPortal } from '../../src/core/portal.ts';
import { explainDesk } from '../../src/explain-desk.ts';
import { ruleDesk } from '../../src/rule-desk.ts';
import type { ExplainDesk, RuleDesk } from '../../src/rules/desks.ts';
import { RulesInForce } from '../../src/rules/in-force.ts';
import { RulePolicy } from '../../src/rules/policy.ts';
import type { Rule } from '../../src/rules/rule.ts';
import { Rulebook, type WantedChange } from '../../src/rules/rulebook.ts';
import type { Storage } from '../../src/storage/storage.ts';
import {
  aGroup,
  alice,
  aPortal,
  aSettlement,
  juliet,
  open,
  silentLog,
  sqliteBackend,
  unique,
  xmpp,
} from '../support/storage.ts';

const backend = sqliteBackend();
const carol = matrixUserId('@carol:example.org');
const admin = { kind: 'admin' } as const;
const ghost = matrixUserId('@_xmpp_juliet=40example.net:example.org');

function aRule(id: string, over: Partial<Rule> = {}): Rule {
  return { id, features: ['text'], action: 'refuse', ...over };
}
function aChange(over: Partial<WantedChange> = {}): WantedChange {
  return { put: [], remove: [], place: 'last', replace: false, by: { kind: 'user', user: alice }, ...over };
}

describe('rules and the events that they judge', () => {
  let storage: Storage;
  let rules: RuleDesk;
  let explain: ExplainDesk;
  let portal: DirectPortal;
  let clock = 10_000;
  after(() => backend.clean());
  before(async () => {
    storage = await open(await backend.config());
    portal = aPortal({ key: { network: xmpp, chat: remoteChatId(juliet), receiver: alice } });
    await storage.portals.adopted(portal);
    const inForce = new RulesInForce();
    const book = new Rulebook({ store: storage.rules, inForce, log: silentLog, now: () => clock });
    const network = {
      id: xmpp,
      open: (arrival: { readonly raw: string }) => {
        if (arrival.raw === 'broken') throw new Error('broken');
        return { kind: 'event', event: JSON.parse(arrival.raw) as never } as const;
      },
      directory: { chatWith: (user: typeof juliet) => remoteChatId(user) },
    };
    const deps = {
      ...{ book, inForce, log: silentLog, store: storage.rules, kept: storage.kept },
      ...{ portals: storage.portals, messages: storage.messages },
      homeserver: {
        open: async ({ raw }: { readonly raw: string }) => {
          const event = JSON.parse(raw) as { readonly event: never };
          return { kind: 'event', ...event } as const;
        },
      },
      policy: new RulePolicy({ rules: () => inForce.rules }),
      network: () => network,
    };
    rules = ruleDesk(deps);
    explain = explainDesk({
      ...{ ...deps, now: () => clock, networks: new Map([[xmpp, network]]) },
      ghost: (id) => (id === ghost ? { network: xmpp, remote: juliet } : undefined),
    });
  });
  after(() => storage[Symbol.asyncDispose]());

  function aMessage(sender: BridgeEvent['sender'], id: string): unknown {
    const text = { plain: 'hello', html: undefined };
    const name = sender.in === 'matrix' ? { in: 'matrix', eventId: id } : { in: 'remote', messageId: id };
    const content = { kind: 'text', style: 'normal', text };
    const mentions = { users: [], room: false };
    return { kind: 'message', cause: `c/${id}`, sender, name, at: 5, content, mentions };
  }
  async function ended(
    outcome: Outcome,
    over: {
      readonly from?: 'matrix';
      readonly sender?: MatrixUserId;
      readonly raw?: string;
      readonly portal?: false;
    } = {},
  ): Promise<string> {
    const id = over.from === 'matrix' ? `$e${unique()}` : `m${unique()}`;
    const sender = over.sender ?? alice;
    const raw =
      over.raw ??
      JSON.stringify(
        over.from === 'matrix'
          ? { sender, event: aMessage({ in: 'matrix', userId: sender }, id) }
          : aMessage({ in: 'remote', userId: juliet }, id),
      );
    const { chat } = portal.key;
    const [kept] = await storage.events.keep([
      over.from === 'matrix'
        ? {
            ...{ source: 'matrix', outerId: id, lane: matrixLane(portal.room) },
            payload: matrixPayload({ eventId: matrixEventId(id), room: portal.room, raw }),
          }
        : {
            ...{ source: xmpp, outerId: id, lane: networkLane(xmpp, chat, alice) },
            payload: networkPayload({ outerId: id, chat, sender: juliet, receiver: alice, at: 5, raw }),
          },
    ]);
    assert.ok(kept);
    const where = over.portal === false ? undefined : portal.id;
    await storage.events.settle(aSettlement(kept.seq, { outcome, portal: where }));
    return id;
  }

  it('tell in a dry run which verdicts would be others, and do nothing', async () => {
    const out = await ended({ kind: 'sent' }, { from: 'matrix' });
    await ended({ kind: 'sent' });
    await ended({ kind: 'sent' }, { raw: 'broken' });
    const before = [rules.list(), await storage.rules.audit({ before: undefined, limit: 5 })];
    const change = aChange({ put: [aRule('no-text', { direction: 'to-network' })] });
    const result = await rules.test(change, 10);
    assert.deepEqual(result, {
      kind: 'tested',
      trial: {
        ...{ judged: 2, unread: 1, changes: 1 },
        changed: [
          {
            ...{ id: out, direction: 'to-network', network: 'xmpp' },
            ...{ was: { kind: 'allow', rules: [] }, would: { kind: 'refuse', rules: ['no-text'] } },
          },
        ],
      },
    });
    assert.deepEqual([rules.list(), await storage.rules.audit({ before: undefined, limit: 5 })], before);
    const one = await rules.test(change, 1);
    assert.ok(one.kind === 'tested' && one.trial.judged + one.trial.unread === 1);
    const bad = await rules.test(aChange({ put: [aRule('x', { users: ['/(/'] })] }), 10);
    assert.equal(bad.kind, 'refused');
  });

  it('explain an event by the rule of that name: in force, changed since, or taken away, and by whom', async () => {
    await rules.change(aChange({ put: [aRule('stop')] }));
    clock = Date.now() + 60_000;
    const id = await ended({ kind: 'blocked', rule: 'stop', feature: 'text' });
    const first = await explain.event(id, admin);
    const [by] = first?.decided ?? [];
    assert.ok(by?.decider.kind === 'rule');
    assert.deepEqual(
      [by.feature, by.decider.rule.author, by.decider.since],
      ['text', { kind: 'user', user: alice }, false],
    );
    assert.deepEqual(
      first?.now?.map(({ feature, decided }) => [feature, decided?.by.rule.id]),
      [['text', 'stop']],
    );
    await rules.change(aChange({ put: [aRule('stop', { action: 'drop' })], replace: true }));
    const second = (await explain.event(id, admin))?.decided[0]?.decider;
    assert.ok(second?.kind === 'rule' && second.since);
    await rules.change(aChange({ remove: ['stop'], by: { kind: 'api' } }));
    const third = (await explain.event(id, admin))?.decided[0]?.decider;
    assert.ok(third?.kind === 'past-rule');
    assert.deepEqual([third.last.by, third.last.after], [{ kind: 'api' }, undefined]);
  });

  it('explain what was changed on its way, and what doors decide', async () => {
    await rules.change(aChange({ put: [aRule('plain', { features: ['formatting'], action: 'convert' })] }));
    const id = await ended({ kind: 'sent', converted: [{ feature: 'formatting', rule: 'plain' }] });
    const found = await explain.event(id, admin);
    assert.deepEqual(
      found?.decided.map(({ feature, decider }) => [feature, decider.kind, decider.name]),
      [['formatting', 'rule', 'plain']],
    );
    const shut = await ended({ kind: 'blocked', rule: 'ignored-by-user' }, { portal: false });
    assert.deepEqual((await explain.event(shut, admin))?.decided[0]?.decider, {
      ...{ kind: 'door', name: 'ignored-by-user' },
    });
    await rules.change(aChange({ remove: ['plain'] }));
  });

  it('keep from users what is not their own', async () => {
    const own = await ended({ kind: 'sent' });
    const sent = await ended({ kind: 'sent' }, { from: 'matrix' });
    const [one, other] = [
      { kind: 'user', user: alice },
      { kind: 'user', user: carol },
    ] as const;
    for (const id of [own, sent]) {
      assert.equal((await explain.event(id, one))?.id, id);
      assert.equal(await explain.event(id, other), undefined);
      assert.equal((await explain.event(id, admin))?.id, id);
    }
    assert.equal(await explain.event('$nothing', admin), undefined);
    const which = { network: 'xmpp', person: juliet };
    assert.equal(await explain.person(which, alice, other), undefined);
    assert.equal((await explain.person(which, carol, other))?.user, carol);
    await storage.events.erase(Date.now() + 60_000);
    assert.equal((await explain.event(own, one))?.now, undefined, 'of a direct chat the record is enough');
    assert.equal(await explain.event(own, other), undefined);
  });

  it('of a shared group show a user only what they sent', async () => {
    const group = aGroup();
    await storage.portals.adopted(group);
    const id = `$g${unique()}`;
    const raw = JSON.stringify({ sender: alice, event: aMessage({ in: 'matrix', userId: alice }, id) });
    const [kept] = await storage.events.keep([
      {
        ...{ source: 'matrix', outerId: id, lane: matrixLane(group.room) },
        payload: matrixPayload({ eventId: matrixEventId(id), room: group.room, raw }),
      },
    ]);
    await storage.events.settle(aSettlement(kept?.seq ?? 0, { portal: group.id }));
    assert.equal((await explain.event(id, { kind: 'user', user: alice }))?.id, id);
    assert.equal(await explain.event(id, { kind: 'user', user: carol }), undefined);
  });

  it('explain what holds for a person, and what of theirs was stopped, by address and by ghost', async () => {
    await rules.change(
      aChange({
        put: [
          aRule('from-juliet', { features: ['image'], people: [juliet], direction: 'to-matrix' }),
          aRule('for-carol', { features: ['video'], users: [carol] }),
        ],
      }),
    );
    const stopped = await ended({ kind: 'blocked', rule: 'from-juliet' }, { portal: false });
    const back = await ended({ kind: 'blocked', rule: 'gone' }, { from: 'matrix' });
    for (const which of [
      { network: 'xmpp', person: juliet },
      { network: undefined, person: juliet },
      { network: undefined, person: ghost },
    ]) {
      const found = await explain.person(which, alice, admin);
      assert.deepEqual(
        found?.rules['to-matrix'].map(({ feature, decided }) => [feature, decided?.by.rule.id]),
        [['image', 'from-juliet']],
      );
      assert.deepEqual(found.rules['to-network'], []);
      assert.deepEqual(
        found.stopped.map(({ id, direction, decider }) => [id, direction, decider.kind]),
        [
          [back, 'to-network', 'door'],
          [stopped, 'to-matrix', 'rule'],
        ],
      );
    }
    const hers = await explain.person({ network: 'xmpp', person: juliet }, carol, admin);
    assert.deepEqual([hers?.stopped, hers?.rules['to-network'][0]?.feature], [[], 'video']);
    assert.equal(await explain.person({ network: 'nothing', person: juliet }, alice, admin), undefined);
    assert.equal(await explain.person({ network: 'xmpp', person: '' }, alice, admin), undefined);
    assert.equal(
      (await explain.person({ network: 'xmpp', person: remoteUserId('x@y') }, alice, admin))?.stopped.length,
      0,
    );
  });
});
