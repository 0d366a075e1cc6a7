import type { MatrixUserId, NetworkId, RoomId } from './ids.ts';
import type { Failed } from './outcome.ts';

/** A device with keys that an account of the bridge has. No secret is in it. */
export interface KeyDevice {
  readonly deviceId: string;
  /** The public key by which others know it. */
  readonly fingerprint: string;
  /** Whether the account's own keys have signed it. */
  readonly signed: boolean;
  /** Whether its keys are in memory. */
  readonly open: boolean;
}

/** Which ways of a chat are end-to-end encrypted. */
export interface Legs {
  readonly kind: 'legs';
  readonly network: NetworkId;
  readonly matrix: boolean;
  readonly far: boolean;
}

/** Encryption, as commands look at it and mend it. All may be repeated. */
export interface KeyDesk {
  /** Undefined where the account is none of the bridge's own. */
  devices(account: MatrixUserId): Promise<readonly KeyDevice[] | undefined | Failed>;
  /** Gives an account of the bridge a new device with new keys in place of those that it has. */
  reset(account: MatrixUserId): Promise<undefined | Failed>;
  /** What comes next in a room is encrypted anew, whoever says it. */
  discard(room: RoomId): void;
  /** Undefined where the room is no chat that the user may look at. */
  legs(room: RoomId, user: MatrixUserId, admin: boolean): Promise<Legs | undefined | Failed>;
}
