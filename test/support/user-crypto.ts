import {
  AllDevicesIsolationMode,
  CryptoEvent,
  EventShieldColour,
  OnlySignedDevicesIsolationMode,
} from 'matrix-js-sdk/lib/crypto-api/index.js';
import type { MatrixClient } from 'matrix-js-sdk';
import type { CryptoBackend } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';

/**
 * How a person's client encrypts: whether the account has a cross-signing identity that has signed this device, and whose
 * devices count (MSC4153).
 */
export interface Encryption {
  /** `false` for a client that leaves its device unsigned. */
  readonly signed?: boolean;
  readonly isolation?: 'all-devices' | 'signed-devices';
}

/** What stands beside an opened event. */
export type Shield = 'none' | 'grey' | 'red';

/** Starts the SDK's Rust crypto with its store in memory. */
export async function startCrypto(sdk: MatrixClient, encryption: Encryption): Promise<void> {
  await sdk.initRustCrypto({ useIndexedDB: false });
  const crypto = sdk.getCrypto();
  if (crypto === undefined) throw new Error('The client has no crypto.');
  // It looks for verification requests, with a timer of five minutes for each event that it cannot open.
  Object.assign(crypto, { onLiveEventFromSync: async () => undefined });
  if (encryption.isolation === 'signed-devices') {
    crypto.setDeviceIsolationMode(new OnlySignedDevicesIsolationMode());
  } else crypto.setDeviceIsolationMode(new AllDevicesIsolationMode(false));
  sdk.on(CryptoEvent.DevicesUpdated, (users) => openAgain(sdk, crypto, users));
  if (encryption.signed === false) return;
  // Homeservers take the first keys of an account without asking for the password again (MSC3967).
  await crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys: async (upload) => upload(null) });
}

/**
 * A client that takes signed devices only cannot open what somebody wrote whose identity it has yet to fetch; the SDK looks
 * at it again when the room is shown anew, and so does this when the identity came.
 */
function openAgain(sdk: MatrixClient, crypto: object, users: readonly string[]): void {
  for (const event of sdk.getRooms().flatMap((room) => room.getLiveTimeline().getEvents())) {
    if (!event.isDecryptionFailure() || !users.includes(event.getSender() ?? '')) continue;
    if (isBackend(crypto)) void event.attemptDecryption(crypto, { isRetry: true });
  }
}

function isBackend(crypto: object): crypto is CryptoBackend {
  return 'decryptEvent' in crypto;
}

/** The shield of an event; undefined for one that was not encrypted or could not be opened. */
export async function shieldOf(
  sdk: MatrixClient,
  roomId: string,
  eventId: string,
): Promise<Shield | undefined> {
  const event = sdk.getRoom(roomId)?.findEventById(eventId);
  const info = event && (await sdk.getCrypto()?.getEncryptionInfoForEvent(event));
  switch (info?.shieldColour) {
    case undefined:
      return undefined;
    case EventShieldColour.NONE:
      return 'none';
    case EventShieldColour.GREY:
      return 'grey';
    case EventShieldColour.RED:
      return 'red';
  }
}
