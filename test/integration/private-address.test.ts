import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LoopbackGroupMember, LoopbackWorld } from '../../src/networks/loopback/index.ts';
import { eventually } from '../conformance/eventually.ts';
import { startBridged, type BridgedHomeserver } from '../support/bridge.ts';
import { MatrixGuest } from '../support/matrix-guest.ts';
import { MatrixUser } from '../support/matrix-user.ts';
import { RecordingLog } from '../support/recording-log.ts';
import { makeRunDir } from '../support/run-dir.ts';
import { TrafficTap } from '../support/traffic-tap.ts';

const number = '+49 170 1234567';
const mail = 'carol@mail.example.org';

describe('names without numbers, on Synapse', { timeout: 120_000 }, () => {
  const stack = new AsyncDisposableStack();
  const world = new LoopbackWorld();
  const log = new RecordingLog();
  let bridged: BridgedHomeserver;
  let tap: TrafficTap;
  let alice: MatrixUser;
  let guest: MatrixGuest;
  before(async () => {
    const dir = stack.use(await makeRunDir('private-address'));
    bridged = stack.use(
      await startBridged({
        ...{ dir: dir.path, maxMediaBytes: 1_000_000, loopbackWorld: world, log },
        networks: { loopback: { addressIsPrivate: true } },
        config: { permissions: { localhost: 'admin' } },
        detours: {
          toHomeserver: async (port) => {
            tap = stack.use(await TrafficTap.before(port));
            return tap.port;
          },
        },
      }),
    );
    const account = await bridged.synapse.createUser('alice', 'a password');
    alice = stack.use(
      await MatrixUser.login({ baseUrl: bridged.synapse.baseUrl, ...account, displayName: 'Alice' }),
    );
    guest = await MatrixGuest.meet(alice, bridged.botUserId);
  });
  after(() => stack.disposeAsync());

  const ask = (command: string, wanted: RegExp): Promise<string> => guest.ask(command, wanted);
  /** All that the bridge told the homeserver and its log since a moment. */
  const from = { tap: 0, log: 0 };
  const begin = (): void => {
    from.tap = tap.mark();
    from.log = log.lines.length;
  };
  const told = (): string => tap.sent(from.tap) + JSON.stringify(log.lines.slice(from.log));
  const forms = [
    '+49 170 1234567',
    '+491701234567',
    '170 1234567',
    '1701234567',
    '170%201234567',
    '170+1234567',
    'mail.example',
  ];
  const leaked = (): readonly string[] => {
    const all = told();
    return forms.filter((form) => all.includes(form)).map((form) => around(all, form));
  };
  /** A chat with a person, who writes first. */
  const chatWith = async (id: string): Promise<string> => {
    world.person(id).send(alice.userId, `hello from ${id}`);
    const { roomId } = await alice.waitForInvite(
      ({ inviter }) => inviter === bridged.ghostOf('loopback', id),
    );
    await alice.join(roomId);
    await alice.waitForText(roomId, `hello from ${id}`);
    return roomId;
  };

  it('finds what it looks for: what its owner shares is told, and names that are no addresses', async () => {
    begin();
    world.person('s1r', number, true);
    world.person('n0n', 'Dora');
    const room = await chatWith('s1r');
    assert.ok(leaked().length > 0);
    const profile = await alice.sdk.getProfileInfo(bridged.ghostOf('loopback', 's1r'));
    assert.ok(JSON.stringify([profile, await alice.sdk.roomState(room)]).includes(number));
    await chatWith('n0n');
    assert.ok(told().includes('Dora'));
  });

  it('has no number and no e-mail address of a person in what is said in their chats', async () => {
    begin();
    world.numbers.set('q7x', '+491701234567');
    for (const [id, name] of [
      ['q7x', number],
      ['k3m', mail],
    ] as const) {
      const person = world.person(id, name);
      const room = await chatWith(id);
      const first = person.send(alice.userId, 'first');
      await alice.waitForText(room, 'first');
      person.edit(alice.userId, first, 'changed');
      await alice.waitForEvent(room, ({ content }) => JSON.stringify(content).includes('changed'), 20_000);
      person.react(alice.userId, first, ['👍']);
      await alice.waitForEvent(room, ({ type }) => type === 'm.reaction', 20_000);
      person.send(alice.userId, `@${id} and you`, { mentions: [id, alice.userId], replyTo: first });
      await alice.waitForText(room, `@${id} and you`);
      // They change how they look: still nothing but their address.
      world.signals.become(id, { name: id === 'q7x' ? '+49-170-1234567' : `<${mail}>` });
      await alice.sendText(room, `to ${id}`);
      await person.waitFor(({ body }) => body.kind === 'text' && body.text === `to ${id}`);
    }
    assert.deepEqual(leaked(), []);
  });

  it('has none in groups, invitations and errors', async () => {
    begin();
    const owner = LoopbackGroupMember.make(world, world.person('q7x'), '#salon', 'Salon');
    const second = LoopbackGroupMember.join(world, world.person('z9z', '0170 1234567'), '#salon');
    owner.change(alice.userId, 'invite');
    const { roomId } = await alice.waitForInvite(({ inviter }) => inviter === bridged.botUserId);
    await alice.join(roomId);
    await eventually('that Alice is in', async () => owner.group.members.has(alice.userId) || undefined);
    owner.send('hello all');
    second.send('hello too');
    await alice.waitForText(roomId, 'hello too');
    owner.change('z9z', 'kick', 'enough');
    owner.setTopic('of this and that');
    await alice.waitForEvent(roomId, ({ type }) => type === 'm.room.topic', 20_000);
    world.fail({ refuse: true });
    await alice.sendText(roomId, 'nobody hears this');
    await guest.line(/not/);
    world.heal();
    assert.deepEqual(leaked(), []);
  });

  it('has none in the answers of the bot, but for what the user wrote themself', async () => {
    begin();
    await ask('start loopback q7x', /./);
    await ask('explain loopback q7x', /./);
    await ask('block loopback k3m', /./);
    await ask('blocks', /./);
    await ask('list', /./);
    await ask('unblock loopback k3m', /./);
    world.person('r4r', mail);
    const command = `start loopback ${number.replaceAll(' ', '')}`;
    await ask(command, /./);
    assert.deepEqual(leaked(), []);
  });
});

function around(all: string, form: string): string {
  const at = all.indexOf(form);
  return all.slice(Math.max(0, at - 200), at + 80);
}
