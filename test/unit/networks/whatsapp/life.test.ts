import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matrixUserId, remoteUserId } from '../../../../src/core/ids.ts';
import { alice, bobId, whatsappScene, type WhatsappScene } from '../../../support/whatsapp-scene.ts';
import { enabled, handle, Opened, patience, say, textEvent, until } from '../../../support/whatsapp-chat.ts';

const account = (user: string) => remoteUserId(`12-${user}`);

test('linking enlists, once, and answers the account; unlinking deletes it at the host, and is told', async () => {
  await using scene = await whatsappScene();
  const { logins } = scene.network;
  assert.equal(logins?.asks, 'nothing');
  const [one, other] = await Promise.all([logins.begin(alice, ''), logins.begin(alice, '')]);
  assert.ok(one.kind === 'done' && other.kind === 'done');
  assert.equal(one.remote, other.remote);
  const { user } = await scene.login();
  assert.equal(one.remote, account(user));
  assert.deepEqual(scene.bob.accounts.all, [`new ${user}`]);

  assert.equal(await logins.end?.(alice, one.remote), undefined);
  await scene.bob.accounts.waitFor((line) => line === `deleted ${user}`, patience);
  await scene.sink.told.waitFor(({ text }) => text.startsWith('WhatsApp has deleted'), patience);
  assert.equal(scene.sink.accounts.has(alice), false);
  await until(() => scene.store.rows.size === 0);
  const handled = await handle(scene.network, textEvent('nobody there', '$none'));
  assert.ok(handled.kind === 'failed' && handled.reason === 'not-enabled');

  // Who has unlinked is not enlisted by themselves, not even at the next start.
  scene.sink.on = [alice];
  await scene.restart();
  scene.network.reachChanged?.(alice);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(scene.sink.accounts.has(alice), false);
  const again = await scene.network.logins?.begin(alice, '');
  assert.equal(again?.kind, 'done');
});

test('who disables the network is deleted at the host, even where it was away and the bridge restarted', async () => {
  await using scene = await whatsappScene();
  const { user } = await enabled(scene);
  await say(scene, 'hello', '$hello');
  scene.isOpen = false;
  scene.host.shutOut(12);
  await until(() => scene.network.health().kind !== 'up');
  const forgotten = scene.network.forget?.(alice, []);
  await until(() => memberOf(scene)?.includes('"leaving"') === true);
  await scene.stop();
  const failed = await forgotten;
  assert.ok(failed?.retry.kind === 'later');
  assert.ok(memberOf(scene)?.includes('"forgotten"'));
  scene.isOpen = true;
  scene.sink.on = [];
  await scene.start();
  await scene.bob.accounts.waitFor((line) => line === `deleted ${user}`, patience);
  await until(() => memberOf(scene) === undefined);
  assert.equal([...scene.store.rows.keys()].length, 0);
  assert.equal(await scene.network.forget?.(alice, []), undefined);
  assert.equal(
    scene.sink.told.all.some(({ text }) => text.startsWith('WhatsApp has deleted')),
    false,
  );
});

test('an enabling that a crash has cut short is taken up at the next start', async () => {
  await using scene = await whatsappScene();
  await scene.stop();
  scene.sink.on = [alice];
  await scene.start();
  await scene.login();
});

test('who was not eligible and is again by another configuration is enlisted anew; who has unlinked is not', async () => {
  await using scene = await whatsappScene();
  await enabled(scene);
  scene.sink.who = () => 'no-such-user';
  await scene.network.forget?.(alice, []);
  assert.equal(scene.sink.accounts.size, 0);
  scene.sink.who = () => 'yes';
  scene.network.reachChanged?.(undefined);
  await scene.login();
  await scene.network.logins?.end?.(alice, account('1'));
  await until(() => scene.sink.accounts.size === 0);
  scene.network.reachChanged?.(undefined);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(scene.sink.accounts.size, 0);
});

test('what was begun and not ended goes on: a record of a wish enlists at the start', async () => {
  await using scene = await whatsappScene();
  scene.isOpen = false;
  scene.sink.on = [alice];
  scene.network.reachChanged?.(alice);
  await until(
    () => memberOf(scene)?.includes('"wanted"') === true || memberOf(scene)?.includes('"refused"') === true,
  );
  assert.equal(scene.sink.accounts.size, 0);
});

test('a user whom the host has dismissed is enlisted again, and goes on talking', async () => {
  let shift = 0;
  await using scene = await whatsappScene({ now: () => Date.now() + shift });
  const before = await enabled(scene);
  const opened = new Opened(scene);
  await scene.bob.say(before, 'D1', 'before');
  await opened.next('identity-change');
  await opened.next('message');
  shift = 31 * 86_400_000;
  await scene.host.remove(before);
  await scene.sink.told.waitFor(({ text }) => text.includes('30 days'), patience);
  const after = await scene.login();
  assert.notEqual(after.user, before.user);
  assert.equal(scene.sink.accounts.get(alice), account(after.user));
  const id = await say(scene, 'still here', '$still');
  await scene.bob.got.waitFor((got) => got.id === id, patience);
  await scene.bob.say(after, 'D2', 'after');
  const event = await opened.next('message');
  assert.equal(event.content.kind === 'text' && event.content.text.plain, 'after');
});

test('prekeys are uploaded at the first connection, and again when few are left; each is given once', async () => {
  await using scene = await whatsappScene();
  const login = await enabled(scene);
  const given = new Set<number>();
  const take = async (): Promise<boolean> => {
    const keys = await scene.host.keysOf(login);
    assert.ok(!('kind' in keys));
    if (keys.prekey === undefined) return false;
    assert.ok(!given.has(keys.prekey.id));
    given.add(keys.prekey.id);
    return true;
  };
  await until(take);
  while (given.size < 18) assert.equal(await take(), true);
  await until(async () => (await take()) && given.size >= 25);
});

test('what could not be kept is not acknowledged, and comes again once', async () => {
  await using scene = await whatsappScene();
  const login = await enabled(scene);
  const opened = new Opened(scene);
  await scene.bob.say(login, 'S1', 'first');
  await opened.next('identity-change');
  await opened.next('message');
  let refusals = 0;
  scene.sink.keep = async ({ raw }) => {
    if (!raw.includes('"S2"') || refusals >= 2) return;
    refusals += 1;
    throw new Error('the disk is full');
  };
  await scene.bob.say(login, 'S2', 'second');
  await scene.bob.say(login, 'S3', 'third');
  await scene.bob.receipts.waitFor(({ id, about }) => id === 'S3' && about.kind === 'delivered', patience);
  const kept = scene.sink.arrivals.all.filter(({ raw }) => raw.includes('"S2"'));
  assert.equal(refusals, 2);
  assert.equal(kept.length, 3);
  assert.equal(new Set(kept.map(({ outerId }) => outerId)).size, 1);
  assert.equal(scene.counts().get('channel-not-kept'), 2);
  const order = scene.bob.receipts.all.filter(({ about }) => about.kind === 'delivered').map(({ id }) => id);
  assert.ok(order.indexOf('S2') < order.indexOf('S3'), order.join());
});

test('who may not be reached has no connection, and finds what waited when they may again', async () => {
  await using scene = await whatsappScene();
  const login = await enabled(scene);
  scene.sink.who = () => 'not-permitted';
  scene.network.reachChanged?.(alice);
  await until(() => scene.host.connected() === 0);
  assert.equal(await scene.bob.say(login, 'W1', 'waits'), 'kept');
  const handled = await handle(scene.network, textEvent('no', '$no'));
  assert.ok(handled.kind === 'failed' && handled.reason === 'not-enabled');
  await until(() => scene.network.health().kind === 'up');
  scene.sink.who = () => 'yes';
  scene.network.reachChanged?.(undefined);
  const opened = new Opened(scene);
  await opened.next('identity-change');
  await opened.next('message');
});

test('a message to who turned out to be barred is not acknowledged', async () => {
  await using scene = await whatsappScene();
  const login = await enabled(scene);
  await until(() => scene.host.connected() === 1);
  scene.sink.who = () => 'no-such-user';
  await scene.bob.say(login, 'N1', 'for nobody');
  await until(() => scene.host.connected() === 0);
  // Longer than the longest wait before another connection.
  const handshakes = scene.host.counts().get('handshake-begun');
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(scene.host.counts().get('handshake-begun'), handshakes);
  assert.deepEqual(scene.sink.arrivals.all, []);
  assert.equal(
    scene.bob.receipts.all.some(({ id }) => id === 'N1'),
    false,
  );
});

test('people are found by name or number on the connection of who asks, and known by themselves afterwards', async () => {
  await using scene = await whatsappScene();
  const { directory } = scene.network;
  assert.ok('reason' in (await directory.find('bob')));
  // Who has not enabled the network is told so; who has, and is not enlisted yet, is enlisted for it.
  scene.sink.who = () => 'no-such-user';
  const shut = await directory.find('bob', alice);
  assert.ok('kind' in shut && shut.reason === 'not-enabled');
  scene.sink.who = () => 'yes';
  const found = await directory.find('@bob:host.example', alice);
  assert.ok('userId' in found, JSON.stringify(found));
  assert.deepEqual([found.userId, found.chat], ['4242', '4242']);
  const byNumber = await directory.find('+1 555-0100', alice);
  assert.ok('userId' in byNumber && byNumber.userId === bobId);
  assert.deepEqual(scene.sink.persons, [[bobId, 'tel:+15550100']]);
  const nobody = await directory.find('carol', alice);
  assert.ok('kind' in nobody && nobody.reason === 'no-such-user' && nobody.retry.kind === 'never');
  const known = await directory.find('4242');
  assert.ok('userId' in known && known.userId === bobId);
  assert.equal(directory.addressOf?.(alice), 'alice@example.org');
  await scene.bob.say(await scene.login(), 'P1', 'hello');
  await until(async () => {
    const profile = await directory.profile(bobId);
    return 'name' in profile && profile.name === 'Bob';
  });
  assert.deepEqual(scene.sink.changed, [bobId]);
});

test("the platform's list of blocked people is read and written as the user's own", async () => {
  await using scene = await whatsappScene();
  const { user } = await enabled(scene);
  const list = scene.network.blocklist;
  assert.ok(list !== undefined);
  const entry = { kind: 'person', remote: bobId } as const;
  assert.equal(list.holds(entry), true);
  assert.equal(list.holds({ kind: 'server', domain: 'example.org' }), false);
  const mine = account(user);
  assert.deepEqual(await list.read(mine), { kind: 'list', entries: [], whole: true });
  assert.deepEqual(await list.add(mine, [entry]), { kind: 'added', refused: [] });
  assert.deepEqual([...(scene.bob.blockedBy.get(user) ?? [])], ['4242']);
  assert.deepEqual(await list.read(mine), { kind: 'list', entries: [entry], whole: true });
  const stranger = { kind: 'person', remote: remoteUserId(`n${'0'.repeat(20)}`) } as const;
  assert.deepEqual(await list.add(mine, [stranger]), { kind: 'added', refused: [stranger] });
  assert.equal(await list.remove(mine, [entry]), undefined);
  assert.deepEqual(await list.read(mine), { kind: 'list', entries: [], whole: true });
  const other = await list.read(account('1'));
  assert.ok(other.kind === 'failed' && other.retry.kind === 'never');
  assert.ok(scene.sink.lists.includes(mine));
});

test('where others hold the keys, a connection stays while the user is active, and a push fetches what waits', async () => {
  let shift = 0;
  const now = (): number => Date.now() + shift;
  await using scene = await whatsappScene({ config: { custody: 'operator', active_minutes: 1 }, now });
  const login = await enabled(scene);
  assert.match(scene.sink.told.all[0]?.text ?? '', /held by the operator/);
  await until(() => scene.host.connected() === 1);
  shift = 120_000;
  await scene.restart();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(scene.host.connected(), 0);
  assert.equal(scene.network.health().kind, 'up');
  await scene.bob.say(login, 'O1', 'wake up');
  const opened = new Opened(scene);
  await opened.next('identity-change');
  const event = await opened.next('message');
  assert.equal(event.content.kind === 'text' && event.content.text.plain, 'wake up');
});

test('a push without a good token wakes nobody', async () => {
  await using scene = await whatsappScene({ config: { custody: 'operator' } });
  await enabled(scene);
  await scene.restart();
  const response = await fetch(`${scene.partnerUrl}/whatsapp/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer a.b.c' },
    body: JSON.stringify({ to: 'alice@example.org' }),
  });
  assert.equal(response.status, 401);
  assert.equal(scene.counts().get('push-badToken'), 1);
  assert.equal(scene.host.connected(), 0);
});

test('a user whose name no address can have is told so, and nothing is asked of the host', async () => {
  await using scene = await whatsappScene();
  const user = matrixUserId('@bad(name:example.org');
  const linked = await scene.network.logins?.begin(user, '');
  assert.ok(linked?.kind === 'failed' && linked.retry.kind === 'never');
  await scene.sink.told.waitFor(({ text }) => text.includes('signs in it'), patience);
  assert.deepEqual(scene.bob.accounts.all, []);
});

test('nothing that is secret or private is logged, and no number is in an id', async () => {
  await using scene = await whatsappScene();
  const login = await enabled(scene);
  await scene.network.directory.find('+15550100', alice);
  await say(scene, 'private words', '$private');
  await scene.bob.say(login, 'L1', 'private words');
  await until(() => scene.sink.arrivals.all.length > 1);
  await scene.restart();
  const written = JSON.stringify(scene.log.lines);
  for (const word of ['private words', '15550100', 'alice@example.org'])
    assert.ok(!written.includes(word), word);
});

/** What is kept of Alice's membership. */
function memberOf(scene: WhatsappScene): string | undefined {
  return [...scene.records.rows.values()].find(({ of }) => of.collection === 'member' && of.owner === alice)
    ?.value;
}
