import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Banishing } from '../../../src/core/banishing.ts';
import type { Blocked } from '../../../src/core/block-store.ts';
import { Blocks } from '../../../src/core/blocks.ts';
import {
  matrixUserId,
  networkId,
  portalId,
  remoteChatId,
  remoteUserId,
  roomId,
} from '../../../src/core/ids.ts';
import { failedForNow, type Failed } from '../../../src/core/outcome.ts';
import { storedName, type PersonName } from '../../../src/core/persons.ts';
import type { DirectPortal, GroupPortal } from '../../../src/core/portal.ts';
import { MemoryBlocks } from '../../support/memory-blocks.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import { RecordingLog } from '../../support/recording-log.ts';

const xmpp = networkId('xmpp');
const admin = matrixUserId('@admin:hs.test');
const account = (name: string): PersonName => ({
  kind: 'account',
  network: xmpp,
  remote: remoteUserId(name),
});
const person = (name: string): Blocked => ({ kind: 'person', name: storedName(account(name)) });
const options = {
  serverOf: (_network: string, name: string) => name.slice(name.indexOf('@') + 1),
  decidesItself: () => false,
};

function direct(user: string, remote: string): DirectPortal {
  const name = `${user}-${remote}`;
  return {
    ...{ kind: 'direct', id: portalId(name), room: roomId(`!${name}`), remote: remoteUserId(remote) },
    key: { network: xmpp, chat: remoteChatId(remote), receiver: matrixUserId(`@${user}:hs.test`) },
  };
}
const room: GroupPortal = {
  ...{ kind: 'group', id: portalId('room'), room: roomId('!room') },
  key: { network: xmpp, chat: remoteChatId('room@rooms.test'), receiver: undefined },
};

/** Bob and Carol in chats with alice and erin, and in a room. */
async function scene(fails: () => Failed | undefined = () => undefined, store = new MemoryBlocks()) {
  const stores = memoryStores();
  const blocks = await Blocks.load(store, options);
  for (const portal of [
    direct('alice', 'bob@x.test'),
    direct('erin', 'bob@x.test'),
    direct('alice', 'carol@y.test'),
    room,
  ])
    await stores.portals.adopted(portal);
  for (const [remote, state] of [
    ['bob@x.test', 'in'],
    ['carol@y.test', 'in'],
    ['dan@x.test', 'invited'],
  ] as const)
    await stores.groups.putPerson(room.id, {
      remote: remoteUserId(remote),
      state,
      role: 'member',
      likeness: remote,
    });
  const acts: string[] = [];
  const banishing = new Banishing({
    ...{ blocks, portals: stores.portals, groups: stores.groups, log: new RecordingLog(), pause: 1 },
    close: async (portal) => {
      acts.push(`close ${portal.id}`);
      await stores.portals.closed(portal.id);
      return undefined;
    },
    rooms: {
      decline: async (portal, remote) => {
        acts.push(`${remote} leaves ${portal.id}`);
        return fails();
      },
    },
    tell: async ({ id }) => {
      acts.push(`tell ${id}`);
      return fails();
    },
  });
  return { acts, blocks, banishing, stores };
}

describe('whom the administrators shut out', () => {
  it('goes out of groups, and their direct chats end after their users were told', async () => {
    const { acts, blocks, banishing, stores } = await scene();
    await blocks.block('homeserver', person('bob@x.test'), { author: admin });
    await banishing.done();
    assert.deepEqual(acts.toSorted(), [
      'bob@x.test leaves room',
      'close alice-bob@x.test',
      'close erin-bob@x.test',
      'tell alice-bob@x.test',
      'tell erin-bob@x.test',
    ]);
    assert.ok(acts.indexOf('tell alice-bob@x.test') < acts.indexOf('close alice-bob@x.test'));
    assert.equal((await stores.groups.person(room.id, remoteUserId('bob@x.test')))?.state, 'out');
    await banishing[Symbol.asyncDispose]();
  });

  it('stays where a user alone has blocked them', async () => {
    const { acts, blocks, banishing } = await scene();
    const alice = matrixUserId('@alice:hs.test');
    await blocks.block(alice, person('bob@x.test'), { author: alice });
    banishing.begin();
    await banishing.done();
    assert.deepEqual(acts, []);
    await banishing[Symbol.asyncDispose]();
  });

  it('is everybody of a server, and of a group on it', async () => {
    const { acts, blocks, banishing } = await scene();
    const server = (domain: string): Blocked => ({
      kind: 'server',
      network: xmpp,
      domain,
      subdomains: false,
    });
    await blocks.block('homeserver', server('x.test'), { author: admin });
    await banishing.done();
    assert.deepEqual(acts.filter((act) => act.includes('leaves')).toSorted(), [
      'bob@x.test leaves room',
      'dan@x.test leaves room',
    ]);
    assert.ok(!acts.some((act) => act.includes('carol')));
    await blocks.block('homeserver', server('rooms.test'), { author: admin });
    await banishing.done();
    assert.deepEqual(acts.slice(-1), ['carol@y.test leaves room']);
    await banishing[Symbol.asyncDispose]();
  });

  it('is whoever turns out to be one who is shut out', async () => {
    const { acts, blocks, banishing } = await scene();
    await blocks.block('homeserver', person('old@x.test'), { author: admin });
    await banishing.done();
    assert.deepEqual(acts, []);
    await blocks.same(account('carol@y.test'), account('old@x.test'));
    await banishing.done();
    assert.deepEqual(acts.toSorted(), [
      'carol@y.test leaves room',
      'close alice-carol@y.test',
      'tell alice-carol@y.test',
    ]);
    await banishing[Symbol.asyncDispose]();
  });

  it('goes later where that cannot be now, and at the next start where the bridge ended before', async () => {
    let failures = 3;
    const store = new MemoryBlocks();
    const { acts, blocks, banishing, stores } = await scene(
      () => ((failures -= 1) >= 0 ? failedForNow('link-down') : undefined),
      store,
    );
    await blocks.block('homeserver', person('bob@x.test'), { author: admin });
    await banishing.done();
    assert.ok(acts.filter((act) => act === 'tell alice-bob@x.test').length > 1);
    assert.equal((await stores.groups.person(room.id, remoteUserId('bob@x.test')))?.state, 'out');
    assert.equal(acts.filter((act) => act === 'close alice-bob@x.test').length, 1);
    await banishing[Symbol.asyncDispose]();
    const next = await scene(undefined, store);
    next.banishing.begin();
    while (next.acts.length < 5) await new Promise((resolve) => setImmediate(resolve));
    await next.banishing[Symbol.asyncDispose]();
  });
});
