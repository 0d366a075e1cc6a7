import { noChanges } from './changes.ts';
import type { MatrixUserId } from './ids.ts';
import { concerns } from './payload.ts';
import type { EventRecord, Stores } from './stores.ts';

/** Ends what waits for its key because its own author has taken it back; false where it is not theirs. */
export async function withdraw(
  { events, keyWaits }: Pick<Stores, 'events' | 'keyWaits'>,
  { seq, attempts }: EventRecord,
  user: MatrixUserId,
): Promise<boolean> {
  const kept = await keyWaits.get(seq);
  if (kept === undefined || concerns(kept, user) !== 'own') return false;
  const outcome = { kind: 'ignored', reason: 'nothing-to-do' } as const;
  await events.settle({ seq, outcome, attempts, portal: undefined, report: false, ...noChanges });
  return true;
}
