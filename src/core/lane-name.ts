import { createHash } from 'node:crypto';
import { laneId, type LaneId, type NetworkId, type RoomId } from './ids.ts';

const longest = 240;

/** The lane of what comes from a room. */
export function matrixLane(room: RoomId): LaneId {
  return laneId(`m:${room}`);
}

/** The lane of what comes from a remote chat; a long one by its hash: lanes are looked up by an index. */
export function networkLane(network: NetworkId, chat: string, receiver: string | undefined): LaneId {
  const name = JSON.stringify([network, chat, receiver]);
  if (Buffer.byteLength(name) <= longest) return laneId(`n:${name}`);
  return laneId(`n:#${createHash('sha256').update(name).digest('base64url')}`);
}

/** The lane of what is brought in from the archive of a chat, beside what comes live. */
export function historyLane(network: NetworkId, chat: string): LaneId {
  return laneId(`h${networkLane(network, chat, undefined).slice(1)}`);
}
