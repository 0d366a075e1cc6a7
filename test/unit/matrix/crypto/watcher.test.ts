import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixUserId } from '../../../../src/core/ids.ts';
import { failedForGood, failedForNow, type Failed } from '../../../../src/core/outcome.ts';
import { Acquaintances } from '../../../../src/matrix/crypto/acquaintances.ts';
import type { RoomFacts } from '../../../../src/matrix/crypto/room-facts.ts';
import { Watcher } from '../../../../src/matrix/crypto/watcher.ts';
import { MatrixRefusal, type Answer, type MatrixRequest } from '../../../../src/matrix/request.ts';
import { roomId } from '../../../../src/core/ids.ts';
import { FakeEngine, troubled } from '../../../support/fake-engine.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

const bot = { userId: matrixUserId('@bot:server'), deviceId: 'D' };
const alice = matrixUserId('@alice:server');

type Said = Readonly<Record<string, unknown>> | Failed;

/** A watcher that gets these answers, one after the other, and then none. */
async function watching(
  said: readonly Said[],
  engine = new FakeEngine(),
  before?: (watcher: Watcher) => void,
) {
  const asked: MatrixRequest[] = [];
  const over = Promise.withResolvers<undefined>();
  let made = 0;
  const request = async (one: MatrixRequest): Promise<Answer | Failed> => {
    const next = said[asked.length];
    asked.push(one);
    if (next !== undefined) return 'reason' in next ? (next as Failed) : { kind: 'ok', body: next };
    over.resolve(undefined);
    await new Promise((resolve) => one.signal?.addEventListener('abort', resolve));
    return failedForNow('timeout');
  };
  const watcher = new Watcher({
    ...{ client: { request }, engine, as: bot, log: new RecordingLog(), pollMs: 10 },
    pauses: { first: 1, most: 2 },
    ensureBot: async () => {
      made += 1;
      return undefined;
    },
  });
  before?.(watcher);
  watcher.start();
  await over.promise;
  return { watcher, engine, asked, made: () => made };
}

describe('the watcher', () => {
  it('hands on whose devices changed, and asks from where it was', async () => {
    const { watcher, engine, asked } = await watching([
      { next_batch: 's1' },
      { next_batch: 's2', device_lists: { changed: [alice, 7], left: ['@bob:server'] } },
    ]);
    assert.deepEqual(engine.of('changed'), [{ kind: 'changed', changed: [alice], left: ['@bob:server'] }]);
    assert.deepEqual(
      asked.map(({ query }) => query?.['since']),
      [undefined, 's1', 's2'],
    );
    assert.ok(asked.every(({ query }) => query?.['set_presence'] === 'offline'));
    assert.equal(watcher.up, true);
    await watcher[Symbol.asyncDispose]();
    assert.equal(watcher.up, false);
  });

  it('is not up while the homeserver does not answer, and loses nothing meanwhile', async () => {
    const { watcher, asked } = await watching([
      { next_batch: 's1' },
      failedForNow('link-down'),
      { next_batch: 's2' },
    ]);
    assert.deepEqual(
      asked.map(({ query }) => query?.['since']),
      [undefined, 's1', 's1', 's2'],
    );
    await watcher[Symbol.asyncDispose]();
  });

  it('asks again for what the engine did not take', async () => {
    const engine = new FakeEngine();
    engine.troubles.set('changed', troubled({ what: 'store' }));
    const change = { next_batch: 's2', device_lists: { changed: [alice] } };
    const { watcher, asked } = await watching([{ next_batch: 's1' }, change, change], engine);
    assert.equal(engine.of('changed').length, 2);
    assert.deepEqual(
      asked.map(({ query }) => query?.['since']),
      [undefined, 's1', 's1', 's2'],
    );
    await watcher[Symbol.asyncDispose]();
  });

  it('tells of everybody who was looked at before it saw anything', async () => {
    const { watcher, engine } = await watching([{ next_batch: 's1' }], new FakeEngine(), (one) =>
      one.looking([alice]),
    );
    assert.deepEqual(engine.of('changed'), [{ kind: 'changed', changed: [alice], left: [] }]);
    await watcher[Symbol.asyncDispose]();
  });

  it('makes the bot again where the homeserver has lost it', async () => {
    const lost = failedForGood('forbidden', new MatrixRefusal(403, 'M_FORBIDDEN'));
    const { watcher, made } = await watching([{ next_batch: 's1' }, lost, { next_batch: 's2' }]);
    assert.equal(made(), 2);
    await watcher[Symbol.asyncDispose]();
  });

  it('outlives answers that are none', async () => {
    const { watcher } = await watching([{}, { next_batch: 5 }, { next_batch: 's', device_lists: 'x' }]);
    assert.equal(watcher.up, true);
    await watcher[Symbol.asyncDispose]();
  });
});

describe('whose changes are seen', () => {
  const bob = matrixUserId('@bob:server');
  const facts = (members: Iterable<readonly [typeof alice, 'join' | 'invite']>): RoomFacts => ({
    ...{ kind: 'facts', visibility: 'shared', members: new Map(members) },
    encryption: { rotationPeriodMs: undefined, rotationMessages: undefined },
  });
  function known({ up = true, managed = 'join' } = {}) {
    const engine = new FakeEngine();
    const managementRoom = roomId('!management:server');
    const acquaintances = new Acquaintances({
      ...{ engine, bot, believedMs: 1_000, now: () => 0 },
      watcher: { up, looking: () => undefined },
      users: {
        get: async (userId) =>
          userId === alice ? { userId, managementRoom, language: undefined } : undefined,
      },
      membership: { membershipOf: async () => ({ kind: 'membership', membership: managed }) },
    });
    return { engine, acquaintances };
  }

  it('is who has joined a room with the bot', async () => {
    const group = facts([
      [bot.userId, 'join'],
      [bob, 'join'],
    ]);
    assert.equal(await known().acquaintances.watches(group, [bob, bot.userId]), true);
    assert.equal(await known().acquaintances.watches(facts([[alice, 'join']]), [alice]), true);
    assert.equal(
      await known({ managed: 'invite' }).acquaintances.watches(facts([[alice, 'join']]), [alice]),
      false,
    );
    assert.equal(await known().acquaintances.watches(facts([[bob, 'join']]), [bob]), false);
    assert.equal(await known({ up: false }).acquaintances.watches(group, [bob]), false);
  });

  it('is not who is only invited: their devices are asked for anew, at a bounded rate', async () => {
    const { engine, acquaintances } = known();
    const group = facts([
      [bot.userId, 'join'],
      [bob, 'invite'],
    ]);
    assert.equal(await acquaintances.watches(group, [bob]), false);
    assert.equal(await acquaintances.watches(group, [bob]), false);
    assert.deepEqual(engine.of('changed'), [{ kind: 'changed', changed: [bob], left: [] }]);
  });
});
