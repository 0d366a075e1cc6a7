import assert from 'node:assert/strict';
import { it } from 'node:test';
import { runKill } from '../../scripts/verify/kill.ts';
import { makeRunDir } from '../support/run-dir.ts';

for (const encrypted of [false, true]) {
  it(`keeps every message both ways over three kills${encrypted ? ', in encrypted rooms' : ''}`, async (test) => {
    await using dir = await makeRunDir('kill');
    const report = (line: string): void => test.diagnostic(line);
    const groups = { groups: 2, messages: 20 };
    const plan = { dir: dir.path, seed: 1, kills: 3, chats: 8, messages: 60, groups, encrypted, report };
    const { guarantees } = await runKill(plan);
    assert.deepEqual(
      guarantees.filter(({ ok }) => !ok),
      [],
    );
  });
}
