/** Sealing for a room (https://spec.matrix.org/v1.16/client-server-api/#sending-encrypted-messages). */
import * as wasm from '@matrix-org/matrix-sdk-crypto-wasm';
import type { Sealed, SealingRoom, Strategy } from './engine.ts';
import { track, userIds, type Machine } from './machine.ts';
import { claim, deliver, flush, type Ask } from './outgoing.ts';

/** How long what was settled about a room's readers is trusted, so that devices without keys get another chance. */
const memoMs = 300_000;
/** A shorter period would make a session for each message; clients use the same bound. */
const shortestRotationMs = 3_600_000;

/** The spec's defaults of `m.room.encryption`. */
const rotation = { periodMs: 604_800_000, messages: 100 };

const visibilities = {
  invited: wasm.HistoryVisibility.Invited,
  joined: wasm.HistoryVisibility.Joined,
  shared: wasm.HistoryVisibility.Shared,
  world_readable: wasm.HistoryVisibility.WorldReadable,
} as const;

/** Seals in the room's turn: readers' devices settled, the room's key shared with each that lacks it, then encrypted. */
export async function seal(
  machine: Machine,
  send: Ask,
  strategy: Strategy,
  room: SealingRoom,
  event: { readonly type: string; readonly content: string },
): Promise<Sealed> {
  await settle(machine, send, room);
  const requests = await machine.olm.shareRoomKey(
    new wasm.RoomId(room.room),
    userIds(room.readers),
    settingsOf(room, strategy),
  );
  await Promise.all(requests.map((request) => deliver(machine, send, request)));
  const content = await machine.olm.encryptRoomEvent(new wasm.RoomId(room.room), event.type, event.content);
  return { kind: 'sealed', content };
}

/** Knows the devices of all readers and has an Olm session with each, as far as they and their servers let it. */
async function settle(machine: Machine, send: Ask, room: SealingRoom): Promise<void> {
  const readers = room.readers.join(' ');
  const memo = machine.memos.get(room.room);
  const isSettled =
    memo?.readers === readers &&
    memo.lists === machine.lists &&
    Date.now() - memo.at < memoMs &&
    !machine.due;
  if (isSettled) return;
  await machine.wholeDevice(async () => {
    await track(machine, room.readers);
    if (machine.due) await flush(machine, send);
    const { lists } = machine;
    await claim(machine, send, userIds(room.readers));
    machine.memos.set(room.room, { readers, lists, at: Date.now() });
  });
}

function settingsOf(room: SealingRoom, strategy: Strategy): wasm.EncryptionSettings {
  const settings = new wasm.EncryptionSettings();
  const periodMs = Math.max(room.rotationPeriodMs ?? rotation.periodMs, shortestRotationMs);
  settings.rotationPeriod = BigInt(Math.round(periodMs)) * 1000n;
  settings.rotationPeriodMessages = BigInt(
    Math.max(1, Math.min(room.rotationMessages ?? rotation.messages, 10_000)),
  );
  settings.historyVisibility = visibilities[room.historyVisibility];
  settings.sharingStrategy =
    strategy === 'all-devices'
      ? wasm.CollectStrategy.allDevices()
      : wasm.CollectStrategy.identityBasedStrategy();
  return settings;
}
