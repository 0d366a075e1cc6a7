import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BlockIndex } from '../../../src/core/block-index.ts';
import { blockedDoor } from '../../../src/core/blocked-door.ts';
import { Blocks } from '../../../src/core/blocks.ts';
import { doorRule } from '../../../src/core/door-rules.ts';
import type { Contact } from '../../../src/core/door.ts';
import {
  matrixUserId,
  networkId,
  remoteChatId,
  remoteUserId,
  roomId,
  type MatrixUserId,
} from '../../../src/core/ids.ts';
import type { ListKind, ListRule } from '../../../src/core/policy-list.ts';
import { PolicyListBook } from '../../../src/core/policy-list-book.ts';
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

const [xmpp, other] = [networkId('xmpp'), networkId('other')];
const alice = matrixUserId('@alice:example.org');
const room = roomId('!portal:example.org');

interface Scene {
  readonly store: MemoryPolicyLists;
  readonly book: PolicyListBook;
  readonly blocks: Blocks;
  readonly say: (...rules: readonly ListRule[]) => Promise<void>;
  /** Which rule stops a message of a person; undefined where none does. */
  readonly stops: (contact?: Partial<Contact>) => Promise<string | undefined>;
}

async function scene(list = aList(), deciding: readonly string[] = []): Promise<Scene> {
  const store = new MemoryPolicyLists();
  const book = await PolicyListBook.load(store, own);
  await book.putList(list);
  const blocks = new Blocks(new MemoryBlocks(), new BlockIndex(), {
    serverOf: (_network, name) => name.split('@')[1]?.split('/')[0] ?? name,
    decidesItself: (network) => deciding.includes(network),
    lists: book,
  });
  const door = blockedDoor({
    ...{ blocks, ignores: async () => false },
    roomOf: async ({ kind }) => (book.meansRooms && kind === 'group' ? room : undefined),
  });
  return {
    ...{ store, book, blocks },
    say: (...rules) => book.change(list.room, rules.map(aChange)),
    stops: async (contact = {}) => {
      const admission = await door.admit({ ...message, ...contact });
      if (admission.kind !== 'blocked') return undefined;
      const rule = doorRule(admission.rule);
      assert.equal(rule?.kind, 'policy-list');
      return 'key' in rule ? rule.key : undefined;
    },
  };
}

const message: Contact = {
  ...{ network: xmpp, chat: remoteChatId('bob@sub.evil.example'), kind: 'direct', user: alice },
  ...{ remote: remoteUserId('bob@sub.evil.example'), direction: 'to-matrix', what: 'message', first: true },
};
const group: Partial<Contact> = {
  ...{ kind: 'group', chat: remoteChatId('tea@rooms.example'), user: undefined },
};

describe('policy lists at the door', () => {
  it('shut out people by their ghosts, addresses and servers, in both directions', async () => {
    const cases: readonly [ListKind, string][] = [
      ['user', '@_xmpp_bob=40sub.evil.example:example.org'],
      ['user', '@_xmpp_*=40sub.evil.example:example.org'],
      ['user', '@_xmpp_b?b=40*:*'],
      ['user', 'xmpp:bob@sub.evil.example'],
      ['user', 'xmpp:*@*.evil.example'],
      ['server', 'sub.evil.example'],
      ['server', '*.evil.example'],
    ];
    for (const [kind, name] of cases) {
      const { say, stops, book, blocks } = await scene();
      assert.equal(await stops(), undefined);
      await say(aRule(kind, name, { key: 'k' }));
      assert.equal(await stops(), 'k', name);
      assert.equal(await stops({ direction: 'to-network' }), 'k', name);
      assert.equal(await stops(group), 'k', name);
      const else_ = { chat: remoteChatId('b@evil.example'), remote: remoteUserId('b@evil.example') };
      assert.equal(await stops(else_), undefined, name);
      assert.ok(await blocks.isUnwanted({ network: xmpp, remote: message.remote ?? remoteUserId('x') }));
      await book.change(listRoom, [{ kind: 'none', list: listRoom, about: kind, key: 'k' }]);
      assert.equal(await stops(), undefined, name);
    }
  });

  it('shut out Matrix users of other homeservers, but never one of this', async () => {
    const { say, stops } = await scene();
    const guest = matrixUserId('@spammer:sub.evil.example');
    const sent = (user: MatrixUserId): Partial<Contact> => ({
      ...{ user, direction: 'to-network', remote: remoteUserId('x@y'), chat: remoteChatId('x@y') },
    });
    await say(aRule('user', '@spam*:*', { key: 'user' }));
    assert.equal(await stops(sent(guest)), 'user');
    assert.equal(await stops(sent(matrixUserId('@spammer:example.org'))), undefined);
    await say(aRule('server', '*.evil.example', { key: 'server' }));
    assert.equal(await stops(sent(matrixUserId('@a:sub.evil.example:8448'))), 'server');
  });

  it('shut out groups by address, by alias and by the id of their room', async () => {
    for (const name of [
      'xmpp:tea@rooms.example',
      '#_xmpp_tea=40rooms.example:example.org',
      room,
      '!portal*',
    ]) {
      const { say, stops } = await scene();
      await say(aRule('room', name, { key: 'k' }));
      assert.equal(
        await stops({ ...group, remote: undefined, direction: 'to-network', user: alice }),
        'k',
        name,
      );
      assert.equal(await stops(), undefined);
    }
    const { say, stops } = await scene();
    await say(aRule('server', 'rooms.example', { key: 'k' }));
    assert.equal(await stops(group), 'k');
  });

  it('mean a person by all names that are known to be theirs', async () => {
    const { say, stops, blocks } = await scene();
    const [here, there] = [remoteUserId('bob@good.example'), remoteUserId('bobby')];
    const onOther = { network: other, chat: remoteChatId('bobby'), remote: there };
    await say(aRule('user', 'xmpp:bob@good.example', { key: 'k' }));
    assert.equal(await stops(onOther), undefined);
    await blocks.same(
      { kind: 'account', network: xmpp, remote: here },
      { kind: 'account', network: other, remote: there },
    );
    assert.equal(await stops(onOther), 'k');
    // Whose account is linked by a user of another homeserver is that user.
    const linked = await scene();
    await linked.say(aRule('user', '@bob:far.example', { key: 'far' }));
    const user = matrixUserId('@bob:far.example');
    await linked.blocks.same({ kind: 'user', user }, { kind: 'account', network: xmpp, remote: here });
    assert.equal(await linked.stops({ remote: here, chat: remoteChatId('bob@good.example') }), 'far');
    // A network that decides for itself asks for its own names alone.
    const deciding = await scene(aList(), ['other']);
    await deciding.say(aRule('user', 'xmpp:bob@good.example', { key: 'k' }));
    await deciding.blocks.same(
      { kind: 'account', network: xmpp, remote: here },
      { kind: 'account', network: other, remote: there },
    );
    assert.equal(await deciding.stops(onOther), undefined);
    await deciding.say(aRule('user', 'other:bobby', { key: 'own' }));
    assert.equal(await deciding.stops(onOther), 'own');
  });

  it('hold on the networks that they were followed for', async () => {
    const { say, stops } = await scene(aList({ networks: [other] }));
    await say(aRule('server', 'sub.evil.example', { key: 'k' }));
    assert.equal(await stops(), undefined);
    assert.equal(await stops({ network: other }), 'k');
  });

  it('give way to exemptions, each for what it names', async () => {
    const { say, stops, book } = await scene();
    const free = (kind: ListKind, name: string): Promise<boolean> =>
      book.exempt({ kind, name, by: alice, at: 1, reason: undefined });
    await say(aRule('server', '*.evil.example', { key: 'server' }));
    assert.ok(await free('user', 'xmpp:bob@sub.evil.example'));
    assert.equal(await free('user', 'xmpp:bob@sub.evil.example'), false);
    assert.equal(await stops({ chat: remoteChatId('tea@rooms.example') }), undefined);
    const carol = { remote: remoteUserId('carol@sub.evil.example') };
    assert.equal(await stops(carol), 'server');
    await say(aRule('user', 'xmpp:carol@sub.evil.example', { key: 'user' }));
    await free('server', 'sub.evil.example');
    assert.equal(await stops(carol), 'user');
    await free('user', '@_xmpp_carol=40*:example.org');
    assert.equal(await stops(carol), undefined);
    await say(aRule('room', 'xmpp:tea@rooms.example', { key: 'room' }));
    const tea = { ...group, remote: undefined };
    assert.equal(await stops(tea), 'room');
    await free('room', 'xmpp:tea@*');
    assert.equal(await stops(tea), undefined);
    assert.ok(await book.unexempt('room', 'xmpp:tea@*'));
    assert.equal(await stops(tea), 'room');
    assert.equal(await book.unexempt('room', 'xmpp:tea@*'), false);
  });

  it('are there again from what is kept, and go with the list', async () => {
    const { say, store, book, stops } = await scene();
    await say(aRule('server', 'sub.evil.example', { key: 'k' }), aRule('server', '*', { key: 'all' }));
    await book.exempt({ kind: 'server', name: 'good.example', by: alice, at: 1, reason: undefined });
    const again = await PolicyListBook.load(store, own);
    assert.equal(again.size, 1);
    assert.deepEqual(again.find(listRoom, 'server', 'k'), book.find(listRoom, 'server', 'k'));
    assert.equal(again.exemptions().length, 1);
    const [view] = again.lists();
    assert.deepEqual(
      [view?.rules, view?.refused],
      [1, { everybody: 1, own: 0, broken: 0, 'too-many': 0, 'too-many-patterns': 0 }],
    );
    assert.deepEqual(
      again.rules(0, 10).map(({ key }) => key),
      ['k'],
    );
    assert.ok(await book.removeList(listRoom));
    // What is learnt of it afterwards does not bring it back.
    await book.update(listRoom, { told: 'something' });
    assert.equal(book.follows(listRoom), false);
    assert.equal(await stops(), undefined);
    assert.equal((await PolicyListBook.load(store, own)).size, 0);
  });

  it('replace a rule that is set anew, and count what is broken', async () => {
    const { book, stops, say } = await scene();
    await say(aRule('server', 'sub.evil.example', { key: 'k' }));
    await say(aRule('server', 'else.example', { key: 'k' }));
    assert.equal(await stops(), undefined);
    await book.replace(
      listRoom,
      [
        aChange(aRule('server', 'sub.evil.example', { key: 'new' })),
        { kind: 'broken', list: listRoom, about: 'user', key: 'x' },
      ],
      () => [{ kind: 'none', list: listRoom, about: 'server', key: 'gone' }],
    );
    assert.equal(await stops(), 'new');
    assert.equal(book.find(listRoom, 'server', 'k'), undefined);
    assert.equal(book.lists()[0]?.refused.broken, 1);
  });

  it('take no rule of who was erased as theirs', async () => {
    const { book } = await scene(aList({ by: alice }));
    await book.exempt({ kind: 'server', name: 'good.example', by: alice, at: 1, reason: undefined });
    await book.forgetAuthor(alice);
    assert.equal(book.lists()[0]?.list.by, '@:example.org');
    assert.equal(book.exemptions()[0]?.by, '@:example.org');
    assert.notEqual(author, alice);
  });
});
