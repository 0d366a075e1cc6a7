/** Rooms whose sessions are not to be used again, whoever has them: counted in the store, and heeded before sealing. */
import * as wasm from '@matrix-org/matrix-sdk-crypto-wasm';
import { deviceKey } from './ledger.ts';
import type { Machine } from './machine.ts';
import type { OwnTables } from './store/own.ts';

/** The next event in the room is to be sealed with a new session, also by machines that are not open now. */
export async function discardSessions(own: OwnTables, room: string): Promise<void> {
  await own.put(roomKey(room), String(count(own.get(roomKey(room))) + 1));
}

/** Drops the machine's session of the room where one has been asked for since it last did. In the room's turn. */
export async function heedDiscards(machine: Machine, own: OwnTables, room: string): Promise<void> {
  const wanted = count(own.get(roomKey(room)));
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
