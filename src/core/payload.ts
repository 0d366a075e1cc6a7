/** What of an arrival is kept, as the text that the store encrypts. */
import type { MatrixArrival } from './homeserver.ts';
import { matrixEventId, matrixUserId, remoteChatId, remoteUserId, roomId, type MatrixUserId } from './ids.ts';
import type { Arrival } from './network.ts';
import type { KeptEvent } from './stores.ts';

type Kept = Pick<KeptEvent, 'outerId' | 'payload'>;

export function matrixPayload(arrival: MatrixArrival): string {
  return JSON.stringify([arrival.room, arrival.raw]);
}

/** Reads back what `matrixPayload` wrote; throws where it is not that. */
export function arrivalFromMatrix(kept: Kept): MatrixArrival {
  const [room, raw] = texts(kept.payload, 2);
  return { eventId: matrixEventId(kept.outerId), room: roomId(room ?? ''), raw: raw ?? '' };
}

export function networkPayload(arrival: Arrival): string {
  const { chat, sender, receiver, at, raw, history } = arrival;
  const texts = [chat, sender, receiver ?? '', String(at), raw];
  return JSON.stringify(history === undefined ? texts : [...texts, arrival.outerId]);
}

/** Reads back what `networkPayload` wrote; throws where it is not that. */
export function arrivalFromNetwork(kept: Kept): Arrival {
  const [chat, sender, receiver, at, raw, inArchive] = texts(kept.payload, 5, 6);
  return {
    outerId: inArchive ?? kept.outerId,
    chat: remoteChatId(chat ?? ''),
    sender: remoteUserId(sender ?? ''),
    receiver: receiver === '' ? undefined : matrixUserId(receiver ?? ''),
    at: Number(at),
    raw: raw ?? '',
    ...(inArchive === undefined ? {} : { history: { as: kept.outerId } }),
  };
}

/**
 * Whether an event is a user's own (theirs, or to them), or names them otherwise. What cannot be read is nobody's.
 */
export function concerns(
  event: Pick<KeptEvent, 'source' | 'outerId' | 'payload'>,
  user: MatrixUserId,
): 'own' | 'named' | 'nothing' {
  if (!event.payload.includes(user)) return 'nothing';
  try {
    const owner =
      event.source === 'matrix' ? senderIn(arrivalFromMatrix(event).raw) : arrivalFromNetwork(event).receiver;
    return owner === user ? 'own' : 'named';
  } catch {
    return 'named';
  }
}

/** Who sent an event on Matrix; undefined where it does not say so. Throws where it cannot be read. */
export function matrixSender(kept: Kept): string | undefined {
  const sender = senderIn(arrivalFromMatrix(kept).raw);
  return typeof sender === 'string' ? sender : undefined;
}

function senderIn(raw: string): unknown {
  const event: unknown = JSON.parse(raw);
  return typeof event === 'object' && event !== null && 'sender' in event ? event.sender : undefined;
}

function texts(payload: string, ...counts: readonly number[]): readonly string[] {
  const parsed: unknown = JSON.parse(payload);
  if (!Array.isArray(parsed) || !counts.includes(parsed.length))
    throw new Error('a kept payload has another shape');
  return parsed.map(String);
}
