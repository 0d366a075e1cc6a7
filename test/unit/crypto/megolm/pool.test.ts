import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Pool } from '../../../../src/crypto/megolm/pool.ts';

interface Thing {
  readonly name: string;
  doubtful: boolean;
  users: number;
  closed: boolean;
  close(): void;
}

function world(maxOpen: number): { readonly pool: Pool<Thing>; readonly made: Thing[] } {
  const made: Thing[] = [];
  const pool = new Pool<Thing>(
    maxOpen,
    async ({ userId }) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (userId === '@bad') throw new Error('cannot be opened');
      const thing: Thing = {
        name: userId,
        doubtful: false,
        users: 0,
        closed: false,
        close() {
          assert.equal(this.users, 0, 'closed in use');
          assert.equal(this.closed, false, 'closed twice');
          this.closed = true;
        },
      };
      made.push(thing);
      return thing;
    },
    () => undefined,
  );
  return { pool, made };
}

const device = (name: string): { userId: string; deviceId: string } => ({
  userId: `@${name}`,
  deviceId: 'D',
});

describe('the pool of machines', () => {
  it('never has two of a device open, nor more than it may, nor closes one in use', async () => {
    const visits = fc.array(fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 3 })), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), visits, async (maxOpen, list) => {
        const { pool, made } = world(maxOpen);
        await Promise.all(
          list.map(([who, turns]) =>
            pool.use(device(String(who)), async (thing) => {
              thing.users += 1;
              for (let i = 0; i < turns; i += 1) await new Promise((resolve) => setImmediate(resolve));
              const open = made.filter(({ closed }) => !closed);
              assert.ok(open.length <= maxOpen);
              assert.equal(new Set(open.map(({ name }) => name)).size, open.length);
              assert.equal(thing.closed, false);
              thing.users -= 1;
            }),
          ),
        );
        await pool.close();
        assert.ok(made.every(({ closed }) => closed));
      }),
      { numRuns: 50 },
    );
  });

  it('lets the others in after one that could not be opened', async () => {
    const { pool } = world(1);
    const bad = [1, 2].map(() => pool.use(device('bad'), async () => 'used').catch(() => 'not opened'));
    const good = pool.use(device('good'), async () => 'used');
    assert.deepEqual(await Promise.all([...bad, good]), ['not opened', 'not opened', 'used']);
  });

  it('closes what was idle, what is doubtful, and what is ended', async () => {
    const { pool, made } = world(3);
    for (const name of ['a', 'b', 'c']) await pool.use(device(name), async () => undefined);
    await pool.use(device('b'), async (thing) => (thing.doubtful = true));
    assert.deepEqual(
      made.map(({ closed }) => closed),
      [false, true, false],
    );
    const using = pool.use(device('c'), () => new Promise((resolve) => setTimeout(resolve, 20)));
    await pool.end(device('c'));
    await using;
    assert.equal(made[2]?.closed, true);
    pool.closeUnused(Date.now());
    assert.equal(made[0]?.closed, true);
    assert.equal(pool.size, 0);
  });
});
