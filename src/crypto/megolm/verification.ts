/**
 * Accounts of the bridge cannot be verified: nobody is there to compare anything. Whoever asks is told so
 * (https://spec.matrix.org/v1.16/client-server-api/#key-verification-framework).
 */
import { createHash } from 'node:crypto';
import { text } from '../../texts/catalogue.ts';
import type { DeviceRequest } from './engine.ts';
import { asObject, readObject } from './megolm-header.ts';
import { toDevice } from './outgoing.ts';

/** A wish of a device for verification, by to-device message. */
export interface VerificationWish {
  readonly from: string;
  readonly fromDevice: string;
  readonly transaction: string;
}

/** An event to send into a room. */
export interface VerificationCancel {
  readonly type: 'm.key.verification.cancel';
  /** JSON. */
  readonly content: string;
}

const code = 'm.user';

/** Whether a room message (its content, JSON) asks for verification. */
export function asksForVerification(content: string): boolean {
  return readObject(content)?.['msgtype'] === 'm.key.verification.request';
}

/** What answers a wish for verification in a room, the event named: it is refused, with the reason. */
export function cancelInRoom(eventId: string): VerificationCancel {
  const relation = { rel_type: 'm.reference', event_id: eventId };
  const content = { code, reason: text('en', 'crypto.no-verification'), 'm.relates_to': relation };
  return { type: 'm.key.verification.cancel', content: JSON.stringify(content) };
}

/** The wish that a to-device message holds; also one that starts without asking, as old clients do. */
export function verificationAsked(message: unknown): VerificationWish | undefined {
  const event = asObject(message);
  const type = event?.['type'];
  if (type !== 'm.key.verification.request' && type !== 'm.key.verification.start') return undefined;
  const content = asObject(event?.['content']);
  const from = event?.['sender'];
  const fromDevice = content?.['from_device'];
  const transaction = content?.['transaction_id'];
  return typeof from === 'string' && typeof fromDevice === 'string' && typeof transaction === 'string'
    ? { from, fromDevice, transaction }
    : undefined;
}

/** The to-device message that refuses it. */
export function refuseVerification({ from, fromDevice, transaction }: VerificationWish): DeviceRequest {
  const content = { transaction_id: transaction, code, reason: text('en', 'crypto.no-verification') };
  const txn = createHash('sha256')
    .update(JSON.stringify([from, fromDevice, transaction]))
    .digest('base64url');
  return toDevice(
    'm.key.verification.cancel',
    txn,
    JSON.stringify({ messages: { [from]: { [fromDevice]: content } } }),
  );
}
