import type { MatrixUserId, NetworkId, PortalId, RemoteChatId, RemoteUserId, RoomId } from './ids.ts';

/** What a portal mirrors: unique. Direct portals have a receiver, the Matrix user whose chat it is. */
export interface PortalKey {
  readonly network: NetworkId;
  readonly chat: RemoteChatId;
  readonly receiver: MatrixUserId;
}

/** The Matrix room that mirrors a remote chat. In a direct portal `remote` is the person on the other side. */
export interface Portal {
  readonly id: PortalId;
  readonly key: PortalKey;
  readonly remote: RemoteUserId;
  readonly room: RoomId;
}

/** A portal whose room is being made: recorded before the room is, so that a crash between the two makes no second. */
export interface PortalIntent {
  readonly id: PortalId;
  readonly key: PortalKey;
  readonly remote: RemoteUserId;
  readonly room: undefined;
}

/** The text form of a key: for lanes, maps and the room's creation content. */
export function portalKeyText(key: PortalKey): string {
  return JSON.stringify([key.network, key.chat, key.receiver]);
}
