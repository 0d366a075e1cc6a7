/** The names of the loopback world: a person is a short lower-case word, the direct chat with them has the same name. */
import type { Party } from '../../core/event.ts';
import {
  parseMatrixUserId,
  remoteChatId,
  remoteMessageId,
  remoteUserId,
  type RemoteChatId,
  type RemoteMessageId,
  type RemoteUserId,
} from '../../core/ids.ts';

const personPattern = /^[a-z0-9][a-z0-9._-]{0,63}$/;
// Printable ASCII: any database can hold it, and no two spellings look alike.
const messagePattern = /^[\x21-\x7e]{1,300}$/;

/** The person that a text names, or `undefined` where it names none. */
export function parsePerson(text: string): RemoteUserId | undefined {
  return personPattern.test(text) ? remoteUserId(text) : undefined;
}

/** The direct chat with a person. */
export function directChat(person: RemoteUserId): RemoteChatId {
  return remoteChatId(person);
}

/** A message's name, or `undefined` where the text is none. */
export function parseMessageId(text: string): RemoteMessageId | undefined {
  return messagePattern.test(text) ? remoteMessageId(text) : undefined;
}

/** The name that the bridge gives to what it sends for `cause`: the same at every attempt, so a repeat is known as one. */
export function messageIdFor(cause: string): RemoteMessageId {
  return remoteMessageId(`mx.${cause}`);
}

/** The name of a part of a message, counted from 0; the first part has the name of the whole. */
export function partName(message: RemoteMessageId, index: number): RemoteMessageId {
  return index === 0 ? message : remoteMessageId(`${message}/${String(index + 1)}`);
}

/** The Matrix user or the person of the world that a text names, or `undefined` where it names neither. */
export function parseParty(text: string): Party | undefined {
  const userId = parseMatrixUserId(text);
  if (userId !== undefined) return { in: 'matrix', userId };
  const person = parsePerson(text);
  return person === undefined ? undefined : { in: 'remote', userId: person };
}
