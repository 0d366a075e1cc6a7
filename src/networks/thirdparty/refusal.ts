/** Tells a provider's user that something of theirs went no further: by a receipt, since no message is to be in anybody's name. */
import type { Arrival } from '../../core/network.ts';
import type { Failed, Outcome } from '../../core/outcome.ts';
import { refusedReceipt } from '../../interop/profile/host-profile.ts';
import type { Receipt } from '../../interop/stanza/receipt.ts';
import { loginOf } from './ids.ts';
import { parseKept } from './kept-form.ts';
import type { Outbox } from './outbox.ts';
import type { Residents } from './residents.ts';

export interface RefusalDeps {
  readonly outbox: Outbox;
  readonly residents: Residents;
}

/** The mailbox keeps one such receipt of a message, so that telling it again shows once. */
export async function refuse(
  { outbox, residents }: RefusalDeps,
  arrival: Arrival,
  outcome: Outcome,
): Promise<undefined | Failed> {
  const kept = parseKept(arrival.raw);
  const about = receiptFor(outcome);
  const to = loginOf(arrival.sender);
  if (kept?.kind !== 'message' || about === undefined || to === undefined) return undefined;
  // Who is gone meanwhile says nothing more.
  const resident = await residents.withId(kept.resident);
  if (resident === undefined) return undefined;
  const failed = await outbox.post(to, outbox.receipt(resident, to, kept.id, about));
  return failed?.retry.kind === 'later' ? failed : undefined;
}

function receiptFor(outcome: Outcome): Receipt | undefined {
  switch (outcome.kind) {
    case 'sent':
    case 'ignored':
      return undefined;
    case 'blocked':
    case 'unsupported':
      return refused;
    case 'failed':
      // Its sender may put the file up again.
      return outcome.reason === 'media-gone' || outcome.reason === 'not-genuine'
        ? { kind: 'server-error' }
        : refused;
  }
}

const refused: Receipt = { kind: 'other', type: refusedReceipt.type };
