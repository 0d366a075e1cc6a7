/**
 * End-to-end encryption on the Matrix side, as the rest of the bridge sees it: Olm and Megolm
 * (https://spec.matrix.org/v1.16/client-server-api/#end-to-end-encryption) for every account of the bridge. The machines
 * run in a worker thread; nothing here names a homeserver's client, a database or the core.
 */

/** An account of the bridge and the device that it has on the homeserver. */
export interface Device {
  readonly userId: string;
  readonly deviceId: string;
  /**
   * The account is a person's who has other devices and an identity of their own: the device gets keys of its own, and
   * the account's cross-signing keys are never touched, not even to look for the private ones. Nobody signs it.
   */
  readonly guest?: true;
}

/** Who makes a request: a device, or an account of the bridge without naming one (`deviceId` undefined). */
export interface Requester {
  readonly userId: string;
  readonly deviceId: string | undefined;
}

/** A request that the engine has to make as a device of the bridge; the path is encoded and has no query. */
export interface DeviceRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  /** JSON. */
  readonly body?: string;
}
/** What the homeserver answered: JSON, or that it did not do it. `afterMs` is its own hint. */
export type DeviceAnswer =
  | { readonly kind: 'ok'; readonly body: string }
  | {
      readonly kind: 'failed';
      readonly status: number | undefined;
      readonly errcode: string | undefined;
      readonly retry: 'never' | 'later';
      readonly afterMs: number | undefined;
    };

/** Why the engine could not do something now or at all; `cause` goes to the log, never to a person. */
export interface Trouble {
  readonly kind: 'trouble';
  /**
   * `homeserver`: a request failed; `restarted`: the worker ended and was started again; `store`: nothing could be kept (a
   * full disk); `refused`: the homeserver says no for good; `stale`: the device is of an earlier generation
   * (`Engine.generation`) and seals nothing any more; `occupied`: a guest's device has keys that are not ours; `broken`: the
   * engine cannot do this with this input.
   */
  readonly what: 'homeserver' | 'restarted' | 'store' | 'refused' | 'stale' | 'occupied' | 'broken';
  readonly retry: 'never' | 'later';
  readonly afterMs: number | undefined;
  readonly errcode: string | undefined;
  readonly cause: unknown;
}

/** Which of the members' devices get a room's keys: all, or those that their owners have signed (MSC4153). */
export type Strategy = 'all-devices' | 'signed-devices';

/** A room as a sender has to know it before it seals something for it. */
export interface SealingRoom {
  readonly room: string;
  /**
   * Who is to read it: members who are joined or invited, without ghosts, with the bot where it opens what is said in the
   * room, and without the sender.
   */
  readonly readers: readonly string[];
  /** From `m.room.encryption`; the spec's defaults where absent: 604,800,000 ms, 100 messages. */
  readonly rotationPeriodMs: number | undefined;
  readonly rotationMessages: number | undefined;
  readonly historyVisibility: 'invited' | 'joined' | 'shared' | 'world_readable';
  /**
   * Whether the watcher (`devicesChanged`) sees all readers and is up. It does not see those who are only invited. Where it
   * does not, the readers' keys are asked for when what is known is older than `EngineOptions.freshMs`.
   */
  readonly watched: boolean;
}

/** The content of an `m.room.encrypted` event. What it relates to (`m.relates_to`) is in it, in the clear, as the spec asks. */
export interface Sealed {
  readonly kind: 'sealed';
  /** JSON. */
  readonly content: string;
}

/** A room event as the homeserver gave it. */
export interface LockedEvent {
  readonly room: string;
  readonly eventId: string;
  /** JSON of the whole event. */
  readonly raw: string;
}

/** What became of an encrypted event. */
export type Opened =
  /** `type` and `content` (JSON) are what its sender wrote. */
  | { readonly kind: 'opened'; readonly type: string; readonly content: string; readonly trust: SenderTrust }
  /** There is no key for it yet. `withheld` is the sender's code (`m.unverified`…) where it said that there will be none. */
  | { readonly kind: 'locked'; readonly sessionId: string; readonly withheld: string | undefined }
  /**
   * It must not be taken for what it seems: tampered with, the ciphertext of another event (`replayed`), sent by another
   * than the owner of its session (`mismatched-sender`), or from a device that its owner has not signed where only such
   * are taken (`untrusted-device`); `malformed` is no encrypted event of an algorithm that is spoken here.
   */
  | {
      readonly kind: 'refused';
      readonly why: 'tampered' | 'replayed' | 'mismatched-sender' | 'untrusted-device' | 'malformed';
    }
  | Trouble;
/** Whether the device that sent something is signed by its owner, not signed, or not known at all. */
export type SenderTrust = 'signed' | 'unsigned' | 'unknown';

/** One device of an account of the bridge, for those who run it. No secret is in it. */
export interface DeviceState {
  readonly device: Device;
  readonly open: boolean;
  readonly curve25519: string;
  readonly ed25519: string;
  readonly crossSigned: boolean;
  readonly oneTimeKeys: number | undefined;
}

/** What is counted; no identifiers. */
export interface EngineLoad {
  readonly open: number;
  readonly known: number;
  readonly restarts: number;
}

/** What the engine tells of its own accord. Must not throw. */
export interface EngineEvents {
  /** Keys came for these sessions: what waits for them can be opened. */
  readonly keysArrived: (
    device: Device,
    sessions: readonly { readonly room: string; readonly sessionId: string }[],
  ) => void;
  /** The senders of these sessions say that there will be no key: what waits for them can be asked for once more. */
  readonly keysWithheld?: (
    device: Device,
    sessions: readonly { readonly room: string; readonly sessionId: string }[],
  ) => void;
  /** Somebody asks a device of the bridge to verify itself; it was cancelled with a reason. */
  readonly verificationCancelled?: (device: Device, from: string) => void;
  /** The worker ended and was started again; what was under way has answered `restarted`. */
  readonly restarted?: () => void;
}

export interface EngineOptions {
  /** The file that keeps all machines; only one process may use it. */
  readonly file: string;
  /** 32 bytes, from the configured key; never in the file or a log. */
  readonly key: Uint8Array;
  /** The account whose account data (`io.causeway.crypto`) tells a store that is older than the homeserver's memory: the bot. */
  readonly account: string;
  /** Must not reject, and has to end in bounded time: the device's other work waits for it. */
  readonly request: (as: Requester, request: DeviceRequest, signal: AbortSignal) => Promise<DeviceAnswer>;
  readonly strategy: Strategy;
  /** How many machines may be open at once, and after how long without work one is closed, in milliseconds. */
  readonly maxOpen: number;
  readonly idleMs: number;
  /** How old what is known of the devices of readers whom the watcher does not see may be, in milliseconds. */
  readonly freshMs: number;
  readonly events: EngineEvents;
  readonly log: EngineLog;
}
/** What the engine needs of a log. */
export interface EngineLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * Crypto for the accounts of the bridge. Calls may overlap; for one device they are done in turn. Whatever an answer says
 * was done is on disk before it is given.
 */
export interface Engine extends AsyncDisposable {
  /**
   * A short name, fit to be part of a device id, that is new when the store is new, and when it is found to be older than
   * what the homeserver remembers (a restored backup, whose ratchets must not be used again). Device ids are to contain it:
   * then a device is never taken up with other keys than it had. Asks the homeserver once for each start.
   */
  generation(): Promise<string | Trouble>;
  /**
   * Devices of earlier generations that are still kept. When a device of this generation is identified for their account,
   * it takes over their cross-signing keys and room keys, and they are deleted, on the homeserver too. Guests take over
   * nothing; those of earlier generations are for the caller to delete and to `forget`.
   */
  stale(): Promise<readonly Device[] | Trouble>;
  /** All guests that are kept, of every generation. */
  guests(): Promise<readonly Device[] | Trouble>;
  /**
   * The device has keys on the homeserver, is signed by the account's cross-signing keys, and has one-time keys and a
   * fallback key. Without a request where that is known. The account and device exist already. A guest has keys and is
   * not signed; `occupied` where others have given the device keys: then it is left as it is.
   */
  identify(device: Device): Promise<undefined | Trouble>;
  /**
   * Encrypts an event for a room. Before that, keys of devices that are not known are asked for, sessions made, and the
   * room's key shared with whoever does not have it. Sealing again gives another ciphertext: never one (session, index)
   * for two contents.
   */
  seal(
    device: Device,
    room: SealingRoom,
    event: { readonly type: string; readonly content: string },
  ): Promise<Sealed | Trouble>;
  /**
   * Decrypts an event as a device that may have its key. Where there is none, the device's waiting to-device messages are
   * fetched first (`/sync`). The same event may be opened again; its ciphertext under another event id may not.
   */
  open(device: Device, event: LockedEvent): Promise<Opened>;
  /** Fetches what waits for the device (to-device messages, changed device lists, key counts) and does what follows. */
  pull(device: Device): Promise<undefined | Trouble>;
  /** Devices of these users changed (`changed`), or they are seen no more (`left`): the watcher says so for all machines. */
  devicesChanged(changed: readonly string[], left: readonly string[]): Promise<undefined | Trouble>;
  /** Somebody left a room, or lost a device: the next event in it is sealed with a new session, whoever sends it. */
  discard(room: string): Promise<undefined | Trouble>;
  /**
   * All that is kept of a device goes. Its device on the homeserver is for the caller to delete. Where another device is to
   * take its place, that one is to be identified first: it takes over the account's cross-signing keys.
   */
  forget(device: Device): Promise<undefined | Trouble>;
  /** The devices that are kept of an account. */
  describe(userId: string): Promise<readonly DeviceState[] | Trouble>;
  load(): EngineLoad;
  /**
   * Tells the homeserver, before a stop, that the store has aged: whoever puts a copy back that was made since the last time
   * it was told is found out. Nothing is to be sealed after it.
   */
  mark(): Promise<undefined | Trouble>;
}
