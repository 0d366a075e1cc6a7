import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { configSchema, type FileConfig } from '../../src/config-schema.ts';
import { Blocks } from '../../src/core/blocks.ts';
import { matrixUserId, networkId, remoteUserId } from '../../src/core/ids.ts';
import { storedName } from '../../src/core/persons.ts';
import { keptFor, signalOn } from '../../src/network-kept.ts';
import { PublicServers } from '../../src/public-web.ts';
import { shutOutOf, thirdPartyNetworks, type ThirdPartyNeeds } from '../../src/third-party-networks.ts';
import { freePort } from '../support/free-port.ts';
import { MemoryBlocks } from '../support/memory-blocks.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { MemorySignalStore } from '../support/memory-signal.ts';
import { RecordingSink } from '../support/recording-sink.ts';
import { silentLog } from '../support/storage.ts';

const jwks = '/.well-known/oauth/openid/jwks';
const folder = await mkdtemp(join(tmpdir(), 'causeway-networks-'));
after(() => rm(folder, { recursive: true }));

/** Both networks as the configuration says, on what is kept in memory. */
async function needs(records = new MemoryRecords()): Promise<ThirdPartyNeeds & { readonly ports: number[] }> {
  const ports = [await freePort(), await freePort()];
  const { networks } = configSchema.parse({
    homeserver: { url: 'http://localhost:8008', domain: 'example.org' },
    storage: { key: 'ab'.repeat(32) },
    networks: {
      whatsapp: {
        ...{ integrator: 9, custody: 'self', listen: { port: ports[0] } },
        ...{ public_url: 'https://a.example', push_jwks_url: 'https://keys.example/jwks' },
      },
      thirdparty: {
        listen: { port: ports[1] },
        public_url: 'https://b.example',
        providers: [provider],
      },
    },
  });
  return { ...parts(networks, records), ports };
}

function parts(networks: FileConfig['networks'], records: MemoryRecords): ThirdPartyNeeds {
  const storage = configSchema.shape.storage.parse({
    key: 'ab'.repeat(32),
    file: join(folder, 'bridge.db'),
  });
  const homeserver = { domain: 'example.org' };
  return {
    config: { networks, storage, matrix: { homeserver } },
    storage: { networkRecords: records, signal: new MemorySignalStore() },
    blocks: { standing: () => ({ kind: 'clear' }), onBanned: () => undefined },
    transcoder: undefined,
    log: silentLog,
  };
}

const provider = {
  ...{ id: 12, name: 'paper', domain: 'paper.example', identifier: 'email' },
  jwks_url: 'https://paper.example/jwks',
  push_url: 'https://paper.example',
  media_url: 'https://paper.example',
};

describe('the networks of third-party chats', () => {
  it('are served from before their start to after their end, each with keys of its own that stay', async () => {
    const records = new MemoryRecords();
    const seen: unknown[] = [];
    for (let run = 0; run < 2; run += 1) {
      await using stack = new AsyncDisposableStack();
      const needed = await needs(records);
      const open = await thirdPartyNetworks(needed, stack);
      assert.deepEqual(
        open.map(({ network }) => network.id),
        ['whatsapp', 'thirdparty'],
      );
      const servers = stack.use(new PublicServers(silentLog));
      await servers.listen(open.map(({ web }) => web));
      const look = async (): Promise<readonly Response[]> =>
        Promise.all(needed.ports.map((port) => fetch(`http://127.0.0.1:${port}${jwks}`)));
      for (const { status } of await look()) assert.equal(status, 503);
      const stop = new AbortController();
      const sink = new RecordingSink();
      const running = [];
      for (const { network } of open) running.push(await network.start(sink, stop.signal));
      for (const wanted = Date.now() + 5_000; running.some((one) => one.health().kind !== 'up');) {
        assert.ok(Date.now() < wanted, 'the networks did not come up');
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const answers = await look();
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200],
      );
      seen.push(await Promise.all(answers.map((answer) => answer.json())));
      await servers.close();
      for (const one of running) await one[Symbol.asyncDispose]();
    }
    assert.deepEqual(seen[0], seen[1]);
    assert.notDeepEqual(...(seen[0] as [unknown, unknown]));
    assert.ok((await readdir(folder)).includes('bridge-thirdparty'));
  });

  it('are none where none is configured, and then nothing is kept', async () => {
    const records = new MemoryRecords();
    await using stack = new AsyncDisposableStack();
    assert.deepEqual(await thirdPartyNetworks(parts({}, records), stack), []);
    assert.equal(records.rows.size, 0);
  });
});

describe('who is shut out of hosting', () => {
  const network = networkId('thirdparty');
  const admin = matrixUserId('@admin:example.org');
  const person = (remote: string): ReturnType<typeof remoteUserId> => remoteUserId(remote);
  const blocksOf = (): Promise<Blocks> =>
    Blocks.load(new MemoryBlocks(), {
      serverOf: (_network, name) => (name.startsWith('12-') ? 'paper.example' : 'other.example'),
      decidesItself: () => false,
    });

  it('is a provider whose domain is banned, and one person who is, and nobody for what a user blocks', async () => {
    const blocks = await blocksOf();
    const out = shutOutOf(blocks, network);
    let told = 0;
    out.listen(() => (told += 1));
    const has = (): readonly boolean[] => ['12-1', '13-1', '13-2'].map((name) => out.has(person(name)));
    const user = matrixUserId('@alice:example.org');
    const other = storedName({ kind: 'account', network, remote: person('13-2') });
    await blocks.block(user, { kind: 'person', name: other }, { author: user });
    assert.deepEqual([has(), told], [[false, false, false], 0]);
    const server = { kind: 'server', network, domain: 'paper.example', subdomains: false } as const;
    await blocks.block('homeserver', server, { author: admin });
    assert.deepEqual([has(), told], [[true, false, false], 1]);
    await blocks.block('homeserver', { kind: 'person', name: other }, { author: admin });
    assert.deepEqual([has(), told], [[true, false, true], 2]);
    await blocks.block('homeserver', { kind: 'network', network }, { author: admin });
    assert.deepEqual(has(), [true, true, true]);
  });
});

describe('what is kept for a network', () => {
  const paper = networkId('paper');
  const made = (records: MemoryRecords): Parameters<typeof keptFor>[1] => ({
    ...{ records, file: '/a/b.db' },
    signal: signalOn(new MemorySignalStore(), silentLog).signal,
  });

  it('has one key for good, whoever comes first, and another for each network', async () => {
    const records = new MemoryRecords();
    const keys = await Promise.all([1, 2].map(() => keptFor(paper, made(records))));
    assert.deepEqual(keys[0]?.key, keys[1]?.key);
    assert.equal(keys[0]?.key.length, 32);
    assert.equal(keys[0].dataFolder, '/a/b-paper');
    const other = await keptFor(networkId('other'), made(records));
    assert.notDeepEqual(other.key, keys[0].key);
  });

  it('is not made anew where it cannot be read', async () => {
    const records = new MemoryRecords();
    await keptFor(paper, made(records));
    const [row] = records.rows.values();
    assert.ok(row);
    await records.commit(paper, [{ kind: 'put', of: row.of, value: 'short', at: 1 }]);
    await assert.rejects(keptFor(paper, made(records)), { message: /cannot be read/ });
  });
});
