import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  matrixUserId,
  networkId,
  parseRoomAlias,
  portalId,
  remoteChatId,
  roomId,
} from '../../../src/core/ids.ts';
import type { GroupPortal } from '../../../src/core/portal.ts';
import { AliasIds } from '../../../src/matrix/alias-id.ts';
import { MatrixClient } from '../../../src/matrix/client.ts';
import { Membership } from '../../../src/matrix/membership.ts';
import { RoomDirectory, withAlias } from '../../../src/matrix/room-directory.ts';
import { RoomStates } from '../../../src/matrix/room-state.ts';
import { FakeHomeserver, type FakeAnswer, type SeenRequest } from '../../support/fake-homeserver.ts';
import { RecordingLog } from '../../support/recording-log.ts';

const alias = '#_xmpp_room=40x:hs';
const bot = matrixUserId('@causeway:hs');
const portal: GroupPortal = {
  kind: 'group',
  id: portalId('g'),
  key: { network: networkId('xmpp'), chat: remoteChatId('room@x'), receiver: undefined },
  room: roomId('!new:hs'),
};
const old = roomId('!old:hs');
const refused = (status: number, errcode: string): FakeAnswer => ({ status, json: { errcode, error: 'no' } });

/** A directory and rooms of a homeserver; `change` answers instead where it answers at all. */
async function rig(
  change: (request: SeenRequest, asked: string) => FakeAnswer | undefined = () => undefined,
): Promise<
  AsyncDisposable & {
    readonly directory: RoomDirectory;
    readonly asked: string[];
    readonly aliases: Map<string, string>;
    readonly log: RecordingLog;
    readonly canonical: { content: object | undefined };
  }
> {
  const asked: string[] = [];
  const aliases = new Map<string, string>();
  const canonical: { content: object | undefined } = { content: undefined };
  const homeserver = await FakeHomeserver.start((request) => {
    const [, name = ''] = /\/directory\/room\/(.*)$/.exec(decodeURIComponent(request.path)) ?? [];
    const what =
      name === '' ? `${request.method} ${request.path.split('/').at(-2) ?? ''}` : `${request.method} ${name}`;
    asked.push(what);
    const body =
      request.body.length === 0 ? {} : (JSON.parse(request.body.toString()) as Record<string, unknown>);
    const other = change(request, what);
    if (other !== undefined) return other;
    if (name === '') {
      if (request.method === 'PUT') canonical.content = body;
      return canonical.content === undefined
        ? refused(404, 'M_NOT_FOUND')
        : { status: 200, json: canonical.content };
    }
    if (request.method === 'DELETE') aliases.delete(name);
    else if (request.method === 'PUT') {
      if (aliases.has(name)) return refused(409, 'M_UNKNOWN');
      aliases.set(name, String(body['room_id']));
    }
    return { status: 200, json: request.method === 'GET' ? { room_id: aliases.get(name), servers: [] } : {} };
  });
  const log = new RecordingLog();
  const client = new MatrixClient({
    ...{
      url: homeserver.url,
      asToken: 'a-token-of-the-bridge',
      connections: 2,
      requestTimeoutMs: 2_000,
      log,
    },
    wait: async () => undefined,
  });
  return {
    ...{ asked, aliases, log, canonical },
    directory: new RoomDirectory({
      client,
      states: new RoomStates(client),
      membership: new Membership(client),
      ids: new AliasIds('_', 'hs'),
      bot: () => ({ userId: bot, deviceId: undefined }),
      isOwn: (user) => user === bot,
    }),
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await homeserver[Symbol.asyncDispose]();
    },
  };
}

describe('the directory of aliases', () => {
  it('is written to without being read, for the homeserver would ask the bridge back', async () => {
    await using made = await rig();
    assert.equal(await made.directory.put(portal, undefined), 'put');
    assert.deepEqual(made.asked, [
      `PUT ${alias}`,
      'GET m.room.canonical_alias',
      'PUT m.room.canonical_alias',
    ]);
    assert.equal(made.aliases.get(alias), portal.room);
    assert.deepEqual(made.canonical.content, { alias });
    made.asked.splice(0);
    assert.equal(await made.directory.put(portal, undefined), 'put');
    assert.deepEqual(made.asked, [`PUT ${alias}`, `GET ${alias}`, 'GET m.room.canonical_alias']);
  });

  it('leaves an alias to another room, unless that is the one that the portal had', async () => {
    await using made = await rig();
    made.aliases.set(alias, '!other:hs');
    assert.equal(await made.directory.put(portal, undefined), 'taken');
    assert.equal(await made.directory.put(portal, old), 'taken');
    assert.ok(!made.asked.some((what) => what.startsWith('DELETE')));
    assert.equal(made.canonical.content, undefined);
    made.aliases.set(alias, old);
    assert.equal(await made.directory.put(portal, old), 'put');
    assert.equal(made.aliases.get(alias), portal.room);
  });

  it('has none for names that are too long, and none where the registration gives none; nobody has to mend that', async () => {
    await using made = await rig(() => refused(400, 'M_EXCLUSIVE'));
    assert.equal(await made.directory.put(portal, undefined), 'unavailable');
    assert.equal(await made.directory.remove(portal), undefined);
    assert.deepEqual(made.log.errors(), []);
    made.asked.splice(0);
    const long = { ...portal, key: { ...portal.key, chat: remoteChatId('x'.repeat(300)) } };
    assert.equal(await made.directory.put(long, undefined), 'taken');
    assert.equal(await made.directory.remove(long), undefined);
    assert.deepEqual(made.asked, []);
  });

  it('is written to although the bot may not show the alias in the room', async () => {
    await using made = await rig((request) =>
      request.path.includes('canonical_alias') && request.method === 'PUT'
        ? refused(403, 'M_FORBIDDEN')
        : undefined,
    );
    assert.equal(await made.directory.put(portal, undefined), 'put');
  });

  it('is written to later where it does not answer', async () => {
    await using made = await rig(() => ({ status: 502, text: 'bad gateway' }));
    const put = await made.directory.put(portal, undefined);
    assert.ok(typeof put === 'object' && put.retry.kind === 'later');
    assert.equal((await made.directory.remove(portal))?.retry.kind, 'later');
  });

  it('lets go of an alias that is there or not', async () => {
    await using made = await rig((_request, what) =>
      what === `DELETE ${alias}` && made.aliases.size === 0 ? refused(404, 'M_NOT_FOUND') : undefined,
    );
    made.aliases.set(alias, portal.room);
    assert.equal(await made.directory.remove(portal), undefined);
    assert.equal(made.aliases.size, 0);
    assert.equal(await made.directory.remove(portal), undefined);
  });

  it('knows a room in which nobody is but the bridge', async () => {
    for (const [others, expected] of [
      [[], true],
      [['join'], false],
      [['invite'], false],
      [['leave', 'ban'], true],
    ] as const) {
      const chunk = [bot, ...others.map((_, at) => `@user${at}:hs`)].map((user, at) => ({
        type: 'm.room.member',
        state_key: user,
        content: { membership: at === 0 ? 'join' : others[at - 1] },
      }));
      await using made = await rig((request) =>
        request.path.endsWith('/members') ? { status: 200, json: { chunk } } : undefined,
      );
      assert.equal(await made.directory.isEmpty(portal), expected);
    }
  });
});

describe('the aliases that a room shows', () => {
  const ours = parseRoomAlias(alias);
  assert.ok(ours !== undefined);
  it('are kept as users have chosen them, with the group’s among them', () => {
    assert.deepEqual(withAlias({}, ours), { alias });
    assert.deepEqual(withAlias({ alias: '#nice:hs' }, ours), { alias: '#nice:hs', alt_aliases: [alias] });
    assert.deepEqual(withAlias({ alias: '#nice:hs', alt_aliases: ['#b:hs'] }, ours), {
      ...{ alias: '#nice:hs', alt_aliases: ['#b:hs', alias] },
    });
    assert.equal(withAlias({ alias }, ours), undefined);
    assert.equal(withAlias({ alias: '#nice:hs', alt_aliases: [alias] }, ours), undefined);
  });

  it('have it at most once, and nothing is lost, whatever is there', () => {
    const some = fc.record(
      {
        alias: fc.anything(),
        alt_aliases: fc.oneof(fc.anything(), fc.array(fc.string(), { maxLength: 120 })),
        more: fc.anything(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(some, (content) => {
        const next = withAlias(content, ours);
        if (next === undefined) return;
        assert.deepEqual(next['more'], content.more);
        assert.equal(withAlias(next, ours), undefined);
        if (typeof content.alias === 'string' && content.alias !== '')
          assert.equal(next['alias'], content.alias);
      }),
      { numRuns: 1_000 },
    );
  });
});
