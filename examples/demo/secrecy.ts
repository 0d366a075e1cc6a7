import { setTimeout as sleep } from 'node:timers/promises';
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
const settleMs = 5_000;
const stepMs = 100;
const ranks: readonly Shield[] = ['none', 'grey', 'red'];

/** Looks at the events of an exchange. Throws where one was open to all that should not be, or bears a shield. */
export async function secrecyOf({ rows }: Shown, direction: Direction, alice: MatrixUser): Promise<Secrecy> {
  const events = rows.flatMap(({ matrix }) => (matrix === undefined || 'speaker' in matrix ? [] : [matrix]));
  const open = events.find((event) => !event.encrypted && isForMembers(event));
  if (open !== undefined) throw new Error(`${open.type} ${open.eventId} went without encryption.`);
  const sealed = events.filter(({ encrypted }) => encrypted);
  if (direction === 'to-network') return { encrypted: sealed.length > 0 };
  const shields: Shield[] = [];
  // Of what was taken back nothing is left to look at.
  const takenBack = new Set(events.map(({ redacts }) => redacts));
  for (const { roomId, eventId } of sealed.filter((event) => !takenBack.has(event.eventId))) {
    const shield = await shieldOf(alice, roomId, eventId);
    if (shield === undefined) throw new Error(`${eventId} could not be opened.`);
    shields.push(shield);
  }
  const shield = ranks.findLast((rank) => shields.includes(rank));
  if (shield !== undefined && shield !== 'none') throw new Error(`A ${shield} shield stands beside it.`);
  return { encrypted: sealed.length > 0, ...(shield === undefined ? {} : { shield }) };
}

/** What stays beside an event: as long as a client does not know the sender's devices yet, it shows a shield. */
async function shieldOf(alice: MatrixUser, room: string, eventId: string): Promise<Shield | undefined> {
  let shield = await alice.shieldOf(room, eventId);
  for (let waited = 0; shield !== 'none' && waited < settleMs; waited += stepMs) {
    await sleep(stepMs);
    shield = await alice.shieldOf(room, eventId);
  }
  return shield;
}

function isForMembers({ type, stateKey }: SeenEvent): boolean {
  return stateKey === undefined && !inTheClear.has(type);
}
