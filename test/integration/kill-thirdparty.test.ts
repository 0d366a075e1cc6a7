import assert from 'node:assert/strict';
import { it } from 'node:test';
import { runPartnerKill } from '../../scripts/verify/partner-kill.ts';
import { makeRunDir } from '../support/run-dir.ts';

it('keeps every message both ways, and reuses no state of a ratchet, over kills of the bridge and of the partner app', async (test) => {
  await using dir = await makeRunDir('kill');
  const report = (line: string): void => test.diagnostic(line);
  const { guarantees } = await runPartnerKill({
    ...{ dir: dir.path, seed: 1, kills: 2, chats: 2, messages: 30, report },
  });
  assert.deepEqual(
    guarantees.filter(({ ok }) => !ok),
    [],
  );
});
