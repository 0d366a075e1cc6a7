/** Names of messages. Derived, so that what is sent twice has one name. */
import { createHash } from 'node:crypto';
import { remoteMessageId, type RemoteMessageId } from '../../core/ids.ts';
import { messageIds, messageLimits } from '../profile/message-profile.ts';

/** The name of what is sent for a cause: the same at every attempt. */
export function messageIdFor(cause: string): RemoteMessageId {
  const digest = createHash('sha256').update(cause).digest('hex').slice(0, messageIds.characters);
  return remoteMessageId(messageIds.prefix + digest.toUpperCase());
}

/** The names of a message's parts: its own, then such as follow from it. */
export function partId(first: RemoteMessageId, index: number): RemoteMessageId {
  return index === 0 ? first : messageIdFor(`${first} ${String(index + 1)}`);
}

/** A name that came in, or `undefined` where it is none. */
export function parseMessageId(id: string | undefined): RemoteMessageId | undefined {
  const limit = messageLimits.idCharacters;
  return id !== undefined && id.length <= limit && /^[\x21-\x7e]+$/.test(id)
    ? remoteMessageId(id)
    : undefined;
}
