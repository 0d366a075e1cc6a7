import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { runCommand } from '../../../src/commands/run.ts';
import { laneId, matrixUserId, networkId, remoteUserId } from '../../../src/core/ids.ts';
import type { EventRecord } from '../../../src/core/stores.ts';
import type { Decider } from '../../../src/rules/desks.ts';
import { alice, fakeServices, type FakeServices } from './services.ts';

let services: FakeServices;
beforeEach(() => {
  services = fakeServices();
});

async function say(text: string, over: { admin?: boolean; language?: 'en' | 'ar' } = {}): Promise<string> {
  const reply = await runCommand({ user: alice, text, language: 'en', admin: true, ...over }, services);
  assert.deepEqual(services.errors, []);
  return reply.plain;
}
const idsInForce = (): readonly string[] => services.rules.list().rules.map(({ rule }) => rule.id);

describe('rules', () => {
  it('is for administrators', async () => {
    assert.match(await say('rules add x drop sticker', { admin: false }), /Only administrators/);
    assert.match(await say('rules', { admin: false }), /Only administrators/);
    assert.deepEqual(idsInForce(), []);
  });

  it('sets a rule on one line, and lists it with who set it and when', async () => {
    assert.match(await say('rules'), /No rules are in force/);
    assert.match(
      await say('!causeway rules add no-stickers refuse sticker networks=xmpp'),
      /^1 rule was changed/,
    );
    services.time += 120_000;
    const shown = await say('rules');
    assert.match(shown, /no-stickers · What it says: no-stickers refuse sticker networks=xmpp/);
    assert.match(shown, /Set by: @alice:example.org · Set: 2 minutes ago/);
    assert.match(
      await say('rules add no-stickers refuse sticker networks=xmpp'),
      /Nothing was changed: the rules in/,
    );
    assert.match(await say('rules', { language: 'ar' }), /قاعدة واحدة سارية/);
  });

  it('sets several as YAML between lines of backticks, before the others where that is said', async () => {
    await say('rules add old drop poll');
    const yaml = '- id: a\n  features: [image]\n  action: drop\n- id: b\n  features: [video]\n  action: drop';
    assert.match(await say(`rules add first\n\`\`\`yaml\n${yaml}\n\`\`\``), /^2 rules were changed/);
    assert.deepEqual([...idsInForce()].sort(), ['a', 'b', 'old']);
    assert.match(await say(`rules add\n${yaml}`), /in a code block/);
    assert.match(await say('rules add ```nothing```'), /in a code block/);
  });

  it('puts a rule in the place of another only where that is said', async () => {
    await say('rules add x drop sticker');
    assert.match(await say('rules add x refuse sticker'), /another rule x already.*\nNothing was changed/);
    assert.match(await say('rules add replace x refuse sticker'), /^1 rule was changed/);
    assert.equal(services.rules.find('x')?.rule.action, 'refuse');
    assert.match(await say('rules add first replace x drop sticker'), /^1 rule was changed/);
  });

  it('says what is wrong with a change, and leaves the rules in force', async () => {
    await say('rules add x drop sticker');
    const before = services.rulebook.inForce.rules;
    const cases: readonly [string, RegExp][] = [
      ['rules add y drop telepathy', /features\[0\] has to be one of these: text, /],
      ['rules add y forbid sticker', /action has to be one of these: allow, convert, drop, refuse/],
      ['rules add y drop sticker colour=red', /colour is nothing that a rule has/],
      ['rules add y drop sticker users=/(/', /users.0: \/\(\/ in y is no expression/],
      ['rules add y convert typing', /cannot convert typing/],
      ['rules add ```\nid: y\nfeatures: [poll]\n```', /action is missing/],
      ['rules add ```\na: [\n```', /This cannot be read/],
      ['rules add ```\njust text\n```', /The rule is wrong: a rule is expected/],
      ['rules remove y', /No rule y was set/],
      ['rules add y drop', /features\[0\] has to be one of/],
    ];
    for (const [text, expected] of cases) {
      const answer = await say(text);
      assert.match(answer, expected, text);
      assert.match(answer, /Nothing was changed: the rules in force stay/, text);
      assert.equal(services.rulebook.inForce.rules, before, text);
    }
    for (const text of ['rules add', 'rules remove', 'rules nonsense', 'rules test', 'rules add first'])
      assert.match(await say(text), /This is how the command is written/, text);
    assert.equal(services.rulebook.inForce.rules, before);
  });

  it('warns of a rule that can never decide', async () => {
    await say('rules add wide drop sticker');
    assert.match(
      await say('rules add narrow refuse sticker'),
      /The rule narrow never decides: the rule wide/,
    );
    assert.match(await say('rules'), /narrow never decides/);
  });

  it('takes rules away, and accounts for every change', async () => {
    assert.match(await say('rules audit'), /No rule was changed/);
    await say('rules add x drop sticker');
    await say('rules add y drop poll');
    assert.match(await say('rules remove x y'), /^2 rules were changed/);
    assert.deepEqual(idsInForce(), []);
    services.rulebook.dropped = 3;
    const trail = await say('rules audit x');
    assert.match(
      trail,
      /• 3 · Rule: x · Set by: @alice:example.org · Set: .* · Before: \{"id":"x".* · After: –/,
    );
    assert.match(trail, /• 1 · Rule: x .* Before: – · After: \{"id":"x"/);
    assert.match(trail, /3 older changes are not remembered/);
    assert.doesNotMatch(trail, /Rule: y/);
    assert.match(await say('rules audit before=2'), /• 1 · Rule: x/);
    assert.match(await say('rules audit x y'), /This is how the command is written/);
  });

  it('turns pages', async () => {
    for (let n = 0; n < 25; n += 1) await say(`rules add r${n} drop poll people=p${n}@x`);
    assert.match(await say('rules'), /There is more: rules 2/);
    assert.match(await say('rules 2'), /• r24/);
    assert.match(await say('rules 3'), /There is nothing here/);
    assert.match(await say('rules audit'), /There is more: rules audit before=6/);
  });

  it('tries a change over the last events without making it', async () => {
    const changed = {
      ...({ id: '$event', direction: 'to-network', network: 'xmpp' } as const),
      ...({ was: { kind: 'allow', rules: [] }, would: { kind: 'refuse', rules: ['x'] } } as const),
    };
    services.rulebook.trial = { judged: 40, unread: 2, changes: 1, changed: [changed] };
    const answer = await say('rules test last=60 x refuse sticker');
    assert.match(answer, /Of the last 40 events .* the verdicts on 1 would be others/);
    assert.match(answer, /2 more events could not be opened/);
    assert.match(answer, /• \$event · Now: passes · Then: does not pass, and the sender is told \(x\)/);
    assert.deepEqual(idsInForce(), []);
    await say('rules add x refuse sticker');
    await say('rules test remove x');
    await say('rules test last=999999 add first y drop poll');
    assert.deepEqual(
      services.rulebook.tried.map(([{ put, remove, place }, events]) => [put.length, remove, place, events]),
      [
        [1, [], 'last', 60],
        [0, ['x'], 'last', 200],
        [1, [], 'first', 1_000],
      ],
    );
    assert.match(await say('rules test y drop telepathy'), /has to be one of/);
  });
});

function aRecord(over: Partial<EventRecord> = {}): EventRecord {
  return {
    ...{ seq: 1, source: 'matrix', outerId: '$event', lane: laneId('l'), state: 'blocked', attempts: 1 },
    ...{ outcome: { kind: 'blocked', rule: 'x' }, receivedAt: 0, endedAt: 1_000, retryable: true },
    ...over,
  };
}
function decide(decider: Decider): void {
  const decided = [{ decider, feature: 'sticker' as const }];
  services.rulebook.events.set('$event', {
    ...{ kind: 'event', id: '$event', record: aRecord(), decided, now: undefined },
  });
}

describe('explain', () => {
  it('says which rule decided and who set it', async () => {
    await say('rules add x refuse sticker');
    const rule = services.rules.find('x');
    assert.ok(rule);
    decide({ kind: 'rule', name: 'x', rule, since: true });
    const answer = await say('explain $event', { admin: false });
    assert.match(answer, /ended so: stopped by a rule/);
    assert.match(answer, /What it is about: stickers/);
    assert.match(answer, /The rule x decided that. It was set by @alice:example.org/);
    assert.match(answer, /changed after that/);
    assert.match(answer, /It says: x refuse sticker/);
    assert.match(answer, /not kept any more/);
    assert.match(await say('explain $event', { language: 'ar' }), /حكمت بذلك القاعدة/);
  });

  it('says who took a rule away that decided, and what else decides', async () => {
    const last = { seq: 2, at: 0, by: { kind: 'api' }, id: 'x', before: '{}', after: undefined } as const;
    decide({ kind: 'past-rule', name: 'x', last });
    assert.match(await say('explain $event'), /The rule x decided that. the HTTP API took it away/);
    const unknown = {
      set: undefined,
      at: undefined,
      reason: undefined,
      holds: undefined,
      command: undefined,
    };
    const ignored = { what: 'ignored-by-user', changedBy: 'user', subject: undefined, ...unknown } as const;
    decide({ kind: 'door', name: 'ignored-by-user', door: ignored });
    assert.match(await say('explain $event'), /ignores this person on Matrix[^]*in their client/);
    decide({ kind: 'door', name: 'block-of-admin' });
    assert.match(await say('explain $event'), /decided by block-of-admin/);
  });

  it('asks for users only what is theirs', async () => {
    assert.match(await say('explain $other', { admin: false }), /Nothing of yours is known here/);
    await say('explain xmpp bob@x', { admin: false });
    await say('explain xmpp bob@x');
    assert.match(await say('explain xmpp bob@x @carol:example.org', { admin: false }), /how the command is/);
    await say('explain bob@x @carol:example.org');
    assert.deepEqual(services.rulebook.asked, [
      'event $other user',
      `person xmpp bob@x ${alice} user`,
      `person xmpp bob@x ${alice} admin`,
      'person - bob@x @carol:example.org admin',
    ]);
    for (const text of ['explain', 'explain a b c d', 'explain xmpp a b'])
      assert.match(await say(text), /This is how the command is written/, text);
  });

  it('says what holds for a person, and what of theirs was stopped', async () => {
    await say('rules add x refuse sticker');
    const rule = services.rules.find('x');
    assert.ok(rule);
    const decided = { feature: 'sticker', by: rule, dimension: 'everywhere', action: 'refuse' } as const;
    services.rulebook.people.set('bob@x', {
      ...{
        kind: 'person',
        user: matrixUserId(alice),
        network: networkId('xmpp'),
        person: remoteUserId('bob@x'),
      },
      rules: { 'to-matrix': [{ feature: 'sticker', decided, next: [] }], 'to-network': [] },
      stopped: [
        {
          id: 'm1',
          direction: 'to-matrix',
          endedAt: 1,
          decider: { kind: 'rule', name: 'x', rule, since: false },
        },
      ],
    });
    const answer = await say('explain bob@x');
    assert.match(answer, /Between @alice:example.org and bob@x on xmpp/);
    assert.match(
      answer,
      /stickers: does not pass, and the sender is told. Decided by the rule x \(everywhere\), set by/,
    );
    assert.match(answer, /What @alice:example.org sends to bob@x:\nNo rule is about it/);
    assert.match(answer, /What was stopped lately:\nThe event m1 ended so: stopped by a rule/);
  });
});
