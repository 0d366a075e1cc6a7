import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LoopbackGroupMember, LoopbackWorld } from '../../src/networks/loopback/index.ts';
import { eventually } from '../conformance/eventually.ts';
import { SdkGroupPerson } from '../conformance/matrix-group-person.ts';
import { startBridged, type BridgedHomeserver } from '../support/bridge.ts';
import { MatrixUser } from '../support/matrix-user.ts';
import { RecordingLog } from '../support/recording-log.ts';
import { makeRunDir } from '../support/run-dir.ts';

const closed = 'a room that nobody came to is closed';

for (const version of ['11', '12']) {
  describe(`aliases of groups, room version ${version}`, { timeout: 240_000 }, () => {
    const stack = new AsyncDisposableStack();
    const world = new LoopbackWorld();
    const log = new RecordingLog();
    let bridged: BridgedHomeserver;
    let alice: SdkGroupPerson;
    let dora: SdkGroupPerson;
    let eve: MatrixUser;
    const login = async (name: string): Promise<MatrixUser> => {
      const account = await bridged.synapse.createUser(name, `password of ${name}`);
      return MatrixUser.login({ baseUrl: bridged.synapse.baseUrl, ...account, displayName: name });
    };
    const aliasOf = (group: string): string => `#_loopback_=23${group}:localhost`;
    const make = (group: string, owner: string): LoopbackGroupMember =>
      LoopbackGroupMember.make(world, world.person(owner, owner.toUpperCase()), `#${group}`, `The ${group}`);
    const joined = async (user: MatrixUser, alias: string): Promise<string> => {
      const { roomId } = await user.sdk.joinRoom(alias);
      await eventually('the room', () => user.sdk.getRoom(roomId) ?? undefined);
      return roomId;
    };
    const canonical = (user: MatrixUser, room: string): unknown =>
      user.sdk.getRoom(room)?.getCanonicalAlias();

    before(async () => {
      const dir = stack.use(await makeRunDir(`aliases-${version}`));
      bridged = stack.use(
        await startBridged({
          ...{
            dir: dir.path,
            networks: { loopback: {} },
            maxMediaBytes: 1_000_000,
            loopbackWorld: world,
            log,
          },
          config: {
            rooms: { version },
            permissions: { localhost: 'user', '@eve:localhost': 'none' },
            groups: { aliases: { closeUnjoined: 4_000 } },
          },
        }),
      );
      alice = stack.use(new SdkGroupPerson(await login('alice'), 'alice', bridged.botUserId, 'loopback'));
      dora = stack.use(new SdkGroupPerson(await login('dora'), 'dora', bridged.botUserId, 'loopback'));
      eve = stack.use(await login('eve'));
    });
    after(() => stack.disposeAsync());

    it('let users in who never heard of the room, into one room, and they chat', async () => {
      const bob = make('salon', 'bob');
      const alias = aliasOf('salon');
      const [room, other] = await Promise.all([joined(alice.user, alias), joined(dora.user, alias)]);
      assert.equal(room, other);
      await eventually('both in the group', () => (bob.group.members.size === 3 ? true : undefined));
      await alice.user.sendText(room, 'hello salon');
      await eventually('the message', () =>
        bob.inbox.find((packet) => JSON.stringify(packet).includes('hello salon')),
      );
      bob.send('welcome');
      await dora.user.waitForText(room, 'welcome', 20_000);
      assert.equal(canonical(alice.user, room), alias);
    });

    it('are none for groups that are not there, or have another form of the name', async () => {
      for (const none of [
        'nowhere',
        'SALON'.replaceAll(/[A-Z]/g, (c) => `=${c.charCodeAt(0).toString(16)}`),
      ]) {
        await assert.rejects(alice.user.sdk.joinRoom(aliasOf(none)), { errcode: 'M_NOT_FOUND' });
      }
    });

    it('do not let in whom the bridge does not know: the bot puts them out, with a reason', async () => {
      await eve.sdk.joinRoom(aliasOf('salon'));
      const kick = await eventually('the kick', () => {
        const me = eve.sdk
          .getRooms()
          .flatMap((room) => room.getMember(eve.userId)?.events.member ?? [])
          .find((event) => event.getContent().membership === 'leave');
        return me;
      });
      assert.equal(kick.getSender(), bridged.botUserId);
      assert.match(String(kick.getContent<{ readonly reason?: string }>().reason), /\w+ \w+/);
      assert.ok(![...bobOf(world, '#salon')].some((member) => member.includes('eve')));
    });

    it('are given to rooms that were made by a command, so that others come in by them', async () => {
      const carl = make('attic', 'carl');
      const group = await alice.join('#attic');
      assert.ok(group !== 'refused');
      const room = await eventually('the alias', async () =>
        dora.user.sdk.getRoomIdForAlias(aliasOf('attic')).then(
          ({ room_id: id }) => id,
          () => undefined,
        ),
      );
      await eventually('an open room', async () => {
        const rule = await alice.user.sdk.getStateEvent(room, 'm.room.join_rules', '');
        return rule['join_rule'] === 'public' ? true : undefined;
      });
      assert.equal(await joined(dora.user, aliasOf('attic')), room);
      await eventually('dora in the group', () => (carl.group.members.size === 3 ? true : undefined));
    });

    it('go with the portal: the next one who asks gets another room', async () => {
      make('cellar', 'cleo');
      const first = await joined(alice.user, aliasOf('cellar'));
      await alice.user.leave(first);
      await eventually('another room', async () => {
        const { room_id: now } = await dora.user.sdk.getRoomIdForAlias(aliasOf('cellar')).catch(() => ({
          room_id: first,
        }));
        return now === first ? undefined : now;
      });
    });

    it('follow a room that is upgraded', async () => {
      const group = await alice.create('#tower', 'Tower');
      assert.ok(group !== 'refused');
      const room = await eventually('the alias', async () =>
        dora.user.sdk.getRoomIdForAlias(aliasOf('tower')).then(
          ({ room_id: id }) => id,
          () => undefined,
        ),
      );
      const { replacement_room: next } = await alice.user.sdk.upgradeRoom(room, version);
      await eventually('the alias at the new room', async () => {
        const { room_id: now } = await dora.user.sdk.getRoomIdForAlias(aliasOf('tower'));
        return now === next ? true : undefined;
      });
      await eventually('the bot', async () =>
        (await alice.user.memberships(next))[bridged.botUserId] === 'join' ? true : undefined,
      );
      assert.equal(await joined(dora.user, aliasOf('tower')), next);
      await eventually('dora in the group', () => (bobOf(world, '#tower').size === 2 ? true : undefined));
    });

    it('of rooms that nobody joins are taken away after a time, after a restart too', async () => {
      make('desert', 'dan');
      const closings = (): number => log.lines.filter(({ event }) => event === closed).length;
      // Rooms of earlier cases are closed meanwhile.
      await new Promise((resolve) => setTimeout(resolve, 7_000));
      const before = closings();
      const { room_id: first } = await alice.user.sdk.getRoomIdForAlias(aliasOf('desert'));
      await eventually('the end of the room', () => closings() > before || undefined);
      const { room_id: second } = await alice.user.sdk.getRoomIdForAlias(aliasOf('desert'));
      assert.notEqual(first, second);
      await bridged.restart(() => new Promise((resolve) => setTimeout(resolve, 4_500)));
      await eventually('the end of the other', () => closings() > before + 1 || undefined);
      const room = await joined(alice.user, aliasOf('desert'));
      assert.ok(room !== first && room !== second);
    });

    it('and ghosts are found in the room directory by their names, without being made', async () => {
      const { sdk } = alice.user;
      const protocols = await sdk.getThirdpartyProtocols();
      assert.deepEqual(protocols['loopback']?.location_fields, ['group']);
      assert.deepEqual(await sdk.getThirdpartyUser('loopback', { name: 'nobody?' }), []);
      const token = sdk.getAccessToken() ?? '';
      const ask = async (path: string): Promise<unknown> => {
        const url = `${bridged.synapse.baseUrl}/_matrix/client/v3/thirdparty/${path}`;
        return (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).json();
      };
      assert.deepEqual(await ask('location/loopback?group=%23salon'), [
        { alias: aliasOf('salon'), protocol: 'loopback', fields: { group: '#salon' } },
      ]);
      assert.deepEqual(await ask('user/loopback?name=zoe'), [
        { userid: bridged.ghostOf('loopback', 'zoe'), protocol: 'loopback', fields: { name: 'zoe' } },
      ]);
      assert.deepEqual(await ask('user/loopback?name=not%20a%20name'), []);
    });
  });
}

function bobOf(world: LoopbackWorld, address: string): ReadonlySet<string> {
  return new Set(world.groups.find(address)?.members.keys() ?? []);
}

describe('a bridge whose registration has no aliases', { timeout: 120_000 }, () => {
  it('gives its rooms none, and complains of nothing', async () => {
    await using stack = new AsyncDisposableStack();
    const dir = stack.use(await makeRunDir('aliases-none'));
    const world = new LoopbackWorld();
    const log = new RecordingLog();
    const bridged = stack.use(
      await startBridged({
        ...{ dir: dir.path, networks: { loopback: {} }, maxMediaBytes: 1_000_000, loopbackWorld: world, log },
        aliases: false,
      }),
    );
    const account = await bridged.synapse.createUser('alice', 'a password');
    const user = await MatrixUser.login({ baseUrl: bridged.synapse.baseUrl, ...account, displayName: 'A' });
    const alice = stack.use(new SdkGroupPerson(user, 'A', bridged.botUserId, 'loopback'));
    LoopbackGroupMember.make(world, world.person('bob', 'Bob'), '#salon', 'The Salon');
    const group = await alice.join('#salon');
    assert.ok(group !== 'refused');
    await eventually('the note in the log', () =>
      log.lines.some(({ event }) => event.startsWith('groups get no aliases')) ? true : undefined,
    );
    assert.deepEqual(
      log.lines.filter(({ level }) => level === 'error').map(({ event }) => event),
      [],
    );
    await assert.rejects(user.sdk.joinRoom('#_loopback_=23salon:localhost'), { errcode: 'M_NOT_FOUND' });
  });
});
