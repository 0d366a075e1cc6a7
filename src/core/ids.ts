/**
 * Identifiers are branded strings, made only here. A constructor checks the outer shape of what it is given and throws
 * on a bug; what comes from outside goes through the `parse…` forms, which return `undefined` instead.
 */
declare const brand: unique symbol;
type Brand<B extends string> = string & { readonly [brand]: B };

/** The name of a network, as in configuration and ghost names: a lower-case word. */
export type NetworkId = Brand<'NetworkId'>;
/** A full Matrix user ID, `@localpart:server` (spec appendix 4.2). */
export type MatrixUserId = Brand<'MatrixUserId'>;
/** A room ID, `!opaque` with or without a server part (room version 12 has none). */
export type RoomId = Brand<'RoomId'>;
/** An alias of a room, `#localpart:server` (spec appendix 4.3.4). */
export type RoomAlias = Brand<'RoomAlias'>;
/** A Matrix event ID, `$opaque`. */
export type MatrixEventId = Brand<'MatrixEventId'>;
/** An `mxc://server/media` URI. */
export type MxcUri = Brand<'MxcUri'>;
/** A remote user, named by the network's own id (XMPP: the bare JID). */
export type RemoteUserId = Brand<'RemoteUserId'>;
/** A remote chat, named by the network's own id (a direct XMPP chat: the other side's bare JID). */
export type RemoteChatId = Brand<'RemoteChatId'>;
/** A remote message, named by the network's own id, unique within its chat. */
export type RemoteMessageId = Brand<'RemoteMessageId'>;
/** A portal: our own opaque id, also written into the room's creation content. */
export type PortalId = Brand<'PortalId'>;
/** What people compare to know that nobody stands between them (a safety number, a fingerprint); never a key. */
export type Fingerprint = Brand<'Fingerprint'>;
/** A first-in-first-out lane of the spine. */
export type LaneId = Brand<'LaneId'>;

/** What a network may be called. */
export const networkPattern = /^[a-z][a-z0-9]{1,31}$/;
const aliasPattern = /^#[^:\0]{0,254}:[^\s\0/?#]{1,230}$/;
const userPattern = /^@[^:\0]{0,254}:[^\s\0/?#]{1,230}$/;

/** Brands a network's name; throws where it is not a lower-case word. */
export function networkId(name: string): NetworkId {
  if (!networkPattern.test(name)) throw new Error('a network is named by a lower-case word');
  return name as NetworkId;
}

/** A Matrix user ID, or `undefined` where the text is none or longer than 255 bytes. */
export function parseMatrixUserId(text: string): MatrixUserId | undefined {
  return userPattern.test(text) && Buffer.byteLength(text) <= 255 ? (text as MatrixUserId) : undefined;
}

/** Brands a Matrix user ID that is known to be one; throws where it is not. */
export function matrixUserId(text: string): MatrixUserId {
  const id = parseMatrixUserId(text);
  if (id === undefined) throw new Error('not a Matrix user ID');
  return id;
}

/** The server part of a Matrix user ID. */
export function serverOf(userId: MatrixUserId): string {
  return userId.slice(userId.indexOf(':') + 1);
}

/** The localpart of a Matrix user ID, without `@`. */
export function localpartOf(userId: MatrixUserId): string {
  return userId.slice(1, userId.indexOf(':'));
}

/** A room ID, or `undefined` where the text is none. */
export function parseRoomId(text: string): RoomId | undefined {
  return text.length > 1 && text.length <= 255 && text.startsWith('!') ? (text as RoomId) : undefined;
}

/** Brands a room ID that is known to be one; throws where it is not. */
export function roomId(text: string): RoomId {
  const id = parseRoomId(text);
  if (id === undefined) throw new Error('not a room ID');
  return id;
}

/** An alias of a room, or `undefined` where the text is none or longer than 255 bytes. */
export function parseRoomAlias(text: string): RoomAlias | undefined {
  return aliasPattern.test(text) && Buffer.byteLength(text) <= 255 ? (text as RoomAlias) : undefined;
}

/** An event ID, or `undefined` where the text is none. */
export function parseMatrixEventId(text: string): MatrixEventId | undefined {
  return text.length > 1 && text.length <= 255 && text.startsWith('$') ? (text as MatrixEventId) : undefined;
}

/** Brands an event ID that is known to be one; throws where it is not. */
export function matrixEventId(text: string): MatrixEventId {
  const id = parseMatrixEventId(text);
  if (id === undefined) throw new Error('not an event ID');
  return id;
}

/** An `mxc://` URI with a server and a media id of safe characters, or `undefined`. */
export function parseMxcUri(text: string): MxcUri | undefined {
  return /^mxc:\/\/(?!\.)[A-Za-z0-9.:[\]-]{1,255}\/[A-Za-z0-9_-]{1,255}$/.test(text)
    ? (text as MxcUri)
    : undefined;
}

/** Brands a network's name for one of its users; throws on an empty one. */
export function remoteUserId(text: string): RemoteUserId {
  return nonEmpty(text, 'remote user') as RemoteUserId;
}

/** Brands a network's name for one of its chats; throws on an empty one. */
export function remoteChatId(text: string): RemoteChatId {
  return nonEmpty(text, 'remote chat') as RemoteChatId;
}

/** Brands a network's name for one of its messages; throws on an empty one. */
export function remoteMessageId(text: string): RemoteMessageId {
  return nonEmpty(text, 'remote message') as RemoteMessageId;
}

/** Brands a portal's id. */
export function portalId(text: string): PortalId {
  return nonEmpty(text, 'portal') as PortalId;
}

/** Brands the name of a lane. */
export function laneId(text: string): LaneId {
  return nonEmpty(text, 'lane') as LaneId;
}

function nonEmpty(text: string, what: string): string {
  if (text === '') throw new Error(`the id of a ${what} is empty`);
  return text;
}

const fingerprintPattern = /^[0-9A-Za-z][0-9A-Za-z :+/=_-]{3,99}$/;

/** A fingerprint without what people put between its groups at will; `undefined` where the text is none, or too long. */
export function parseFingerprint(text: string): Fingerprint | undefined {
  if (text.length > 200) return undefined;
  const compact = text.replace(/\s+/g, ' ').trim();
  return fingerprintPattern.test(compact) ? (compact as Fingerprint) : undefined;
}
