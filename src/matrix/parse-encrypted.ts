/**
 * What can be seen of encrypted events (https://spec.matrix.org/v1.16/client-server-api/#mroomencrypted), and requests to
 * verify somebody (https://spec.matrix.org/v1.16/client-server-api/#key-verification-framework).
 */
import type { OpenedMatrixEvent } from '../core/homeserver.ts';
import { parseMatrixUserId, type MatrixEventId, type MatrixUserId, type RoomId } from '../core/ids.ts';
import type { Ignored, Unsupported } from '../core/outcome.ts';
import { textIn, type JsonObject } from './json-object.ts';
import type { OwnUsers } from './parse-membership.ts';

interface Seen {
  readonly type: string;
  readonly sender: MatrixUserId;
  readonly eventId: MatrixEventId;
  readonly room: RoomId;
  readonly content: JsonObject;
}

const longestSession = 255;
const verification: Ignored = { kind: 'ignored', reason: 'verification' };
const noEncryption: Unsupported = { kind: 'unsupported', reason: 'no-encryption' };
const broken: Unsupported = { kind: 'unsupported', reason: 'broken-event' };

/** An event that is not for the reader of messages; `undefined` for all others. */
export function parseSealed(seen: Seen, own: OwnUsers): OpenedMatrixEvent | undefined {
  const { type, sender: user, room, content, eventId } = seen;
  if (type === 'm.room.encrypted') {
    // What redaction leaves of one.
    if (Object.keys(content).length === 0) return { kind: 'ignored', reason: 'nothing-to-do' };
    if (textIn(content, 'algorithm') !== 'm.megolm.v1.aes-sha2') return noEncryption;
    const sessionId = textIn(content, 'session_id') ?? '';
    if (sessionId === '' || sessionId.length > longestSession || textIn(content, 'ciphertext') === undefined)
      return broken;
    return { kind: 'locked', user, room, sessionId, withheld: undefined };
  }
  const isRequest = type === 'm.room.message' && textIn(content, 'msgtype') === 'm.key.verification.request';
  if (!isRequest) return type.startsWith('m.key.verification.') ? verification : undefined;
  const of = parseMatrixUserId(textIn(content, 'to') ?? '');
  if (of === undefined || (of !== own.bot && own.ghost(of) === undefined)) return verification;
  return { kind: 'verification', user, room, request: eventId, of };
}
