/** What the two threads of the engine say to each other. All of it can be cloned. */
import type {
  Device,
  DeviceAnswer,
  DeviceRequest,
  DeviceState,
  LockedEvent,
  Opened,
  Requester,
  Sealed,
  SealingRoom,
  Strategy,
  Trouble,
} from './engine.ts';

/** What the worker needs to begin. */
export interface WorkerSetup {
  readonly file: string;
  readonly key: Uint8Array;
  readonly account: string;
  readonly strategy: Strategy;
  readonly maxOpen: number;
  readonly idleMs: number;
  readonly freshMs: number;
  readonly pace: Pace;
}
/** How often things are done that nobody asks for, in milliseconds. */
export interface Pace {
  /** Every known device looks for what waits for it at least so often. */
  readonly roundMs: number;
  /** While something is sealed or opened, the homeserver is told so often how old the store is. */
  readonly markMs: number;
}

/** Something that the main thread asks for. */
export type Call =
  | { readonly kind: 'generation' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'guests' }
  | { readonly kind: 'identify'; readonly device: Device }
  | {
      readonly kind: 'seal';
      readonly device: Device;
      readonly room: SealingRoom;
      readonly event: { readonly type: string; readonly content: string };
    }
  | { readonly kind: 'open'; readonly device: Device; readonly event: LockedEvent }
  | { readonly kind: 'pull'; readonly device: Device }
  | {
      readonly kind: 'devices-changed';
      readonly changed: readonly string[];
      readonly left: readonly string[];
    }
  | { readonly kind: 'discard'; readonly room: string }
  | { readonly kind: 'forget'; readonly device: Device }
  | { readonly kind: 'describe'; readonly userId: string }
  | { readonly kind: 'mark' }
  | { readonly kind: 'panic' };

/** What came of a call. */
export type Result = { readonly kind: 'result' } & (
  | { readonly of: 'generation'; readonly value: string | Trouble }
  | { readonly of: 'devices'; readonly value: readonly Device[] | Trouble }
  | { readonly of: 'done'; readonly value: undefined | Trouble }
  | { readonly of: 'sealed'; readonly value: Sealed | Trouble }
  | { readonly of: 'opened'; readonly value: Opened }
  | { readonly of: 'states'; readonly value: readonly DeviceState[] }
);

export type ToWorker =
  | { readonly kind: 'call'; readonly id: number; readonly call: Call }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: DeviceAnswer }
  /** The worker finishes what it does, closes its store and ends. */
  | { readonly kind: 'stop' };

export type FromWorker =
  | { readonly kind: 'ready' }
  /** The store cannot be opened; the worker ends. */
  | { readonly kind: 'unready'; readonly cause: string }
  | { readonly kind: 'result'; readonly id: number; readonly result: Result }
  | { readonly kind: 'request'; readonly id: number; readonly as: Requester; readonly request: DeviceRequest }
  | { readonly kind: 'keys'; readonly device: Device; readonly sessions: readonly SessionName[] }
  | { readonly kind: 'withheld'; readonly device: Device; readonly sessions: readonly SessionName[] }
  | { readonly kind: 'verification'; readonly device: Device; readonly from: string }
  | { readonly kind: 'load'; readonly open: number; readonly known: number }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly fields: Readonly<Record<string, unknown>>;
      readonly message: string;
    }
  /** The engine is not to be trusted any more; the worker ends. `where` is a place in its source. */
  | { readonly kind: 'panicked'; readonly where: string | undefined };

/** A Megolm session in a room. */
export interface SessionName {
  readonly room: string;
  readonly sessionId: string;
}
