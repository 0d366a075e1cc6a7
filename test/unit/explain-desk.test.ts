import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Admission } from '../../src/core/door.ts';
import type { DoorSides } from '../../src/core/door-explained.ts';
import { matrixEventId, matrixUserId, remoteChatId } from '../../src/core/ids.ts';
import { matrixLane, networkLane } from '../../src/core/lane-name.ts';
import { failedForGood, failedForNow, type Failed } from '../../src/core/outcome.ts';
import { matrixPayload, networkPayload } from '../../src/core/payload.ts';
import { accountName } from '../../src/core/persons.ts';
import type { Direction } from '../../src/core/policy.ts';
import type { DirectPortal } from '../../src/core/portal.ts';
import { explainDesk } from '../../src/explain-desk.ts';
import type { ExplainDesk } from '../../src/rules/desks.ts';
import { RulesInForce } from '../../src/rules/in-force.ts';
import { RulePolicy } from '../../src/rules/policy.ts';
import { Rulebook } from '../../src/rules/rulebook.ts';
import type { Storage } from '../../src/storage/storage.ts';
import {
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
const [asAdmin, asAlice] = [{ kind: 'admin' }, { kind: 'user', user: alice }] as const;
const pass = { kind: 'pass' } as const;

describe('what doors decided', () => {
  let storage: Storage;
  let explain: ExplainDesk;
  let portal: DirectPortal;
  let admitted: Readonly<Record<Direction, Admission | Failed>>;
  /** Between whom, and about what, blocks were asked for. */
  const between: [unknown, string][] = [];
  after(() => backend.clean());
  before(async () => {
    storage = await open(await backend.config());
    portal = aPortal({ key: { network: xmpp, chat: remoteChatId(juliet), receiver: alice } });
    await storage.portals.adopted(portal);
    admitted = { 'to-matrix': pass, 'to-network': pass };
    const inForce = new RulesInForce();
    const name = accountName({ network: xmpp, remote: juliet });
    const block = {
      owner: alice,
      author: carol,
      at: 5,
      reason: 'why',
      blocked: { kind: 'person', name },
    } as const;
    const network = { id: xmpp, directory: { chatWith: () => remoteChatId(juliet) } };
    explain = explainDesk({
      ...{ book: new Rulebook({ store: storage.rules, inForce, log: silentLog }), inForce, log: silentLog },
      ...{ store: storage.rules, kept: storage.kept, portals: storage.portals, messages: storage.messages },
      homeserver: { open: async () => ({ kind: 'ignored', reason: 'nothing-to-do' }) },
      policy: new RulePolicy({ rules: () => inForce.rules }),
      ...{ network: () => undefined, networks: new Map([[xmpp, network]]), ghost: () => undefined },
      doors: {
        door: { admit: async ({ direction }) => admitted[direction] },
        facts: {
          lists: { find: () => undefined, list: () => undefined },
          blocks: { between: async (sides, what) => (between.push([sides, what]), block) },
          ...{ standing: async () => ({ kind: 'off', state: 'never' }), choseReach: async () => undefined },
          ...{ strict: async () => 'off', choseStrict: async () => undefined },
          ...{ request: async () => undefined, network: () => xmpp },
        },
      },
    });
  });
  after(() => storage[Symbol.asyncDispose]());

  async function ended(rule: string, from: 'matrix' | 'network', inPortal: boolean): Promise<string> {
    const id = `$e${unique()}`;
    const { chat } = portal.key;
    const raw = JSON.stringify({ sender: alice });
    const [kept] = await storage.events.keep([
      from === 'matrix'
        ? {
            ...{ source: 'matrix', outerId: id, lane: matrixLane(portal.room) },
            payload: matrixPayload({ eventId: matrixEventId(id), room: portal.room, raw }),
          }
        : {
            ...{ source: xmpp, outerId: id, lane: networkLane(xmpp, chat, alice) },
            payload: networkPayload({ outerId: id, chat, sender: juliet, receiver: alice, at: 5, raw }),
          },
    ]);
    await storage.events.settle(
      aSettlement(kept?.seq ?? 0, {
        outcome: { kind: 'blocked', rule },
        portal: inPortal ? portal.id : undefined,
      }),
    );
    return id;
  }

  it('is looked up by whom the event was between; users learn no more than that administrators ban', async () => {
    const sides: DoorSides = {
      ...{ network: xmpp, chat: remoteChatId(juliet), kind: 'direct' },
      user: alice,
      remote: juliet,
    };
    for (const [from, inPortal] of [
      ['network', false],
      ['network', true],
      ['matrix', true],
    ] as const) {
      between.length = 0;
      const id = await ended('banned-person', from, inPortal);
      const [whole] = (await explain.event(id, asAdmin))?.decided ?? [];
      assert.ok(whole?.decider.kind === 'door' && whole.decider.door?.reason === 'why');
      const [seen] = (await explain.event(id, asAlice))?.decided ?? [];
      assert.equal(seen?.decider.name, 'banned');
      assert.ok(!JSON.stringify(seen).includes(carol) && !JSON.stringify(seen).includes('why'));
      assert.deepEqual(between, [
        [sides, 'person'],
        [sides, 'person'],
      ]);
    }
    const gone = await ended('banned-person', 'matrix', false);
    const [unknown] = (await explain.event(gone, asAdmin))?.decided ?? [];
    assert.ok(unknown?.decider.kind === 'door' && unknown.decider.door?.set === undefined);
  });

  it('is not made up where nobody names anything so', async () => {
    const id = await ended('a rule of old', 'network', true);
    const [by] = (await explain.event(id, asAdmin))?.decided ?? [];
    assert.deepEqual(by?.decider, { kind: 'door', name: 'a rule of old' });
  });

  it('is said of what was stopped lately, and of what would be now, either way', async () => {
    const which = { network: 'xmpp', person: juliet };
    const found = await explain.person(which, alice, asAlice);
    assert.ok(found?.stopped.some(({ decider }) => decider.name === 'banned'));
    assert.ok(!JSON.stringify(found).includes(carol));
    const doors = async (): Promise<unknown> => {
      const now = (await explain.person(which, carol, asAdmin))?.doors;
      return [now?.['to-matrix']?.name, now?.['to-network']?.name];
    };
    assert.deepEqual(await doors(), [undefined, undefined]);
    const shut = { kind: 'blocked', rule: 'blocked-by-user', told: 'nobody' } as const;
    admitted = { 'to-matrix': { kind: 'held', rule: 'request' }, 'to-network': shut };
    assert.deepEqual(await doors(), ['request', 'blocked-by-user']);
    admitted = { 'to-matrix': failedForGood('no-such-user'), 'to-network': failedForNow('link-down') };
    assert.deepEqual(await doors(), ['not-enabled:xmpp', undefined]);
  });
});
