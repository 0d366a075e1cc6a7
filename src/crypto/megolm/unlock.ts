/** Opening events of rooms (https://spec.matrix.org/v1.16/client-server-api/#mmegolmv1aes-sha2). */
import * as wasm from '@matrix-org/matrix-sdk-crypto-wasm';
import type { LockedEvent, Opened, SenderTrust, Strategy } from './engine.ts';
import type { Machine } from './machine.ts';
import { readObject, type MegolmHeader } from './megolm-header.ts';
import type { OwnTables } from './store/own.ts';

/** What one attempt came to: `blocked` may pass when more is known of keys and devices. */
export interface Attempt {
  readonly blocked: boolean;
  readonly opened: Opened;
}

/** Tries to open an event with what the machine has. */
export async function unlock(
  machine: Machine,
  own: OwnTables,
  strategy: Strategy,
  event: LockedEvent,
  header: MegolmHeader,
): Promise<Attempt> {
  const room = parseRoom(event.room);
  if (room === undefined) return final({ kind: 'refused', why: 'malformed' });
  try {
    const trust =
      strategy === 'all-devices' ? wasm.TrustRequirement.Untrusted : wasm.TrustRequirement.CrossSigned;
    const found = await machine.olm.decryptRoomEvent(event.raw, room, new wasm.DecryptionSettings(trust));
    const opened = read(found);
    if (opened.kind !== 'opened') return final(opened);
    const isFirst = await claimIndex(own, event.room, header);
    return final(isFirst ? opened : { kind: 'refused', why: 'replayed' });
  } catch (error) {
    if (error instanceof wasm.MegolmDecryptionError) return judge(error, header);
    throw error;
  }
}

function final(opened: Opened): Attempt {
  return { blocked: false, opened };
}

function parseRoom(id: string): wasm.RoomId | undefined {
  try {
    return new wasm.RoomId(id);
  } catch {
    return undefined;
  }
}

function read(found: wasm.DecryptedRoomEvent): Opened {
  const event = readObject(found.event);
  const type = event?.['type'];
  const content = event?.['content'];
  if (typeof type !== 'string' || typeof content !== 'object' || content === null)
    return { kind: 'refused', why: 'malformed' };
  const trust = trustOf(found.shieldState(false).code);
  if (trust === 'mismatched') return { kind: 'refused', why: 'mismatched-sender' };
  return { kind: 'opened', type, content: JSON.stringify(content), trust };
}

function trustOf(code: wasm.ShieldStateCode | undefined): SenderTrust | 'mismatched' {
  switch (code) {
    // An account of the bridge verifies nobody, so what is said of identities says nothing of devices.
    case undefined:
    case wasm.ShieldStateCode.UnverifiedIdentity:
    case wasm.ShieldStateCode.VerificationViolation:
      return 'signed';
    case wasm.ShieldStateCode.UnsignedDevice:
      return 'unsigned';
    case wasm.ShieldStateCode.UnknownDevice:
    case wasm.ShieldStateCode.AuthenticityNotGuaranteed:
      return 'unknown';
    case wasm.ShieldStateCode.MismatchedSender:
      return 'mismatched';
  }
}

function judge(error: wasm.MegolmDecryptionError, { sessionId }: MegolmHeader): Attempt {
  switch (error.code) {
    case wasm.DecryptionErrorCode.MissingRoomKey:
    case wasm.DecryptionErrorCode.UnknownMessageIndex:
      return { blocked: true, opened: { kind: 'locked', sessionId, withheld: error.withheldCode } };
    case wasm.DecryptionErrorCode.UnknownSenderDevice:
    case wasm.DecryptionErrorCode.UnsignedSenderDevice:
    case wasm.DecryptionErrorCode.SenderIdentityVerificationViolation:
      return { blocked: true, opened: { kind: 'refused', why: 'untrusted-device' } };
    case wasm.DecryptionErrorCode.MismatchedSender:
      return final({ kind: 'refused', why: 'mismatched-sender' });
    case wasm.DecryptionErrorCode.MismatchedIdentityKeys:
    case wasm.DecryptionErrorCode.UnableToDecrypt:
      return final({ kind: 'refused', why: 'tampered' });
  }
}

/** The engine opens a message of a room as often as it is given it: that one event alone may have it is kept here. */
async function claimIndex(own: OwnTables, room: string, header: MegolmHeader): Promise<boolean> {
  const { sessionId, index, eventId } = header;
  const kept = await own.putIfAbsent(JSON.stringify([room, sessionId, index]), eventId, Date.now());
  return kept.kind === 'stored' || kept.value === eventId;
}
