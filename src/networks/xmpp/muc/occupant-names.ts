/**
 * How people in rooms are named. Where a room shows real addresses, a person is their bare address, the same as in a
 * direct chat. Else they are named by the room and their occupant id (https://xmpp.org/extensions/xep-0421.html), which
 * outlives a change of nickname; where the room gives none, by the room and the nickname. `?` and `/` stand in no bare
 * address, so that nobody can have the name of another kind.
 */
import { createHash } from 'node:crypto';
import { remoteMessageId, remoteUserId, type RemoteMessageId, type RemoteUserId } from '../../../core/ids.ts';

/** Names go into Matrix user IDs, which have 255 bytes for all: a long nickname is cut to a digest. */
const longestNick = 48;

/** The name of an occupant of a room that does not show addresses. */
export function occupantUser(room: string, nick: string, occupantId: string | undefined): RemoteUserId {
  if (occupantId !== undefined) return remoteUserId(`${room}?${digest(occupantId)}`);
  return Buffer.byteLength(nick) <= longestNick
    ? remoteUserId(`${room}/${nick}`)
    : remoteUserId(`${room}?n${digest(nick)}`);
}

/** The room itself, where it did something that it names nobody for. */
export function roomUser(room: string): RemoteUserId {
  return remoteUserId(room);
}

/** The room that a name belongs to, or `undefined` where it is the address of a person. */
export function roomOf(user: RemoteUserId): string | undefined {
  const end = user.search(/[?/]/);
  return end === -1 ? undefined : user.slice(0, end);
}

/** 128 bits in lower case: servers choose how long their ids are. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

const longestName = 48;

/** A nickname made of the name that somebody goes by: one line, without what hides or turns text; `fallback` for nothing. */
export function nickFrom(name: string, fallback: string): string {
  const line = name
    .normalize('NFKC')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Zs}]+/gu, ' ')
    .replace(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, '')
    .trim();
  const cut = Array.from(line).slice(0, longestName).join('').trim();
  return cut === '' ? fallback : cut;
}

/** Nicknames to try, one after the other, where the first is taken or not allowed. `conflict`: it is somebody else's. */
export function nextNick(
  wanted: string,
  fallback: string,
  tried: number,
  conflict: boolean,
): string | undefined {
  if (tried > 20) return undefined;
  // Servers know the characters of Unicode 3.2 (RFC 3454); plain letters pass everywhere.
  const base = conflict ? wanted : (plainLetters(wanted) ?? plainLetters(fallback) ?? 'matrix');
  return conflict ? `${base} ${tried + 2}` : base;
}

function plainLetters(name: string): string | undefined {
  const plain = name
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]/g, '')
    .trim();
  return plain === '' ? undefined : plain;
}

/**
 * Besides its name from the room (the stanza-id, XEP-0359), which replies, reactions and retractions use, a message in a
 * room is named by its own id, which corrections use (XEP-0308). People choose those ids, so each counts for its author
 * alone.
 */
export function ownIdName(author: string, id: string): RemoteMessageId {
  return remoteMessageId(`id:${JSON.stringify([author, id])}`);
}

/** The author and the id that `ownIdName` was made of, or `undefined` for any other name. */
export function parseOwnIdName(
  name: RemoteMessageId,
): { readonly author: string; readonly id: string } | undefined {
  if (!name.startsWith('id:[')) return undefined;
  try {
    const parsed: unknown = JSON.parse(name.slice(3));
    if (!Array.isArray(parsed)) return undefined;
    const [author, id] = parsed as readonly unknown[];
    return typeof author === 'string' && typeof id === 'string' ? { author, id } : undefined;
  } catch {
    return undefined;
  }
}
