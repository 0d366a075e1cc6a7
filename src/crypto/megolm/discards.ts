/** Rooms whose sessions are not to be used again, whoever has them: counted in the store, and heeded before sealing. */
import * as wasm from '@matrix-org/matrix-sdk-crypto-wasm';
import { deviceKey } from './ledger.ts';
import type { Machine } from './machine.ts';
import type { OwnTables } from './store/own.ts';

const lifeKey = 'life';
/** No room has this name. */
const allRooms = '';

/** The next event in the room is to be sealed with a new session, also by machines that are not open now. */
export async function discardSessions(own: OwnTables, room: string): Promise<void> {
  await own.put(roomKey(room), String(count(own.get(roomKey(room))) + 1));
}

/**
 * Notes that a life of the engine begins. Where the last one was ended by a crash, all rooms get new sessions: the engine
 * may share one that was in use once more from a later index on, and a client that gets both shares at once keeps the later
 * alone, without which it cannot read what was sealed before.
 */
export async function beginLife(own: OwnTables): Promise<void> {
  if (own.get(lifeKey) === 'begun') await discardSessions(own, allRooms);
  else await own.put(lifeKey, 'begun');
}

/** Notes that it ends well. */
export async function endLife(own: OwnTables): Promise<void> {
  await own.put(lifeKey, 'ended');
}

/** Drops the machine's session of the room where one has been asked for since it last did. In the room's turn. */
export async function heedDiscards(machine: Machine, own: OwnTables, room: string): Promise<void> {
  const wanted = count(own.get(roomKey(room))) + count(own.get(roomKey(allRooms)));
  if (wanted === 0) return;
  const key = `heeded/${deviceKey(machine.device)}/${room}`;
  const heeded = machine.discards.get(room) ?? count(own.get(key));
  if (heeded < wanted) {
    machine.memos.delete(room);
    await machine.olm.invalidateGroupSession(new wasm.RoomId(room));
    await own.put(key, String(wanted));
  }
  machine.discards.set(room, wanted);
}

function roomKey(room: string): string {
  return `discard/${room}`;
}

function count(value: string | undefined): number {
  return value === undefined ? 0 : Number.parseInt(value, 10);
}
