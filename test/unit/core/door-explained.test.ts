import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { doorLines } from '../../../src/commands/explain-door.ts';
import { replyOf } from '../../../src/commands/reply.ts';
import { BlockIndex } from '../../../src/core/block-index.ts';
import type { Blocked, BlockOwner } from '../../../src/core/block-store.ts';
import { blockedDoor } from '../../../src/core/blocked-door.ts';
import { Blocks } from '../../../src/core/blocks.ts';
import { explainDoor, type DoorExplained, type DoorFacts } from '../../../src/core/door-explained.ts';
import {
  doorRule,
  listedBy,
  notEnabled,
  plainDoorRules,
  type DoorRuleName,
} from '../../../src/core/door-rules.ts';
import type { Admission, Contact, Door } from '../../../src/core/door.ts';
import type { UnresolvedEvent } from '../../../src/core/event.ts';
import { ignoredDoor } from '../../../src/core/ignored-door.ts';
import {
  matrixUserId,
  networkId,
  remoteChatId,
  remoteMessageId,
  remoteUserId,
} from '../../../src/core/ids.ts';
import { accountName, storedName } from '../../../src/core/persons.ts';
import { PolicyListBook } from '../../../src/core/policy-list-book.ts';
import { reachDoor } from '../../../src/core/reach-door.ts';
import type { Standing } from '../../../src/core/reach.ts';
import type { MessageRequest } from '../../../src/core/request.ts';
import { strictDoor } from '../../../src/core/strict-door.ts';
import { languages } from '../../../src/texts/catalogue.ts';
import { MemoryBlocks } from '../../support/memory-blocks.ts';
import {
  aChange,
  aList,
  aRule,
  author,
  listRoom,
  MemoryPolicyLists,
  own,
} from '../../support/policy-lists.ts';

const xmpp = networkId('xmpp');
const [alice, root] = [matrixUserId('@alice:example.org'), matrixUserId('@root:example.org')];
const bob = remoteUserId('bob@sub.evil.example');
const sides = { network: xmpp, chat: remoteChatId(bob), kind: 'direct', user: alice, remote: bob } as const;
const contact: Contact = { ...sides, direction: 'to-matrix', what: 'message', first: true };
const [asAlice, asAdmin] = [{ kind: 'user', user: alice }, { kind: 'admin' }] as const;
const nothing = { set: undefined, at: undefined, reason: undefined, command: undefined, subject: undefined };

interface Scene {
  readonly facts: DoorFacts;
  readonly blocks: Blocks;
  readonly book: PolicyListBook;
  standing: Standing;
  strict: 'on' | 'off';
  request: MessageRequest | undefined;
  readonly explain: (name: string, asker: typeof asAlice | typeof asAdmin) => Promise<DoorExplained>;
}

async function scene(): Promise<Scene> {
  const book = await PolicyListBook.load(new MemoryPolicyLists(), own);
  await book.putList(aList());
  const blocks = new Blocks(new MemoryBlocks(), new BlockIndex(), {
    serverOf: (_network, name) => name.split('@')[1],
    decidesItself: () => false,
    lists: book,
    now: () => 7,
  });
  const made: Scene = {
    ...{ blocks, book, standing: { kind: 'off', state: 'never' }, strict: 'on', request: undefined },
    facts: {
      ...{ blocks, lists: book, standing: async () => made.standing },
      choseReach: async () =>
        made.standing.kind === 'off' && made.standing.state === 'disabled' ? 3 : undefined,
      strict: async () => made.strict,
      choseStrict: async () => 4,
      request: async () => made.request,
      network: (name) => (name === 'xmpp' ? xmpp : undefined),
    },
    explain: (name, asker) => {
      const rule = doorRule(name);
      assert.ok(rule, name);
      return explainDoor(made.facts, rule, sides, asker);
    },
  };
  return made;
}

const person: Blocked = { kind: 'person', name: accountName({ network: xmpp, remote: bob }) };
const bans: readonly (readonly [Blocked, string, string])[] = [
  [person, 'banned-person', `unban person xmpp ${bob}`],
  [
    { kind: 'person', name: storedName({ kind: 'user', user: alice }) },
    'banned-person',
    `unban person ${alice}`,
  ],
  [
    { kind: 'server', network: xmpp, domain: 'evil.example', subdomains: true },
    'banned-server',
    'unban server xmpp *.evil.example',
  ],
  [{ kind: 'network', network: xmpp }, 'banned-network', 'unban network xmpp'],
];

describe('what doors name', () => {
  it('is read back as it was named', () => {
    for (const name of plainDoorRules) assert.deepEqual(doorRule(name), { kind: name });
    assert.deepEqual(doorRule(notEnabled(xmpp)), { kind: 'not-enabled', network: 'xmpp' });
    const rule = aRule('user', 'x', { key: 'a key with: spaces\nand lines' });
    assert.deepEqual(doorRule(listedBy(rule)), {
      ...{ kind: 'policy-list', list: listRoom, about: 'user', key: rule.key },
    });
    for (const name of ['', 'my-rule', 'policy-list:', 'policy-list:x:!a b', 'policy-list:user:room key'])
      assert.equal(doorRule(name), undefined, name);
  });

  it('is explained in every language, to users and administrators, whatever is known', async () => {
    const one = await scene();
    const names: readonly DoorRuleName[] = [
      ...plainDoorRules,
      notEnabled(xmpp),
      listedBy(aRule('room', 'x')),
    ];
    for (const name of names) {
      const rule = doorRule(name);
      assert.ok(rule);
      for (const asker of [asAlice, asAdmin])
        for (const known of [sides, undefined])
          for (const language of languages) {
            const found = await explainDoor(one.facts, rule, known, asker);
            const { plain } = replyOf(doorLines(language, found, 10_000, asker.kind === 'admin'));
            assert.ok(plain.length > 10 && !/undefined|\{\w+\}/.test(plain), `${name}: ${plain}`);
          }
    }
  });
});

describe('an explanation', () => {
  it('of a block says to the user all that they set, and to administrators no reason', async () => {
    const { blocks, explain } = await scene();
    await blocks.block(alice, person, { author: alice, reason: 'a private matter' });
    const whole = { set: { kind: 'user', user: alice }, at: 7, holds: true, changedBy: 'user' };
    const seen = { ...nothing, what: 'blocked-by-user', ...whole, command: `unblock xmpp ${bob}` };
    assert.deepEqual(await explain('blocked-by-user', asAlice), { ...seen, reason: 'a private matter' });
    assert.deepEqual(await explain('blocked-by-user', asAdmin), seen);
    await blocks.unblock(alice, person);
    assert.equal((await explain('blocked-by-user', asAlice)).holds, false);
  });

  it('of a ban says to administrators who set it, when, why and what ends it, to users that it is one', async () => {
    for (const [blocked, name, command] of bans) {
      const { blocks, explain } = await scene();
      await blocks.block('homeserver', blocked, { author: root, reason: 'spam' });
      assert.deepEqual(await explain(name, asAdmin), {
        ...{ what: name, set: { kind: 'user', user: root }, at: 7, reason: 'spam', holds: true, command },
        ...{ changedBy: 'administrators', subject: undefined },
      });
      const seen = await explain(name, asAlice);
      assert.deepEqual(seen, {
        ...{ ...nothing, what: 'banned', set: { kind: 'administrators' }, holds: true },
        changedBy: 'administrators',
      });
    }
  });

  it('of a policy list names the list, the rule, its sender and reason, to administrators alone', async () => {
    const { book, explain } = await scene();
    const rule = aRule('server', '*.evil.example', { key: 'k', reason: 'spam' });
    await book.change(listRoom, [aChange(rule)]);
    const found = await explain(listedBy(rule), asAdmin);
    assert.deepEqual(found, {
      ...{ what: 'policy-list', at: 1, reason: 'spam', holds: true, changedBy: 'administrators' },
      set: { kind: 'list', list: listRoom, key: 'k', sender: author, entity: '*.evil.example' },
      ...{ command: 'policies allow server *.evil.example', subject: listRoom },
    });
    const seen = await explain(listedBy(rule), asAlice);
    assert.ok(!JSON.stringify(seen).includes('lists.example') && seen.what === 'banned');
    await book.change(listRoom, [{ kind: 'none', list: listRoom, about: 'server', key: 'k' }]);
    assert.equal((await explain(listedBy(rule), asAdmin)).holds, false);
  });

  it('of opting in says what the user chose, or that they may not', async () => {
    const one = await scene();
    const found = async (): Promise<unknown> => {
      const { set, at, holds, changedBy, command } = await one.explain('not-enabled:xmpp', asAlice);
      return [set?.kind, at, holds, changedBy, command];
    };
    assert.deepEqual(await found(), ['default', undefined, true, 'user', 'enable xmpp']);
    one.standing = { kind: 'off', state: 'disabled' };
    assert.deepEqual(await found(), ['user', 3, true, 'user', 'enable xmpp']);
    one.standing = { kind: 'ineligible', why: 'user' };
    assert.deepEqual(await found(), ['config', undefined, true, 'administrators', undefined]);
    one.standing = { kind: 'on', since: 5 };
    assert.deepEqual(await found(), ['user', 5, false, 'nobody', undefined]);
  });

  it('of strict mode and requests says since when, and what lets the person in', async () => {
    const one = await scene();
    const strict = await one.explain('strict-stranger', asAlice);
    assert.deepEqual([strict.at, strict.holds, strict.command], [4, true, 'strict off']);
    one.strict = 'off';
    assert.equal((await one.explain('strict-content', asAlice)).holds, false);
    const request = { ...sides, ...{ id: 1, number: 12, since: 9, held: 1, dropped: 0, name: undefined } };
    const more = { verified: false, notice: undefined, grouped: false };
    const commands: [string, MessageRequest['state'], string | undefined][] = [
      ['request', 'open', 'accept 12'],
      ['declined', 'declined', 'requests restore 12'],
      ['blocked', 'blocked', 'requests restore 12'],
      ['request-expired', 'expired', undefined],
    ];
    for (const [name, state, command] of commands) {
      one.request = { ...request, ...more, state };
      const found = await one.explain(name, asAlice);
      assert.deepEqual([found.at, found.holds, found.command], [9, true, command], name);
      one.request = { ...request, ...more, state: 'accepted' };
      assert.equal((await one.explain(name, asAlice)).holds, false, name);
    }
    assert.deepEqual((await one.explain('unanswered', asAlice)).set, { kind: 'network', network: xmpp });
  });

  it('can be given of what every door says', async () => {
    const [one, hiding] = [await scene(), await scene()];
    const anybody = accountName({ network: xmpp, remote: remoteUserId('somebody@elsewhere.example') });
    await hiding.blocks.block(alice, { kind: 'person', name: anybody }, { author: alice });
    const inGroup = { kind: 'group', user: undefined } as const;
    const unnamed = { kind: 'group', what: 'invitation', unvouched: true } as const;
    const link: UnresolvedEvent = {
      ...{ kind: 'reaction', cause: 'c', sender: { in: 'remote', userId: bob }, name: undefined, at: 1 },
      target: { in: 'remote', messageId: remoteMessageId('m') },
      reactions: { op: 'add', emoji: 'https://evil.example/' },
    };
    const doors: [Door, Partial<Contact>][] = [
      [reachDoor({ isOn: async () => false, permits: () => true }), { direction: 'to-network' }],
      [ignoredDoor(async () => true), {}],
    ];
    const strictTo = (isKnown: boolean, state: 'unchanged' | 'changed' = 'unchanged'): Door =>
      strictDoor({
        strictness: { of: async () => 'on', any: async () => true },
        accepted: { accepted: async () => isKnown },
        isEncrypted: async () => false,
        identities: { state: async () => state },
        members: async () => [alice],
      });
    doors.push([strictTo(false), {}], [strictTo(true), {}], [strictTo(true, 'changed'), {}]);
    doors.push([strictTo(true), { direction: 'to-network', what: 'typing' }]);
    doors.push([strictTo(true), { what: 'call' }], [strictTo(false), { ...inGroup, event: link }]);
    doors.push([blockedDoor({ blocks: hiding.blocks, ignores: async () => false }), unnamed]);
    const shut: [BlockOwner, Blocked][] = bans.map(([blocked]) => ['homeserver', blocked]);
    for (const [owner, blocked] of [...shut, [alice, person] as const]) {
      const { blocks } = await scene();
      await blocks.block(owner, blocked, { author: root });
      doors.push([blockedDoor({ blocks, ignores: async () => false }), {}]);
    }
    const listed = await scene();
    await listed.book.change(listRoom, [aChange(aRule('server', 'sub.evil.example'))]);
    doors.push([blockedDoor({ blocks: listed.blocks, ignores: async () => false }), {}]);
    const named = new Set<string>();
    for (const [door, over] of doors) {
      const admission = await door.admit({ ...contact, ...over });
      assert.ok(isStop(admission), JSON.stringify(admission));
      named.add((await one.explain(admission.rule, asAdmin)).what);
    }
    const atDoors = ['not-enabled', 'policy-list', ...plainDoorRules.slice(0, 12)];
    assert.deepEqual([...named].sort(), atDoors.sort());
  });
});

function isStop(
  admission: Awaited<ReturnType<Door['admit']>>,
): admission is Exclude<Admission, { kind: 'pass' }> {
  return admission.kind === 'blocked' || admission.kind === 'held';
}
