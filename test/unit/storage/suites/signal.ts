import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { matrixUserId } from '../../../../src/core/ids.ts';
import type { Change, RecordName } from '../../../../src/crypto/signal/store.ts';
import type { StorageConfig } from '../../../../src/storage/config.ts';
import { Database, type DatabaseSettings } from '../../../../src/storage/database.ts';
import { openStorage, type Storage } from '../../../../src/storage/storage.ts';
import { MemorySignalStore } from '../../../support/memory-signal.ts';
import { introduce, opened, person, personOn, sealed } from '../../../support/signal-scene.ts';
import { type Backend, open, silentLog } from '../../../support/storage.ts';

const own = { network: 'paper', user: '@alice:paper' };
const identity: RecordName = { kind: 'identity', peer: '', name: 'first' };
const secret = 'the secret of a session';

function put(
  kind: RecordName['kind'],
  name: string,
  at: number,
  peer = '',
  value = `${kind} ${name}`,
): Change {
  return { kind: 'put', of: { kind, peer, name }, value, at };
}

export function signalSuite(backend: Backend): void {
  describe("the sessions of Signal's protocol", () => {
    let storage: Storage;
    before(async () => {
      storage = await open(await backend.config());
    });
    after(() => storage[Symbol.asyncDispose]());

    it('answers as the store in memory does', async () => {
      const steps: readonly (readonly [string | undefined, readonly Change[]])[] = [
        ['none', [put('prekey', '1', 1)]],
        [undefined, [{ kind: 'put', of: identity, value: 'i', at: 5 }]],
        [undefined, [{ kind: 'put', of: { ...identity, name: 'second' }, value: 'i', at: 5 }]],
        ['second', [put('prekey', '1', 1)]],
        [
          'first',
          [put('prekey', '3', 9), put('prekey', '1', 9), put('prekey', '2', 7), put('peer', '', 1, 'bob')],
        ],
        [
          'first',
          [put('prekey', '3', 8, '', 'new'), { kind: 'delete', of: { ...identity, kind: 'prekey' } }],
        ],
        [
          'first',
          [{ kind: 'delete', of: { kind: 'prekey', peer: '', name: '2' } }, put('sealed', 'A', 2, 'bob')],
        ],
        [
          'first',
          [put('sealed', 'B', 4, 'bob'), put('opened', 'A', 3, 'bob'), put('sealed', 'A', 9, 'carol')],
        ],
      ];
      const memory = new MemorySignalStore();
      const look = async (store: MemorySignalStore | Storage['signal']): Promise<unknown> => ({
        lists: await Promise.all(
          (['identity', 'prekey', 'sealed', 'opened'] as const).flatMap((kind) =>
            ['', 'bob'].flatMap((peer) => [
              store
                .list(own, { kind, peer }, 2)
                .then((rows) => rows.map(({ name, value, at }) => [name, value, at])),
              store.names(own, { kind, peer }, 9),
              store.list({ ...own, network: 'other' }, { kind, peer }, 2),
            ]),
          ),
        ),
        one: (await store.get(own, { kind: 'sealed', peer: 'bob', name: 'B' }))?.value,
        none: await store.get({ ...own, user: '@bob:paper' }, { kind: 'sealed', peer: 'bob', name: 'B' }),
      });
      for (const [generation, changes] of steps) {
        const answer = await storage.signal.commit(own, generation, changes);
        assert.equal(answer, await memory.commit(own, generation, changes));
        assert.deepEqual(await look(storage.signal), await look(memory));
      }
      for (const store of [storage.signal, memory]) {
        assert.equal(await store.sweep(['sealed', 'opened'], 4), 2);
        assert.equal(await store.sweep(['sealed', 'opened'], 4), 0);
      }
      assert.deepEqual(await look(storage.signal), await look(memory));
      await storage.signal.forget(own);
      assert.deepEqual(await storage.signal.names(own, { kind: 'prekey', peer: '' }, 9), []);
    });

    it('carries a conversation', async () => {
      const alice = await personOn(storage.signal, 'alice');
      const bob = await person('bob');
      await introduce(alice, bob);
      for (let round = 0; round < 3; round += 1) {
        assert.equal(await opened(bob, alice, await sealed(alice, bob, `to ${round}`)), `to ${round}`);
        assert.equal(await opened(alice, bob, await sealed(bob, alice, `fro ${round}`)), `fro ${round}`);
      }
    });

    it('goes with its user', async () => {
      const carol = await personOn(storage.signal, 'carol');
      await storage.erasures.purge(matrixUserId(carol.own.user));
      assert.deepEqual(await storage.signal.names(carol.own, { kind: 'identity', peer: '' }, 1), []);
    });
  });

  describe("the secrets of Signal's protocol", () => {
    it('lie encrypted, follow a change of keys, and hold on to theirs until they have', async () => {
      const config = await backend.config();
      const first = await open(config);
      await first.signal.commit(own, undefined, [{ kind: 'put', of: identity, value: secret, at: 1 }]);
      const many = Array.from({ length: 450 }, (_, index) => put('prekey', `${index}`, 1, '', secret));
      await first.signal.commit(own, 'first', many);
      await first[Symbol.asyncDispose]();
      if (config.url === undefined) assert.ok(!readFileSync(config.file).includes(secret));
      const key = Buffer.alloc(32, 9);
      await assert.rejects(openStorage({ ...config, key }, { log: silentLog }), { code: 'wrong-key' });
      const both = await openStorage({ ...config, key, oldKeys: [config.key] }, { log: silentLog });
      await both[Symbol.asyncDispose]();
      await using last = await openStorage({ ...config, key, oldKeys: [] }, { log: silentLog });
      const rows = await last.signal.list(own, { kind: 'prekey', peer: '' }, 1_000);
      assert.deepEqual(new Set(rows.map(({ value }) => value)), new Set([secret]));
      assert.equal(rows.length, 450);
    });

    it('cannot be put in the place of another', async () => {
      const config = await backend.config();
      await using storage = await open(config);
      await storage.signal.commit(own, undefined, [{ kind: 'put', of: identity, value: secret, at: 1 }]);
      await storage.signal.commit(own, 'first', [put('session', '', 1, 'bob'), put('session', '', 1, 'eve')]);
      await using raw = new Database(settingsOf(config));
      await raw.run("update signal_records set peer = 'x' where peer = 'bob'");
      await raw.run("update signal_records set peer = 'bob' where peer = 'eve'");
      await assert.rejects(storage.signal.get(own, { kind: 'session', peer: 'bob', name: '' }), {
        code: 'undecryptable',
      });
    });
  });
}

function settingsOf({ url, file, synchronous, pool }: StorageConfig): DatabaseSettings {
  return url === undefined ? { kind: 'sqlite', file, synchronous } : { kind: 'postgres', url, pool };
}
