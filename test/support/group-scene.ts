import assert from 'node:assert/strict';
import type { MembershipEvent, Party, UnresolvedEvent } from '../../src/core/event.ts';
import type { OpenedMatrixEvent } from '../../src/core/homeserver.ts';
import { matrixUserId, remoteChatId, type RemoteUserId, type RoomId } from '../../src/core/ids.ts';
import type { Arrival } from '../../src/core/network.ts';
import type { GroupPortal } from '../../src/core/portal.ts';
import { alice, bob, fromRemote, net, opened, SpineRig } from './spine-rig.ts';
import type { RigOptions } from './spine-rig-options.ts';

export const salon = remoteChatId('#salon');
export const carol = matrixUserId('@carol:hs.test');
export const ofBob: Party = { in: 'remote', userId: bob.userId };
export const ofAlice: Party = { in: 'matrix', userId: alice };

export type Change = MembershipEvent['change'];
export type Said<E extends UnresolvedEvent> = Omit<E, 'cause' | 'sender' | 'name' | 'at'>;
export const ghostOfBob = matrixUserId('@_loopback_bob:hs.test');

export async function inSalon(options: RigOptions = {}): Promise<{ rig: SpineRig; portal: GroupPortal }> {
  const rig = new SpineRig(options);
  const entered = await rig.groups.join(rig.network, salon, alice);
  assert.ok(entered.kind === 'group');
  return { rig, portal: entered.portal };
}

/** Bob's ghost is in the room. */
export async function spoken(rig: SpineRig, portal: GroupPortal): Promise<void> {
  const person = { remote: bob.userId, state: 'in', role: 'member', likeness: 'bob' } as const;
  await rig.stores.groups.putPerson(portal.id, person);
}

/** Something from a remote person in the group. */
export function inGroup(person: string, id: string, body: Parameters<typeof fromRemote>[2]): Arrival {
  return { ...fromRemote(person, id, body), chat: salon, receiver: undefined };
}

export function about(member: Party | RemoteUserId, change: Change): Said<MembershipEvent> {
  const party: Party = typeof member === 'string' ? { in: 'remote', userId: member } : member;
  return { kind: 'membership', member: party, change };
}

type Act = OpenedMatrixEvent extends infer O
  ? O extends { readonly room: RoomId }
    ? Omit<O, 'room' | 'at' | 'reason'>
    : never
  : never;

/** Something that a user does in the group's room, and what comes of it. */
export async function user(rig: SpineRig, { room }: GroupPortal, id: string, act: Act): Promise<void> {
  const more = { room, at: 1, reason: undefined };
  await rig.spine.receiveMatrix([opened(room, id, { ...act, ...more })]);
  await rig.quiet();
}

export function left(room: RoomId, id: string): ReturnType<typeof opened> {
  const who = { user: alice, by: alice, how: 'leave', ghost: undefined } as const;
  return opened(room, id, { kind: 'left', room, at: 1, reason: undefined, ...who });
}

export function invitation(room: RoomId): Extract<OpenedMatrixEvent, { kind: 'ghost-invited' }> {
  const who = { user: alice, network: net, remote: bob.userId, direct: false } as const;
  return { kind: 'ghost-invited', room, predecessor: undefined, at: 1, ...who };
}
