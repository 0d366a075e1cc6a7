import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { degraded, failing, well, type Assessment } from '../../../src/core/trouble.ts';
import { HealthBoard } from '../../../src/http/board.ts';
import { RecordingLog } from '../../support/recording-log.ts';

describe('the board', () => {
  it('remembers since when, and logs what changes', async () => {
    let now = 1_000;
    let state: Assessment = well;
    const log = new RecordingLog();
    using board = new HealthBoard(
      () => [{ name: 'a', assess: () => state }],
      log,
      () => now,
      60_000,
    );
    const look = async (): Promise<unknown> =>
      (await board.look()).map(({ since, assessment }) => [since, assessment.state]);
    assert.deepEqual(await look(), [[1_000, 'ok']]);
    now = 2_000;
    assert.deepEqual(await look(), [[1_000, 'ok']]);
    state = failing('link-stuck');
    assert.deepEqual(await look(), [[2_000, 'failed']]);
    now = 3_000;
    state = degraded('link-flapping');
    assert.deepEqual(await look(), [[3_000, 'degraded']]);
    state = well;
    await look();
    assert.deepEqual(
      log.lines.map(({ level, fields, event }) => [level, event, fields['trouble']]),
      [
        ['warn', 'not well', 'link-stuck'],
        ['warn', 'not well', 'link-flapping'],
        ['info', 'well again', undefined],
      ],
    );
  });

  it('takes what breaks or does not answer for a database that is away', async () => {
    using board = new HealthBoard(
      () => [
        { name: 'breaks', assess: async () => Promise.reject(new Error('x')) },
        { name: 'hangs', assess: async () => new Promise<Assessment>(() => undefined) },
      ],
      new RecordingLog(),
      Date.now,
    );
    assert.deepEqual(
      (await board.look()).map(({ assessment }) => assessment),
      [failing('database-away'), failing('database-away')],
    );
  });
});
