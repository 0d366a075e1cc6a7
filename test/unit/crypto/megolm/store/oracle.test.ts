/** Random work, done by the store and by another implementation of the specification: the answers are the same. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { IDBKeyRange } from '../../../../../src/crypto/megolm/store/key-range.ts';
import { openStore } from '../../../../../src/crypto/megolm/store/open-store.ts';
import { storeDir } from '../../../../support/engine-store.ts';

const key = fc.oneof(
  fc.integer({ min: -2, max: 6 }),
  fc.constantFrom('a', 'b', '\ud800', '~', ''),
  fc.tuple(fc.integer({ min: 0, max: 2 }), fc.constantFrom('x', 'y')),
);
/** None that moves the key generator: of that, the other one keeps a part when the transaction is aborted. */
const explicitKey = key.filter((each) => typeof each !== 'number' || each < 1);
const value = fc.record({
  tag: fc.oneof(key, fc.array(key, { maxLength: 3 })),
  one: fc.integer({ min: 0, max: 4 }),
});
const bounds = fc.record({
  lower: fc.option(key),
  upper: fc.option(key),
  lowerOpen: fc.boolean(),
  upperOpen: fc.boolean(),
});
const direction = fc.constantFrom('next', 'nextunique', 'prev', 'prevunique');
const source = fc.constantFrom('store', 'tag', 'one');
const step = fc.oneof(
  fc.record({ kind: fc.constantFrom('put' as const, 'add' as const), key: fc.option(explicitKey), value }),
  fc.record({ kind: fc.constant('delete' as const), bounds }),
  fc.record({ kind: fc.constant('clear' as const) }),
  fc.record({
    kind: fc.constantFrom('getAll' as const, 'getAllKeys' as const),
    source,
    bounds,
    count: fc.integer({ min: 0, max: 3 }),
  }),
  fc.record({ kind: fc.constantFrom('count' as const, 'get' as const, 'getKey' as const), source, bounds }),
  fc.record({
    kind: fc.constant('walk' as const),
    source,
    bounds,
    direction,
    change: fc.constantFrom('none' as const, 'update' as const, 'delete' as const),
    skip: fc.integer({ min: 1, max: 2 }),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
const work = fc.array(
  fc.record({ steps: fc.array(step, { minLength: 1, maxLength: 8 }), abort: fc.boolean() }),
  {
    minLength: 1,
    maxLength: 6,
  },
);
type Work = typeof work extends fc.Arbitrary<infer T> ? T : never;

/** What both implementations have, as far as it is used here. */
const named = z.object({ name: z.string() });
interface Request extends EventTarget {
  readonly result: unknown;
  readonly error: { readonly name: string } | null;
}
interface Cursor {
  readonly key: unknown;
  readonly primaryKey: unknown;
  update(value: unknown): Request;
  delete(): unknown;
  advance(count: number): void;
}
interface Source {
  getAll(range: unknown, count?: number): Request;
  getAllKeys(range: unknown, count?: number): Request;
  count(range: unknown): Request;
  get(range: unknown): Request;
  getKey(range: unknown): Request;
  openCursor(range: unknown, direction: string): Request;
}
interface ObjectStore extends Source {
  put(value: unknown, key?: unknown): Request;
  add(value: unknown, key?: unknown): Request;
  delete(range: unknown): Request;
  clear(): Request;
  index(name: string): Source;
  createIndex(name: string, path: string, options: object): unknown;
}
interface Transaction extends EventTarget {
  objectStore(name: string): ObjectStore;
  abort(): void;
}
interface Database {
  transaction(names: string, mode: string): Transaction;
  createObjectStore(name: string, options: object): ObjectStore;
  close(): void;
}
/** The other implementation: its types are those of a browser, which are not known here. */
interface Other {
  readonly IDBFactory: new () => { open(name: string): Request };
  readonly IDBKeyRange: Ranges;
}
const isOther = (found: unknown): found is Other =>
  typeof found === 'object' && found !== null && 'IDBFactory' in found && 'IDBKeyRange' in found;
const isCursor = (found: unknown): found is Cursor =>
  typeof found === 'object' && found !== null && 'advance' in found;
const isDatabase = (found: unknown): found is Database =>
  typeof found === 'object' && found !== null && 'createObjectStore' in found;

interface Side {
  readonly open: () => Request;
  readonly range: (bounds: {
    lower: unknown;
    upper: unknown;
    lowerOpen: boolean;
    upperOpen: boolean;
  }) => unknown;
}

async function database(side: Side): Promise<Database> {
  const request = side.open();
  request.addEventListener('upgradeneeded', () => {
    if (!isDatabase(request.result)) throw new Error('no database');
    const store = request.result.createObjectStore('s', { autoIncrement: true });
    store.createIndex('tag', 'tag', { multiEntry: true });
    store.createIndex('one', 'one', { unique: true });
  });
  await new Promise((resolve) => request.addEventListener('success', resolve));
  if (!isDatabase(request.result)) throw new Error('no database');
  return request.result;
}

async function run(side: Side, plan: Work): Promise<readonly unknown[]> {
  const open = await database(side);
  const log: unknown[] = [];
  for (const { steps, abort } of plan) {
    const transaction = open.transaction('s', 'readwrite');
    const end = new Promise<string>((resolve) => {
      for (const type of ['complete', 'abort']) transaction.addEventListener(type, () => resolve(type));
    });
    let left = steps.length;
    const finish = (): void => {
      left -= 1;
      if (left === 0 && abort) transaction.abort();
    };
    for (const each of steps) take(side, transaction.objectStore('s'), each, log, finish);
    log.push(await end);
  }
  open.close();
  return log;
}

function take(side: Side, store: ObjectStore, each: Step, log: unknown[], finish: () => void): void {
  try {
    const request = ask(side, store, each);
    request.addEventListener('success', () => {
      if (each.kind === 'walk' && isCursor(request.result)) {
        const cursor = request.result;
        log.push([cursor.key, cursor.primaryKey]);
        if (each.change === 'update')
          cursor.update({ tag: 1, one: 9 }).addEventListener('error', (event) => event.preventDefault());
        if (each.change === 'delete') cursor.delete();
        cursor.advance(each.skip);
        return;
      }
      log.push(request.result);
      finish();
    });
    request.addEventListener('error', (event) => {
      event.preventDefault();
      log.push(request.error?.name);
      finish();
    });
  } catch (error) {
    log.push(named.parse({ name: error instanceof Error ? error.name : '' }).name);
    finish();
  }
}

function ask(side: Side, store: ObjectStore, each: Step): Request {
  switch (each.kind) {
    case 'put':
    case 'add':
      return each.key === null ? store[each.kind](each.value) : store[each.kind](each.value, each.key);
    case 'clear':
      return store.clear();
    case 'delete':
      return store.delete(side.range(each.bounds));
    case 'getAll':
    case 'getAllKeys':
      return from(store, each.source)[each.kind](side.range(each.bounds), each.count);
    case 'count':
    case 'get':
    case 'getKey':
      return from(store, each.source)[each.kind](side.range(each.bounds));
    case 'walk':
      return from(store, each.source).openCursor(side.range(each.bounds), each.direction);
  }
}

function from(store: ObjectStore, name: string): Source {
  return name === 'store' ? store : store.index(name);
}

describe('the store, beside another implementation', () => {
  it('answers the same to random work', async () => {
    await using dir = await storeDir();
    await using store = openStore(dir.file);
    let runs = 0;
    const found: unknown = await import('fake-indexeddb');
    if (!isOther(found)) throw new Error('the other implementation is not there');
    await fc.assert(
      fc.asyncProperty(work, async (plan) => {
        runs += 1;
        const other = new found.IDBFactory();
        const ours: Side = {
          open: () => store.indexedDB.open(`run ${runs}`),
          range: (all) => rangeOf(IDBKeyRange, all),
        };
        const theirs: Side = {
          open: () => other.open('run'),
          range: (all) => rangeOf(found.IDBKeyRange, all),
        };
        assert.deepEqual(await run(ours, plan), await run(theirs, plan));
      }),
      { numRuns: 250 },
    );
  });
});

interface Ranges {
  only(key: unknown): unknown;
  lowerBound(key: unknown, open: boolean): unknown;
  upperBound(key: unknown, open: boolean): unknown;
  bound(lower: unknown, upper: unknown, lowerOpen: boolean, upperOpen: boolean): unknown;
}

function rangeOf(
  ranges: Ranges,
  {
    lower,
    upper,
    lowerOpen,
    upperOpen,
  }: { lower: unknown; upper: unknown; lowerOpen: boolean; upperOpen: boolean },
): unknown {
  if (lower === null && upper === null) return ranges.only(1);
  if (lower === null) return ranges.upperBound(upper, upperOpen);
  if (upper === null) return ranges.lowerBound(lower, lowerOpen);
  return ranges.bound(lower, upper, lowerOpen, upperOpen);
}
