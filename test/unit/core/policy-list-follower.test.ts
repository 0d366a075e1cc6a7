import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { matrixUserId, networkId, parseRoomAlias, roomId } from '../../../src/core/ids.ts';
import { failedForGood, failedForNow } from '../../../src/core/outcome.ts';
import { mostRules } from '../../../src/core/policy-list.ts';
import { PolicyListBook } from '../../../src/core/policy-list-book.ts';
import { ListFollower, type ConfiguredList, type ListNews } from '../../../src/core/policy-list-follower.ts';
import {
  aChange,
  aRule,
  FakeListRooms,
  listRoom,
  MemoryPolicyLists,
  own,
} from '../../support/policy-lists.ts';
import { quietLog } from '../../support/recording-sink.ts';

const admin = matrixUserId('@admin:example.org');
const alias = parseRoomAlias('#list:lists.example') ?? assert.fail();

interface Scene extends AsyncDisposable {
  readonly store: MemoryPolicyLists;
  readonly book: PolicyListBook;
  readonly rooms: FakeListRooms;
  readonly follower: ListFollower;
  readonly told: ListNews[];
  now: number;
}

async function scene(
  configured: readonly ConfiguredList[] = [],
  store = new MemoryPolicyLists(),
  rooms = new FakeListRooms(),
): Promise<Scene> {
  const book = await PolicyListBook.load(store, own);
  const told: ListNews[] = [];
  const made: Scene = {
    ...{ store, book, rooms, told, now: 1_000_000 },
    follower: new ListFollower({
      ...{ book, rooms, configured, log: quietLog, now: () => made.now },
      isOwnRoom: async (room) => room.startsWith('!own'),
      tell: async (news) => void told.push(news),
      isUp: () => true,
    }),
    [Symbol.asyncDispose]: () => made.follower[Symbol.asyncDispose](),
  };
  return made;
}

const evil = aRule('server', 'evil.example');
const event = (rule = evil) => aChange(rule);
const gone = { kind: 'none', list: listRoom, about: 'server', key: evil.key } as const;

describe('following policy lists', () => {
  it('reads a list whole when it is subscribed to, and takes changes as they come', async () => {
    await using one = await scene();
    one.rooms.states.set(listRoom, [aChange(evil)]);
    const followed = await one.follower.follow(listRoom, [networkId('xmpp')], admin);
    assert.equal(followed.kind, 'followed');
    assert.deepEqual(one.book.rules(0, 9), [evil]);
    assert.equal(one.book.list(listRoom)?.readAt, one.now);
    const more = aRule('user', '@x:y.example');
    await one.follower.take([event(more), gone]);
    assert.deepEqual(one.book.rules(0, 9), [more]);
    await one.follower.take([event(aRule('user', '@z:y.example', { list: roomId('!other:x') }))]);
    assert.equal(one.book.size, 1);
    assert.equal((await one.follower.follow(listRoom, [networkId('xmpp')], admin)).kind, 'known');
    assert.equal((await one.follower.follow(listRoom, [], admin)).kind, 'followed');
    assert.deepEqual(one.book.list(listRoom)?.networks, []);
    assert.ok(await one.follower.unfollow(listRoom));
    assert.equal(one.book.size, 0);
    assert.equal(await one.follower.unfollow(listRoom), false);
  });

  it('takes what came while the list was read as newer than what was read', async () => {
    await using one = await scene();
    await one.follower.follow(listRoom, [], admin);
    one.rooms.states.set(listRoom, [aChange(evil)]);
    const late = aRule('server', 'late.example');
    one.rooms.reading = () => one.follower.take([gone, event(late)]);
    await one.follower.refresh();
    assert.deepEqual(one.book.rules(0, 9), [late]);
  });

  it('keeps what was last known of a list that cannot be read, also over a restart', async () => {
    await using one = await scene();
    one.rooms.states.set(listRoom, [aChange(evil)]);
    await one.follower.follow(listRoom, [], admin);
    for (const [state, trouble] of [
      [failedForNow('link-down'), 'away'],
      ['too-large', 'too-large'],
      [failedForGood('forbidden'), 'shut-out'],
    ] as const) {
      one.rooms.states.set(listRoom, state);
      await one.follower.refresh();
      assert.equal(one.book.list(listRoom)?.trouble, trouble);
      assert.deepEqual(one.book.rules(0, 9), [evil], trouble);
    }
    await using again = await scene([], one.store, one.rooms);
    assert.deepEqual(again.book.rules(0, 9), [evil]);
    assert.equal(again.book.list(listRoom)?.trouble, 'shut-out');
    one.rooms.states.set(listRoom, []);
    await again.follower.refresh();
    assert.deepEqual([again.book.size, again.book.list(listRoom)?.trouble], [0, undefined]);
  });

  it('tells administrators once that the bot was put out, and reads again when it is invited', async () => {
    await using one = await scene();
    one.rooms.states.set(listRoom, [aChange(evil)]);
    await one.follower.follow(listRoom, [], admin);
    await one.follower.take([{ kind: 'out', list: listRoom }]);
    await until(() => one.told.length === 1);
    await one.follower.take([{ kind: 'out', list: listRoom }]);
    assert.deepEqual(one.book.rules(0, 9), [evil]);
    one.rooms.states.set(listRoom, []);
    await one.follower.take([{ kind: 'invited', list: listRoom }]);
    await until(() => one.book.list(listRoom)?.trouble === undefined);
    assert.equal(one.book.size, 0);
    assert.deepEqual(
      one.told.map(({ kind }) => kind),
      ['trouble'],
    );
    assert.equal(one.rooms.entered.length, 2);
  });

  it('tells of rules that are not taken, not more often than once an hour', async () => {
    await using one = await scene();
    one.rooms.states.set(listRoom, [aChange(aRule('user', '*')), aChange(aRule('server', 'example.org'))]);
    await one.follower.follow(listRoom, [], admin);
    const [news] = one.told;
    assert.ok(news?.kind === 'refused');
    assert.deepEqual([news.refused.everybody, news.refused.own], [1, 1]);
    await one.follower.take([event(aRule('user', '@*:*'))]);
    await one.follower.refresh();
    assert.equal(one.told.length, 1);
    one.now += 3_600_001;
    await one.follower.refresh();
    // What is read again is what the state says.
    assert.equal(one.told.length, 1);
    one.rooms.states.set(listRoom, [aChange(aRule('user', '*'))]);
    await one.follower.refresh();
    assert.equal(one.told.length, 2);
    await using again = await scene([], one.store, one.rooms);
    await again.follower.refresh();
    assert.deepEqual(again.told, []);
  });

  it('waits for an invitation to a room that it may not enter, and takes no room of the bridge', async () => {
    await using one = await scene();
    one.rooms.names.set(listRoom, failedForGood('forbidden'));
    assert.equal((await one.follower.follow(listRoom, [], admin)).kind, 'waiting');
    assert.equal(one.book.list(listRoom)?.trouble, 'shut-out');
    one.rooms.names.delete(listRoom);
    one.rooms.states.set(listRoom, [aChange(evil)]);
    await one.follower.take([{ kind: 'invited', list: listRoom }]);
    await until(() => one.book.size === 1);
    one.rooms.names.set(alias, failedForGood('unknown-target'));
    assert.equal((await one.follower.follow(alias, [], admin)).kind, 'failed');
    assert.equal((await one.follower.follow(roomId('!own:example.org'), [], admin)).kind, 'own-room');
    one.rooms.names.set(alias, roomId('!own:example.org'));
    assert.equal((await one.follower.follow(alias, [], admin)).kind, 'own-room');
    assert.equal(one.book.lists().length, 1);
  });

  it('ends with the bridge what is being read, and takes nothing of it', async () => {
    const one = await scene();
    await one.follower.follow(listRoom, [], admin);
    let asked: AbortSignal | undefined;
    one.rooms.reading = async (signal) => {
      asked = signal;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    };
    one.rooms.states.set(listRoom, [aChange(evil)]);
    const reading = one.follower.refresh();
    await until(() => asked !== undefined);
    await one.follower[Symbol.asyncDispose]();
    await reading;
    assert.deepEqual([one.book.size, one.book.list(listRoom)?.trouble], [0, undefined]);
  });

  it('follows the lists of the configuration, and leaves those that are there no more', async () => {
    const name = roomId('!configured:lists.example');
    const rooms = new FakeListRooms();
    rooms.states.set(name, [aChange(aRule('server', 'evil.example', { list: name }))]);
    await using one = await scene([{ name, networks: [] }], undefined, rooms);
    await one.follower.follow(listRoom, [], admin);
    one.follower.begin();
    await until(() => one.book.size === 1);
    assert.equal(one.book.list(name)?.by, 'config');
    await using without = await scene([], one.store, rooms);
    await without.follower.refresh();
    assert.deepEqual(
      without.book.lists().map(({ list }) => list.room),
      [listRoom],
    );
    await until(() => rooms.left.includes(name));
  });

  it('reads lists again from time to time', async () => {
    mock.timers.enable({ apis: ['setInterval'] });
    try {
      await using one = await scene();
      await one.follower.follow(listRoom, [], admin);
      one.now += 1;
      one.follower.begin();
      await until(() => one.book.list(listRoom)?.readAt === one.now);
      one.rooms.states.set(listRoom, [aChange(evil)]);
      mock.timers.tick(60_000);
      await settled();
      assert.equal(one.book.size, 0);
      one.now += 6 * 3_600_000;
      mock.timers.tick(60_000);
      await until(() => one.book.size === 1);
    } finally {
      mock.timers.reset();
    }
  });

  it('takes no more rules than a list may have, and says how many it did not', async () => {
    await using one = await scene();
    const many = Array.from({ length: mostRules + 5 }, (_, count) =>
      aChange(aRule('user', `@u${count}:evil.example`)),
    );
    one.rooms.states.set(listRoom, many);
    await one.follower.follow(listRoom, [], admin);
    assert.equal(one.book.size, mostRules);
    assert.equal(one.book.lists()[0]?.refused['too-many'], 5);
    await one.follower.take([event(evil)]);
    assert.equal(one.book.size, mostRules);
    await one.follower.take([event(aRule('user', '@u1:evil.example', { reason: 'again' }))]);
    assert.equal(one.book.size, mostRules);
    assert.equal(one.book.find(listRoom, 'user', 'rule:@u1:evil.example')?.reason, 'again');
  });
});

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}

async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500; turn += 1) {
    if (isSo()) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  assert.fail('it did not come to be');
}
