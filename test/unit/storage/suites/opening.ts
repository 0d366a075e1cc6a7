import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { portalId } from '../../../../src/core/ids.ts';
import type { StorageConfig } from '../../../../src/storage/config.ts';
import { Database } from '../../../../src/storage/database.ts';
import { LeaseHeldError } from '../../../../src/storage/errors.ts';
import { inspectStorage } from '../../../../src/storage/storage.ts';
import {
  alice,
  anEvent,
  aSettlement,
  type Backend,
  keepOne,
  newKey,
  open,
  silentLog,
  xmpp,
} from '../../../support/storage.ts';
import { Lease } from '../../../../src/storage/lease.ts';
import { parseKey } from '../../../../src/storage/cipher.ts';

const writer = new URL('./keeping-child.ts', import.meta.url);
const key = (): Buffer => parseKey(newKey()) ?? assert.fail();

export function openingSuite(backend: Backend): void {
  describe('keys', () => {
    it('refuses a key that the database does not know, and accepts a new one beside the old', async () => {
      const config = await backend.config();
      {
        await using storage = await open(config);
        await keepOne(storage, { outerId: '$before' });
      }
      await assert.rejects(open({ ...config, key: key() }), { code: 'wrong-key' });
      await assert.rejects(inspectStorage({ ...config, key: key() }), { code: 'wrong-key' });
      assert.equal((await inspectStorage(config)).holder, undefined);
      const rotated = { ...config, key: key(), oldKeys: [config.key] };
      {
        await using storage = await open(rotated);
        const [pending] = await storage.events.pending(anEvent().lane, 0, 1);
        assert.equal(pending?.outerId, '$before');
      }
      await assert.rejects(open({ ...rotated, oldKeys: [] }), { code: 'wrong-key' });
      await assert.rejects(inspectStorage({ ...rotated, oldKeys: [] }), { code: 'wrong-key' });
      {
        await using storage = await open(rotated);
        const [pending] = await storage.events.pending(anEvent().lane, 0, 1);
        await storage.events.settle(aSettlement(pending?.seq ?? 0));
        await storage.events.erase(Date.now() + 1);
      }
      await using storage = await open({ ...rotated, oldKeys: [] });
      await keepOne(storage);
    });

    it('opens no payload that was moved to another row, and writes none in the clear', async () => {
      const config = await backend.config();
      await using storage = await open(config);
      const [one, two] = [await keepOne(storage, { payload: 'secret text' }), await keepOne(storage)];
      await storage.logins.putPending({
        user: alice,
        network: xmpp,
        state: 'secret text',
        expiresAt: 1,
        wrongAnswers: 0,
      });
      await using raw = new Database(settingsOf(config));
      const [event] = await raw.rows('select payload from events where seq = ?', [one.seq]);
      const [login] = await raw.rows('select state from pending_logins');
      for (const blob of [event?.['payload'], login?.['state']]) {
        assert.ok(Buffer.isBuffer(blob) && !blob.includes('secret'));
      }
      await raw.run('update events set payload = (select payload from events where seq = ?) where seq = ?', [
        one.seq,
        two.seq,
      ]);
      // It reads as nothing, so that one broken row ends as one broken event and holds up no others.
      const [broken] = await storage.events.pending(two.lane, one.seq, 1);
      assert.deepEqual([broken?.seq, broken?.payload], [two.seq, '']);
      await storage.events.settle(
        aSettlement(two.seq, { outcome: { kind: 'failed', reason: 'internal' }, report: true }),
      );
      assert.deepEqual(
        (await storage.events.dueReports(0, 10)).map(({ payload }) => payload),
        [''],
      );
    });
  });

  describe('the schema', () => {
    it('refuses a database of a newer release', async () => {
      const config = await backend.config();
      await (await open(config))[Symbol.asyncDispose]();
      {
        await using raw = new Database(settingsOf(config));
        await raw.run("insert into schema_versions (version, name, applied_at) values (9999, 'later', 0)");
      }
      await assert.rejects(open(config), { code: 'newer-database' });
    });
  });

  describe('the lease', () => {
    it('is held by one, who is named to the other, and rises with each', async () => {
      const config = await backend.config();
      const first = await open(config);
      await assert.rejects(open(config), (error) => {
        assert.ok(error instanceof LeaseHeldError);
        assert.equal(error.holder.pid, process.pid);
        assert.ok(error.message.includes(String(process.pid)));
        return true;
      });
      assert.equal((await inspectStorage(config)).holder?.pid, process.pid);
      await first[Symbol.asyncDispose]();
      assert.equal((await inspectStorage(config)).holder, undefined);
      await using second = await open(config);
      assert.equal(second.fence(), first.fence() + 1);
    });

    it('is taken at once from a process that was killed, with all that it was told is kept', async () => {
      const config = await backend.config();
      const child = spawn(process.execPath, [writer.pathname], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      child.stdin.end(JSON.stringify({ ...config, key: config.key.toString('hex') }));
      const acknowledged: string[] = [];
      const lines = createInterface({ input: child.stdout });
      lines.on('line', (line) => {
        acknowledged.push(line);
        if (acknowledged.length === 400) child.kill('SIGKILL');
      });
      await once(child, 'exit');
      assert.ok(acknowledged.length >= 400);
      const start = performance.now();
      await using storage = await open(config);
      assert.ok(performance.now() - start < 550, 'waited for the dead');
      const known = await storage.events.known('matrix', acknowledged);
      assert.deepEqual(
        acknowledged.filter((outerId) => !known.has(outerId)),
        [],
      );
    });

    it('of another host is waited for, and taken when it is not renewed', async () => {
      const config = await backend.config();
      await (await open(config))[Symbol.asyncDispose]();
      await using raw = new Database(settingsOf(config));
      const times = { ttl: 300, renewal: 10_000 };
      const abroad = { host: 'elsewhere', pid: 1, machine: 'another boot', started: '5' };
      const foreign = await Lease.acquire(raw, silentLog, times, abroad);
      await using storage = await open(config);
      assert.equal(storage.fence(), foreign.fence + 1);

      await assert.rejects(
        raw.transaction((sql) => foreign.check(sql)),
        { code: 'lease-lost' },
      );
      assert.equal(foreign.lost.aborted, true);
      await foreign[Symbol.asyncDispose]();
      await keepOne(storage);
    });

    it('of another host is left alone when it is renewed', async () => {
      const config = await backend.config();
      await (await open(config))[Symbol.asyncDispose]();
      await using raw = new Database(settingsOf(config));
      const abroad = { host: 'elsewhere', pid: 1, machine: 'another boot', started: '5' };
      const foreign = await Lease.acquire(raw, silentLog, { ttl: 600, renewal: 100 }, abroad);
      await assert.rejects(open(config), /elsewhere/);
      await foreign[Symbol.asyncDispose]();
    });

    it('stops every write once another process has it', async () => {
      const config = await backend.config();
      const storage = await open(config);
      await using raw = new Database(settingsOf(config));
      await raw.run("update lease set fence = fence + 1, instance = 'usurper'");
      const lost = once(storage.lost, 'abort');
      await assert.rejects(storage.events.keep([anEvent()]), { code: 'lease-lost' });
      await assert.rejects(storage.portals.closed(portalId('p')), { code: 'lease-lost' });
      await lost;
      await storage[Symbol.asyncDispose]();
      const [row] = await raw.rows('select count(*) as count from events');
      assert.equal(Number(row?.['count']), 0);
    });

    it('that ran out while nobody else took it is renewed', async () => {
      const config = await backend.config();
      await using storage = await open(config);
      await using raw = new Database(settingsOf(config));
      await raw.run('update lease set expires_at = 1');
      await new Promise((resolve) => setTimeout(resolve, 350));
      const [row] = await raw.rows('select expires_at from lease');
      assert.ok(Number(row?.['expires_at']) > 1);
      await keepOne(storage);
    });
  });
}

function settingsOf(config: StorageConfig): ConstructorParameters<typeof Database>[0] {
  return config.url === undefined
    ? { kind: 'sqlite', file: config.file, synchronous: 'full' }
    : { kind: 'postgres', url: config.url, pool: 2 };
}
