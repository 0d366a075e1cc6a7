import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Blocked, BlockOwner } from '../../../src/core/block-store.ts';
import { Blocks, mostOfOne } from '../../../src/core/blocks.ts';
import type { Contact } from '../../../src/core/door.ts';
import { matrixUserId, remoteChatId, remoteUserId } from '../../../src/core/ids.ts';
import { accountName, keyOf, storedName, type PersonName } from '../../../src/core/persons.ts';
import {
  networks,
  xmpp,
  whatsapp,
  strict,
  alice,
  anna,
  admin,
  options,
  load,
  account,
  person,
  bob,
  ruleOf,
} from '../../support/blocked-people.ts';
import { MemoryBlocks } from '../../support/memory-blocks.ts';

describe('blocks', () => {
  it('shut out a person for the user who made them, both ways, until they are ended', async () => {
    const blocks = await load(new MemoryBlocks());
    assert.equal(await ruleOf(blocks), 'pass');
    assert.equal(await blocks.block(alice, person(bob), { author: alice }), 'blocked');
    assert.equal(await blocks.block(alice, person(bob), { author: alice }), 'known');
    assert.equal(await ruleOf(blocks), 'blocked-by-user told nobody');
    assert.equal(await ruleOf(blocks, { direction: 'to-network' }), 'blocked-by-user told sender');
    assert.equal(await ruleOf(blocks, { user: anna }), 'pass');
    assert.equal(await ruleOf(blocks, { user: undefined, kind: 'group' }), 'pass');
    assert.equal(await ruleOf(blocks, { remote: remoteUserId('rob@x.example') }), 'pass');
    assert.equal(await blocks.unblock(alice, person(bob)), true);
    assert.equal(await blocks.unblock(alice, person(bob)), false);
    assert.equal(await ruleOf(blocks), 'pass');
  });

  it('hold after a restart, with who made them, when and why', async () => {
    const store = new MemoryBlocks();
    const blocks = await Blocks.load(store, { ...options, now: () => 7 });
    await blocks.block(alice, person(bob), { author: alice, reason: `spam${'!'.repeat(1_000)}` });
    await blocks.same(bob, { kind: 'address', address: 'tel:+1 555-0100' });
    const again = await load(store);
    await again.same(account(whatsapp, '15550100'), { kind: 'address', address: 'TEL:+15550100' });
    assert.equal(
      await ruleOf(again, { network: whatsapp, remote: remoteUserId('15550100') }),
      'blocked-by-user told nobody',
    );
    const [block] = await again.list(alice, 0, 10);
    assert.deepEqual([block?.author, block?.at, block?.reason?.length], [alice, 7, 500]);
  });

  it('cover accounts that were linked before anything was known of persons', async () => {
    const store = new MemoryBlocks();
    for (const one of [bob, account(whatsapp, 'b')])
      store.links.push({
        user: storedName({ kind: 'user', user: anna }),
        account: accountName(one),
      });
    const blocks = await load(store);
    await blocks.block(alice, person(bob), { author: alice });
    assert.equal(
      await ruleOf(blocks, { network: whatsapp, remote: remoteUserId('b') }),
      'blocked-by-user told nobody',
    );
  });

  it('of administrators hold for everybody and everywhere but where a network decides for itself', async () => {
    const blocks = await load(new MemoryBlocks());
    await blocks.same(bob, account(strict, 'bob'));
    await blocks.same(bob, account(whatsapp, 'bob'));
    await blocks.same(bob, { kind: 'user', user: anna });
    await blocks.block('homeserver', person(bob), { author: admin });
    const there = { remote: remoteUserId('bob') };
    assert.equal(await ruleOf(blocks, { user: undefined, kind: 'group' }), 'banned-person told nobody');
    assert.equal(await ruleOf(blocks, { ...there, network: whatsapp }), 'banned-person told nobody');
    assert.equal(await ruleOf(blocks, { ...there, network: strict }), 'pass');
    const own = { user: anna, remote: undefined, kind: 'group', direction: 'to-network' } as const;
    assert.equal(await ruleOf(blocks, own), 'banned-person told sender');
    await blocks.block('homeserver', person(account(strict, 'bob')), { author: admin });
    assert.equal(await ruleOf(blocks, { ...there, network: strict }), 'banned-person told nobody');
    assert.equal(await blocks.unblock('homeserver', person(account(whatsapp, 'bob'))), true);
    assert.equal(await ruleOf(blocks), 'pass');
  });

  it('of servers cover their people and groups, and those below them only where that is said', async () => {
    const blocks = await load(new MemoryBlocks());
    const server = (domain: string, subdomains: boolean): Blocked => ({
      ...{ kind: 'server', network: xmpp },
      ...{ domain, subdomains },
    });
    const from = (name: string) => ruleOf(blocks, { remote: remoteUserId(name), chat: remoteChatId(name) });
    await blocks.block('homeserver', server('bad.example', false), { author: admin });
    await blocks.block('homeserver', server('worse.example', true), { author: admin });
    assert.equal(await from('bob@bad.example'), 'banned-server told nobody');
    assert.equal(await from('bob@chat.bad.example'), 'pass');
    assert.equal(await from('bob@a.b.worse.example'), 'banned-server told nobody');
    assert.equal(await from('bob@notworse.example'), 'pass');
    const room = { kind: 'group', chat: remoteChatId('room@bad.example'), remote: undefined } as const;
    assert.equal(await ruleOf(blocks, { ...room, direction: 'to-network' }), 'banned-server told sender');
    assert.equal(await ruleOf(blocks, { network: whatsapp, remote: remoteUserId('b@bad.example') }), 'pass');
    assert.equal(await blocks.unblock('homeserver', server('worse.example', false)), true);
    assert.equal(await from('bob@a.b.worse.example'), 'pass');
    await blocks.block('homeserver', { kind: 'network', network: xmpp }, { author: admin });
    assert.equal(await ruleOf(blocks), 'banned-network told nobody');
    assert.equal(await blocks.unblock('homeserver', { kind: 'network', network: xmpp }), true);
    assert.equal(await ruleOf(blocks), 'pass');
  });

  it('are bounded for each user', async () => {
    const blocks = await load(new MemoryBlocks());
    const store = new MemoryBlocks();
    store.count = async () => mostOfOne;
    const full = await load(store);
    assert.equal(await full.block(alice, person(bob), { author: alice }), 'too-many');
    assert.equal(await ruleOf(full), 'pass');
    assert.equal(await blocks.block('homeserver', person(bob), { author: admin }), 'blocked');
  });

  it('go with the user who made them; who was blocked under the name of an erased user stays one person', async () => {
    const store = new MemoryBlocks();
    const blocks = await load(store);
    await blocks.same({ kind: 'user', user: anna }, bob);
    await blocks.same({ kind: 'user', user: anna }, account(whatsapp, 'bob'));
    await blocks.block(anna, person(account(xmpp, 'eve')), { author: anna });
    await blocks.block(alice, person(bob), { author: alice });
    await blocks.forget(anna);
    for (const some of [blocks, await load(store)]) {
      assert.equal(await ruleOf(some, { user: anna, remote: remoteUserId('eve') }), 'pass');
      assert.deepEqual(some.namesOf(storedName({ kind: 'user', user: anna })).length, 1);
      assert.equal(
        await ruleOf(some, { network: whatsapp, remote: remoteUserId('bob') }),
        'blocked-by-user told nobody',
      );
    }
    await blocks.block('homeserver', person({ kind: 'user', user: anna }), { author: admin });
    await blocks.same({ kind: 'user', user: anna }, bob);
    await blocks.forget(anna);
    assert.equal(await ruleOf(await load(store)), 'banned-person told nobody');
  });

  it('stay as they are where they cannot be kept', async () => {
    const store = new MemoryBlocks();
    const blocks = await load(store);
    store.put = async () => assert.fail('the disk is full');
    store.unite = async () => assert.fail('the disk is full');
    await assert.rejects(blocks.block(alice, person(bob), { author: alice }));
    await assert.rejects(blocks.same(bob, account(whatsapp, 'bob')));
    assert.equal(await ruleOf(blocks), 'pass');
    assert.equal(blocks.namesOf(accountName(bob)).length, 1);
  });

  it('tell whose blocks have come to cover more', async () => {
    const blocks = await load(new MemoryBlocks());
    const told: string[] = [];
    blocks.onUnited((owners) => told.push(...owners));
    await blocks.block(alice, person(bob), { author: alice });
    await blocks.block('homeserver', person(bob), { author: admin });
    await blocks.same(bob, account(whatsapp, 'bob'));
    await blocks.same(bob, account(whatsapp, 'bob'));
    await blocks.same(account(xmpp, 'x'), account(xmpp, 'y'));
    assert.deepEqual(told, [alice]);
  });
});

/** All names that the property below plays with. */
const names: readonly PersonName[] = [
  ...networks.flatMap((network) =>
    ['a@one.example', 'b@two.example', 'c@one.example'].map((n) => account(network, n)),
  ),
  { kind: 'user', user: matrixUserId('@p:hs.test') },
  { kind: 'address', address: 'tel:+1' },
];
type Act =
  | { readonly kind: 'same'; readonly one: number; readonly other: number }
  | { readonly kind: 'block' | 'unblock'; readonly owner: BlockOwner; readonly name: number }
  | { readonly kind: 'restart' };
const anyName = fc.nat(names.length - 1);
const anyAct: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant('same' as const), one: anyName, other: anyName }),
  fc.record({
    kind: fc.constantFrom('block' as const, 'block' as const, 'unblock' as const),
    owner: fc.constantFrom<BlockOwner>(alice, anna, 'homeserver'),
    name: anyName,
  }),
  fc.constant({ kind: 'restart' as const }),
);

/** The same, told as simply as can be: who is one person is looked for anew each time. */
class Naive {
  readonly #links: (readonly [number, number])[] = [];
  #blocks: { readonly owner: BlockOwner; readonly name: number }[] = [];

  act(act: Act): void {
    if (act.kind === 'same') this.#links.push([act.one, act.other]);
    else if (act.kind === 'block' && !this.#holds(act.owner, act.name)) this.#blocks.push(act);
    else if (act.kind === 'unblock') {
      const whole = this.person(act.name);
      this.#blocks = this.#blocks.filter(({ owner, name }) => owner !== act.owner || !whole.has(name));
    }
  }

  isShut(user: BlockOwner, name: number): boolean {
    const whole = this.person(name);
    const named = names[name];
    return this.#blocks.some((block) => {
      if (!whole.has(block.name)) return false;
      if (block.owner !== 'homeserver') return block.owner === user;
      const made = names[block.name];
      const isStrict = named?.kind === 'account' && named.network === strict;
      return !isStrict || (made?.kind === 'account' && made.network === strict);
    });
  }

  person(name: number): ReadonlySet<number> {
    const found = new Set([name]);
    for (let size = 0; size < found.size;) {
      size = found.size;
      for (const [one, other] of this.#links)
        if (found.has(one) || found.has(other)) found.add(one).add(other);
    }
    return found;
  }

  #holds(owner: BlockOwner, name: number): boolean {
    const whole = owner === 'homeserver' ? new Set([name]) : this.person(name);
    return this.#blocks.some((block) => block.owner === owner && whole.has(block.name));
  }
}

const whats: readonly Contact['what'][] = [
  ...(['message', 'edit', 'reaction', 'redaction', 'vote', 'poll-end', 'membership', 'chat-info'] as const),
  ...(['typing', 'receipt', 'presence', 'invitation', 'moderation'] as const),
];

describe('a blocked person', () => {
  it('is let in by nothing, whatever the order of links, renames, blocks, unblocks and restarts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyAct, { maxLength: 40 }),
        fc.constantFrom(...whats),
        fc.boolean(),
        async (acts, what, first) => {
          const store = new MemoryBlocks();
          let blocks = await load(store);
          const naive = new Naive();
          for (const act of acts) {
            naive.act(act);
            if (act.kind === 'restart') blocks = await load(store);
            else if (act.kind === 'same') await blocks.same(names[act.one] ?? bob, names[act.other] ?? bob);
            else if (act.kind === 'block')
              await blocks.block(act.owner, person(names[act.name] ?? bob), { author: admin });
            else await blocks.unblock(act.owner, person(names[act.name] ?? bob));
            await compare(blocks, naive, what, first);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('has all names of theirs, and no other, whatever the order in which they were found out', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(anyName, anyName), { maxLength: 30 }), async (links) => {
        const store = new MemoryBlocks();
        const blocks = await load(store);
        const naive = new Naive();
        for (const [one, other] of links) {
          naive.act({ kind: 'same', one, other });
          await blocks.same(names[one] ?? bob, names[other] ?? bob);
        }
        for (const some of [blocks, await load(store)])
          for (const [index, name] of names.entries())
            assert.deepEqual(
              some.namesOf(storedName(name)).map(keyOf).sort(),
              [...naive.person(index)].map((other) => keyOf(storedName(names[other] ?? bob))).sort(),
            );
      }),
    );
  });
});

async function compare(blocks: Blocks, naive: Naive, what: Contact['what'], first: boolean): Promise<void> {
  for (const [index, name] of names.entries()) {
    if (name.kind !== 'account') continue;
    for (const user of [alice, anna, undefined]) {
      for (const direction of ['to-matrix', 'to-network'] as const) {
        const chat = remoteChatId(name.remote);
        const rule = await ruleOf(blocks, {
          ...name,
          user,
          chat,
          what,
          first,
          direction,
          kind: user ? 'direct' : 'group',
        });
        assert.equal(
          rule !== 'pass',
          naive.isShut(user ?? 'homeserver', index),
          JSON.stringify([name, user, rule]),
        );
      }
    }
  }
}
