/** The names of the loopback world: a person is a short lower-case word, the direct chat with them has the same name. */
import {
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
