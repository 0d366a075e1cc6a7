import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { laneId } from '../../src/core/ids.ts';
import type { KeptEvent } from '../../src/core/stores.ts';
import { isTransient } from '../../src/storage/errors.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { makeRunDir, type RunDir } from '../support/run-dir.ts';
import { anEvent, aSettlement, type Backend, open, postgresBackend } from '../support/storage.ts';
import { besideSuite } from '../unit/storage/suites/beside.ts';
import { blocksSuite } from '../unit/storage/suites/blocks.ts';
import { erasureSuite } from '../unit/storage/suites/erasure.ts';
import { eventsSuite, retentionSuite } from '../unit/storage/suites/events.ts';
import { groupsSuite } from '../unit/storage/suites/groups.ts';
import { keyWaitsSuite } from '../unit/storage/suites/key-waits.ts';
import { loginListsSuite } from '../unit/storage/suites/login-lists.ts';
import { messagesSuite } from '../unit/storage/suites/messages.ts';
import { openingSuite } from '../unit/storage/suites/opening.ts';
import { networkRecordsSuite } from '../unit/storage/suites/network-records.ts';
import { peopleSuite } from '../unit/storage/suites/people.ts';
import { policyListsSuite } from '../unit/storage/suites/policy-lists.ts';
import { portalsSuite } from '../unit/storage/suites/portals.ts';
import { puppetSuite } from '../unit/storage/suites/puppets.ts';
import { requestsSuite } from '../unit/storage/suites/requests.ts';
import { signalSuite } from '../unit/storage/suites/signal.ts';
import { spacesSuite } from '../unit/storage/suites/spaces.ts';
import { reachSuite } from '../unit/storage/suites/reach.ts';
import { tiesSuite } from '../unit/storage/suites/ties.ts';

describe('the stores on PostgreSQL', () => {
  let dir: RunDir;
  let server: Postgres;
  let backend: Backend;
  before(async () => {
    dir = await makeRunDir('storage');
    server = await startPostgres({ dir: dir.path });
    backend = postgresBackend(server.url('postgres'));
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await dir[Symbol.asyncDispose]();
  });
  const later: Backend = {
    name: 'PostgreSQL',
    config: () => backend.config(),
    clean: () => backend.clean(),
  };

  eventsSuite(later);
  retentionSuite(later);
  keyWaitsSuite(later);
  messagesSuite(later);
  portalsSuite(later);
  groupsSuite(later);
  erasureSuite(later);
  puppetSuite(later);
  spacesSuite(later);
  requestsSuite(later);
  tiesSuite(later);
  reachSuite(later);
  blocksSuite(later);
  policyListsSuite(later);
  loginListsSuite(later);
  besideSuite(later);
  signalSuite(later);
  networkRecordsSuite(later);
  peopleSuite(later);
  openingSuite(later);

  describe('while the server is away', () => {
    const outages = {
      killed: {
        begin: () => server.kill(),
        end: () => server.restart(),
      },
      frozen: {
        begin: async () => server.pause(),
        end: async () => server.resume(),
      },
    };
    for (const [name, outage] of Object.entries(outages)) {
      it(`(${name}) refuses soon, loses nothing that it confirmed, and goes on when it is back`, async () => {
        await using storage = await open(await backend.config());
        const load = new Load(storage);
        await sleep(500);
        await outage.begin();
        await sleep(9_000);
        assert.ok(load.refused > 0, 'nothing was refused');
        await outage.end();
        const confirmed = load.settled.length;
        await until(() => load.settled.length > confirmed + 100);
        await load.stop();

        assert.deepEqual(load.unexpected, []);
        assert.ok(load.slowest < 11_000, `a call took ${load.slowest} ms`);
        assert.equal(storage.lost.aborted, false);
        const known = await storage.events.known(
          'matrix',
          load.settled.map(({ outerId }) => outerId),
        );
        assert.equal(known.size, load.settled.length);
        assert.deepEqual(await storage.events.pendingLanes(), []);
      });
    }
  });
});

/** Keeps and settles without end, and tries each call again until it succeeds. */
class Load {
  readonly settled: KeptEvent[] = [];
  readonly unexpected: unknown[] = [];
  refused = 0;
  slowest = 0;
  #stopped = false;
  readonly #running: Promise<unknown>;

  constructor(storage: Storage) {
    const work = async (worker: number): Promise<void> => {
      while (!this.#stopped) {
        const event = anEvent({ lane: laneId(`lane${worker}`) });
        const [kept] = await this.#insist(() => storage.events.keep([event]));
        if (kept === undefined) throw new Error('an event of which nobody was told was known');
        await this.#insist(() => storage.events.settle(aSettlement(kept.seq)));
        this.settled.push(kept);
      }
    };
    const workers = Array.from({ length: 8 }, (_, worker) =>
      work(worker).catch((error: unknown) => this.unexpected.push(error)),
    );
    this.#running = Promise.all(workers);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #insist<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      const start = performance.now();
      try {
        return await call();
      } catch (error) {
        if (!isTransient(error)) throw error;
        this.refused += 1;
        await sleep(100);
      } finally {
        this.slowest = Math.max(this.slowest, performance.now() - start);
      }
    }
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('it did not go on');
    await sleep(50);
  }
}
