/** Sealing for a room (https://spec.matrix.org/v1.16/client-server-api/#sending-encrypted-messages). */
import * as wasm from '@matrix-org/matrix-sdk-crypto-wasm';
import type { Sealed, SealingRoom, Strategy } from './engine.ts';
import { track, userIds, type Machine, type RoomMemo } from './machine.ts';
import { messageIndex, readObject } from './megolm-header.ts';
import { allDone, claim, deliver, flush, type Ask } from './outgoing.ts';

/** How long what was settled about a room's readers is trusted, so that devices without keys get another chance. */
const memoMs = 300_000;
/** A shorter period would make a session for each message; clients use the same bound. */
const shortestRotationMs = 3_600_000;

/** A session is left to the engine's own judgement so long before its time. */
const marginMs = 60_000;

/** The spec's defaults of `m.room.encryption`. */
const rotation = { periodMs: 604_800_000, messages: 100 };

const visibilities = {
  invited: wasm.HistoryVisibility.Invited,
  joined: wasm.HistoryVisibility.Joined,
  shared: wasm.HistoryVisibility.Shared,
  world_readable: wasm.HistoryVisibility.WorldReadable,
} as const;

/**
 * Seals in the room's turn: readers' devices settled, the room's key shared with each that lacks it, then encrypted. Where
 * nothing of that can be due, it is encrypted at once.
 */
export async function seal(
  machine: Machine,
  send: Ask,
  strategy: Strategy,
  room: SealingRoom,
  event: { readonly type: string; readonly content: string },
): Promise<Sealed> {
  const terms = JSON.stringify([
    room.readers,
    room.rotationPeriodMs,
    room.rotationMessages,
    room.historyVisibility,
  ]);
  const memo = machine.memos.get(room.room);
  const known = memo?.terms === terms && isFresh(machine, memo) ? memo : undefined;
  const before = Date.now();
  const lists =
    known !== undefined && hasLife(known, room)
      ? known.lists
      : await share(machine, send, strategy, room, known);
  const content = await machine.olm.encryptRoomEvent(new wasm.RoomId(room.room), event.type, event.content);
  const session = sessionAfter(content, memo?.session, before);
  machine.memos.set(room.room, { terms, lists, at: known?.at ?? before, session });
  return { kind: 'sealed', content };
}

/** Whether nothing has happened since that may have changed who is to have the room's key. */
function isFresh(machine: Machine, memo: RoomMemo): boolean {
  return memo.lists === machine.lists && !machine.due && Date.now() - memo.at < memoMs;
}

/** Whether the session takes one more message: encrypting with one that has expired makes the engine panic. */
function hasLife({ session }: RoomMemo, room: SealingRoom): boolean {
  if (session === undefined) return false;
  return session.next < rotationMessages(room) && Date.now() - session.madeAt < rotationMs(room) - marginMs;
}

/** Resolves to the state of the device lists (`Machine.lists`) that it was done by: what changes meanwhile is looked at again. */
async function share(
  machine: Machine,
  send: Ask,
  strategy: Strategy,
  room: SealingRoom,
  known: RoomMemo | undefined,
): Promise<number> {
  if (known === undefined) await settle(machine, send, room.readers);
  const lists = known?.lists ?? machine.lists;
  const settings = settingsOf(room, strategy);
  const requests = await machine.olm.shareRoomKey(
    new wasm.RoomId(room.room),
    userIds(room.readers),
    settings,
  );
  await allDone(requests.map((request) => deliver(machine, send, request)));
  return lists;
}

/** Knows the devices of all readers and has an Olm session with each, as far as they and their servers let it. */
async function settle(machine: Machine, send: Ask, readers: readonly string[]): Promise<void> {
  await machine.wholeDevice(async () => {
    await track(machine, readers);
    if (machine.due) await flush(machine, send);
    await claim(machine, send, userIds(readers));
  });
}

/** The session that the sealed content is of. It was made now if this is its first message. */
function sessionAfter(content: string, before: RoomMemo['session'], now: number): RoomMemo['session'] {
  const sealed = readObject(content);
  const { session_id: id, ciphertext } = sealed ?? {};
  const index = typeof ciphertext === 'string' ? messageIndex(ciphertext) : undefined;
  if (typeof id !== 'string' || index === undefined) return undefined;
  if (index === 0) return { id, next: 1, madeAt: now };
  return before?.id === id ? { ...before, next: index + 1 } : undefined;
}

function settingsOf(room: SealingRoom, strategy: Strategy): wasm.EncryptionSettings {
  const settings = new wasm.EncryptionSettings();
  settings.rotationPeriod = BigInt(rotationMs(room)) * 1000n;
  settings.rotationPeriodMessages = BigInt(rotationMessages(room));
  settings.historyVisibility = visibilities[room.historyVisibility];
  settings.sharingStrategy =
    strategy === 'all-devices'
      ? wasm.CollectStrategy.allDevices()
      : wasm.CollectStrategy.identityBasedStrategy();
  return settings;
}

function rotationMs({ rotationPeriodMs }: SealingRoom): number {
  return Math.max(Math.round(rotationPeriodMs ?? rotation.periodMs), shortestRotationMs);
}

function rotationMessages({ rotationMessages: messages }: SealingRoom): number {
  return Math.max(1, Math.min(Math.floor(messages ?? rotation.messages), 10_000));
}
