import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { DatabaseState } from '../../../src/doctor/context.ts';
import { examine } from '../../../src/doctor/examine.ts';
import { reportText } from '../../../src/doctor/report.ts';
import { context } from './doctor-context.ts';

it('the doctor tells of lists of blocked people that are not followed, and how to have that', async () => {
  const look = async (): Promise<DatabaseState> => ({
    ...{ kind: 'open', engine: 'SQLite', schema: 15, holder: undefined },
    unfollowed: [{ network: 'xmpp', count: 3 }],
  });
  const results = await examine(context(undefined, { database: { look } }));
  assert.match(reportText('en', results), /3 linked accounts are not followed \(xmpp\).*urn:xmpp:blocking/);
  assert.deepEqual(
    results.filter(({ finding }) => finding.kind !== 'ok').map(({ finding }) => finding.told.key),
    ['doctor.account-lists.unfollowed'],
  );
});
