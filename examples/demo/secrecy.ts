import type { SeenEvent } from '../../test/support/matrix-event.ts';
import type { MatrixUser } from '../../test/support/matrix-user.ts';
import type { Shield } from '../../test/support/user-crypto.ts';
import type { Direction, Shown } from './exchange.ts';

/** Whether an exchange was encrypted on Matrix, and what Alice's client shows beside what it opened. */
export interface Secrecy {
  readonly encrypted: boolean;
  /** Of what came to her; absent where nothing was opened. */
  readonly shield?: Shield;
}

/** Reactions, redactions and what the server itself has to read go in the clear in every room. */
const inTheClear = new Set([
  'm.reaction',
  'm.room.redaction',
  'com.beeper.message_send_status',
  'm.room.encryption',
]);
const ranks: readonly Shield[] = ['none', 'grey', 'red'];

/** Looks at the events of an exchange. Throws where one was open to all that should not be, or bears a shield. */
export async function secrecyOf({ rows }: Shown, direction: Direction, alice: MatrixUser): Promise<Secrecy> {
  const events = rows.flatMap(({ matrix }) => (matrix === undefined || 'speaker' in matrix ? [] : [matrix]));
  const open = events.find((event) => !event.encrypted && isForMembers(event));
  if (open !== undefined) throw new Error(`${open.type} ${open.eventId} went without encryption.`);
  const sealed = events.filter(({ encrypted }) => encrypted);
  if (direction === 'to-network') return { encrypted: sealed.length > 0 };
  const shields: Shield[] = [];
  for (const { roomId, eventId } of sealed) {
    const shield = await alice.shieldOf(roomId, eventId);
    if (shield === undefined) throw new Error(`${eventId} could not be opened.`);
    shields.push(shield);
  }
  const shield = ranks.findLast((rank) => shields.includes(rank));
  if (shield !== undefined && shield !== 'none') throw new Error(`A ${shield} shield stands beside it.`);
  return { encrypted: sealed.length > 0, ...(shield === undefined ? {} : { shield }) };
}

function isForMembers({ type, stateKey }: SeenEvent): boolean {
  return stateKey === undefined && !inTheClear.has(type);
}
