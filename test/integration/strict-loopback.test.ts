import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LoopbackGroupMember, LoopbackWorld } from '../../src/networks/loopback/index.ts';
import { eventually } from '../conformance/eventually.ts';
import { startBridged, type BridgedHomeserver } from '../support/bridge.ts';
import { MatrixGuest } from '../support/matrix-guest.ts';
import { MatrixUser } from '../support/matrix-user.ts';
import { makeRunDir } from '../support/run-dir.ts';

describe('strict mode, on Synapse', { timeout: 120_000 }, () => {
  const stack = new AsyncDisposableStack();
  const world = new LoopbackWorld();
  const bob = world.person('bob', 'Bob');
  const eve = world.person('eve', 'Eve');
  let bridged: BridgedHomeserver;
  let alice: MatrixUser;
  let guest: MatrixGuest;
  let chat: string;
  before(async () => {
    const dir = stack.use(await makeRunDir('strict'));
    bridged = stack.use(
      await startBridged({
        ...{ dir: dir.path, maxMediaBytes: 1_000_000, loopbackWorld: world, networks: { loopback: {} } },
      }),
    );
    const account = await bridged.synapse.createUser('alice', 'a password');
    alice = stack.use(
      await MatrixUser.login({ baseUrl: bridged.synapse.baseUrl, ...account, displayName: 'Alice' }),
    );
    guest = await MatrixGuest.meet(alice, bridged.botUserId);
    bob.send(alice.userId, 'hello');
    const { roomId } = await alice.waitForInvite(
      ({ inviter }) => inviter === bridged.ghostOf('loopback', 'bob'),
    );
    chat = roomId;
    await alice.join(chat);
    await alice.waitForText(chat, 'hello');
  });
  after(() => stack.disposeAsync());

  const ask = (command: string, wanted: RegExp): Promise<string> => guest.ask(command, wanted);
  const told = async (wanted: RegExp): Promise<string> => (await guest.line(wanted)).text;
  const textsIn = (room: string): readonly unknown[] =>
    alice.timeline(room).flatMap(({ type, content }) => (type === 'm.room.message' ? [content['body']] : []));

  it('keeps links of people whom the user did not accept out of a group, and nothing else', async () => {
    await ask('strict unencrypted', /Strict mode is on/);
    const owner = LoopbackGroupMember.make(world, bob, '#salon', 'Salon');
    const other = LoopbackGroupMember.join(world, eve, '#salon');
    owner.change(alice.userId, 'invite');
    const { roomId } = await alice.waitForInvite(({ inviter }) => inviter === bridged.botUserId);
    await alice.join(roomId);
    await eventually('that Alice is in', async () => owner.group.members.has(alice.userId) || undefined);
    other.send('see https://eve.example');
    owner.send('see https://bob.example');
    other.send('plain words');
    await alice.waitForText(roomId, 'plain words');
    assert.deepEqual(
      textsIn(roomId).filter((body) => /example|plain/.test(String(body))),
      ['see https://bob.example', 'plain words'],
    );
  });

  it('holds what somebody writes whose identity has changed, until it is confirmed', async () => {
    bob.changeIdentity(alice.userId, 'AAAA1111');
    bob.changeIdentity(alice.userId, 'BBBB2222');
    await told(/security number of .*Bob.* is another now/);
    bob.send(alice.userId, 'one');
    bob.send(alice.userId, 'two');
    await told(/waits?, since their security number has changed/);
    await alice.sendText(chat, 'to whom?');
    await told(/It was not passed on: you are in strict mode, and the security number/);
    const [request] = /Request (\d+)/.exec(await told(/Request \d+/)) ?? [];
    assert.ok(request !== undefined);
    await ask(request.replace('Request', 'accept'), /waits for a security number/);
    await bridged.restart();
    bob.send(alice.userId, 'three');
    assert.deepEqual(
      textsIn(chat).filter((body) => ['one', 'two', 'three'].includes(String(body))),
      [],
    );
    await ask('confirm loopback bob BBBB2222', /is confirmed/);
    await alice.waitForText(chat, 'three');
    assert.deepEqual(textsIn(chat).slice(-3), ['one', 'two', 'three']);
    assert.equal(
      bob.inbox.some(({ body }) => body.kind === 'text' && body.text === 'to whom?'),
      false,
    );
    await alice.sendText(chat, 'to Bob');
    await bob.waitFor(({ body }) => body.kind === 'text' && body.text === 'to Bob');
  });

  it('refuses calls, and shows nobody what the user does', async () => {
    const { id } = bob.ring(alice.userId);
    await bob.waitForAcknowledgement(id);
    await bob.waitFor(({ body }) => body.kind === 'refusal');
    await alice.setTyping(chat, true);
    await alice.sendText(chat, 'typed');
    await bob.waitFor(({ body }) => body.kind === 'text' && body.text === 'typed');
    assert.deepEqual(
      world.signals.heard.all.filter(({ from, to }) => from === alice.userId && to === 'bob'),
      [],
    );
    assert.equal(
      textsIn(guest.management).some((body) => String(body).includes('tried to call')),
      false,
    );
  });
});
