import type { MatrixArrival, OpenedMatrixEvent } from '../../core/homeserver.ts';
import { parseJsonObject, textIn } from '../json-object.ts';

/** Kinds that clients encrypt in encrypted rooms. */
const spoken: ReadonlySet<string> = new Set(['message', 'edit', 'vote', 'poll-end']);

/** What a user said in the clear, where only what is encrypted is relayed: it ends here, and they are told. */
export function onlyEncrypted(opened: OpenedMatrixEvent, arrival: MatrixArrival): OpenedMatrixEvent {
  if (opened.kind !== 'event' || !spoken.has(opened.event.kind)) return opened;
  const raw = parseJsonObject(arrival.raw);
  return raw !== undefined && textIn(raw, 'type') === 'm.room.encrypted'
    ? opened
    : { kind: 'unsupported', reason: 'not-encrypted' };
}
