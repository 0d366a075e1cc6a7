import type { MatrixUserId, NetworkId, PortalId, RemoteChatId, RemoteUserId, RoomId } from './ids.ts';

/** What a direct portal mirrors: unique. The receiver is the Matrix user whose chat it is. */
export interface DirectKey {
  readonly network: NetworkId;
  readonly chat: RemoteChatId;
  readonly receiver: MatrixUserId;
}
/** What a group portal mirrors: unique. Its room is shared by all Matrix users who are in the group. */
export interface GroupKey {
  readonly network: NetworkId;
  readonly chat: RemoteChatId;
  readonly receiver: undefined;
}
export type PortalKey = DirectKey | GroupKey;

/** The Matrix room that mirrors a remote chat. In a direct portal `remote` is the person on the other side. */
export interface DirectPortal {
  readonly kind: 'direct';
  readonly id: PortalId;
  readonly key: DirectKey;
  readonly remote: RemoteUserId;
  readonly room: RoomId;
}
/** A room of many; the bot is in it. */
export interface GroupPortal {
  readonly kind: 'group';
  readonly id: PortalId;
  readonly key: GroupKey;
  readonly room: RoomId;
  /** The room was there before, and belongs to its people: the bridge changes in it only what it was made for. */
  readonly borrowed?: true;
}
export type Portal = DirectPortal | GroupPortal;

/** A portal whose room is being made: recorded before the room is, so that a crash between the two makes no second. */
export type DirectIntent = Omit<DirectPortal, 'room'> & { readonly room: undefined };
export type GroupIntent = Omit<GroupPortal, 'room' | 'borrowed'> & { readonly room: undefined };
export type PortalIntent = DirectIntent | GroupIntent;

/** Whether the portal's room was there before it, and belongs to its people. */
export function isBorrowed(portal: Portal | PortalIntent): boolean {
  return 'borrowed' in portal && portal.borrowed;
}

/** The key of a chat: a direct one where it has a receiver. */
export function portalKey(
  network: NetworkId,
  chat: RemoteChatId,
  receiver: MatrixUserId | undefined,
): PortalKey {
  return receiver === undefined ? { network, chat, receiver } : { network, chat, receiver };
}

/** The text form of a key: for lanes, maps and the room's creation content. */
export function portalKeyText(key: PortalKey): string {
  return JSON.stringify([key.network, key.chat, key.receiver]);
}
