/**
 * The way of what is not kept: typing, presence, and receipts that a person's client tells in passing. It is a way of
 * its own beside the spine: in memory only, bounded, the newest wins, dropped where a link is down, never tried twice.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { by, type Handlers } from './crossing.ts';
import { withDeadline } from './deadline.ts';
import type { Door } from './door.ts';
import type { Ref, Signal, SignalKind, Target } from './event.ts';
import type { Homeserver, MatrixHandled } from './homeserver.ts';
import type { MatrixEventId, MatrixUserId, NetworkId, RemoteMessageId, RoomId } from './ids.ts';
import type { Handled, RemoteSignal, RunningNetwork } from './network.ts';
import type { Direction, Policy } from './policy.ts';
import { portalKey, type Portal } from './portal.ts';
import { SignalQueue, type SignalLimits } from './signal-queue.ts';
import type { Stores } from './stores.ts';
import type { Log } from './task.ts';
import { BoundedMap } from './bounded-map.ts';

/** A signal of a person on Matrix. */
export interface MatrixSignal {
  /** The room that it is about; undefined where it is about the person in all their chats (presence). */
  readonly room: RoomId | undefined;
  readonly event: Signal;
}

/** What became of a signal. */
export type SignalResult = 'carried' | 'dropped';

/** Counts signals; `http/metrics.ts` shows it. */
export interface SignalMeter {
  signal(network: string, direction: Direction, kind: SignalKind, result: SignalResult): void;
}

export interface SignalsDeps {
  readonly log: Log;
  readonly meter: SignalMeter;
  readonly stores: Pick<Stores, 'portals' | 'messages'>;
  readonly policy: Policy;
  readonly door: Door;
  readonly handlers: Homeserver['handlers'];
  /** Whether the homeserver is there. */
  readonly isUp: () => boolean;
  readonly network: (id: NetworkId) => RunningNetwork | undefined;
  /** Whether a Matrix user may use the bridge. */
  readonly permits: (user: MatrixUserId) => boolean;
  /** Whether signals of a kind pass at all, as configured. */
  readonly passes: (kind: SignalKind, direction: Direction) => boolean;
  /** The messages that people of the network wrote in a portal up to an event of its room, the last first. */
  readonly upTo: (
    portal: Portal,
    eventId: MatrixEventId,
    signal: AbortSignal,
  ) => Promise<readonly MatrixEventId[]>;
  readonly limits: SignalLimits;
}

/** One signal may take so long, the look-ups that it needs included. */
const patienceMs = 10_000;
/** A message may be read before its record is written: so long it is waited for. */
const recordMs = 2_000;
const recordStepMs = 200;
/** In so many chats, at most, a person's presence is told. */
const mostChats = 200;
const mostRead = 10_000;

export class Signals {
  readonly #deps: SignalsDeps;
  readonly #queue: SignalQueue;
  /** The last message that each person was told to have read, by portal and reader. */
  readonly #read = new BoundedMap<string, RemoteMessageId>(mostRead);

  constructor(deps: SignalsDeps) {
    this.#deps = deps;
    this.#queue = new SignalQueue(deps.limits, deps.log);
  }

  /** Takes a signal of a network. Returns at once and never throws. */
  fromRemote(network: NetworkId, signal: RemoteSignal): void {
    const { event, chat, receiver } = signal;
    this.#take('to-matrix', network, event, [network, chat, receiver], (abort) =>
      this.#toMatrix(network, signal, abort),
    );
  }

  /** Takes a signal of the homeserver. Returns at once and never throws. */
  fromMatrix(signal: MatrixSignal): void {
    const { event, room } = signal;
    this.#take('to-network', 'none', event, ['matrix', room], (abort) => this.#toNetwork(signal, abort));
  }

  /** Takes nothing more, drops what waits, and ends what is under way. */
  async stop(): Promise<void> {
    await this.#queue.stop();
  }

  #take(
    direction: Direction,
    network: string,
    event: Signal,
    about: readonly unknown[],
    carry: (abort: AbortSignal) => Promise<Carried>,
  ): void {
    const { meter, log, passes } = this.#deps;
    const count = (result: Carried): void =>
      meter.signal(result.network ?? network, direction, event.kind, result.result);
    if (!passes(event.kind, direction)) return;
    this.#queue.add({
      key: JSON.stringify([...about, event.sender.userId, event.kind, apart(event)]),
      person: JSON.stringify([about[0], event.sender.userId]),
      lifetimeMs: event.kind === 'typing' ? 10_000 : 60_000,
      run: async (stop) => {
        try {
          const timed = await withDeadline(patienceMs, carry, stop);
          count(timed.kind === 'done' ? timed.value : dropped(undefined));
        } catch (error) {
          log.warn({ err: error, kind: event.kind }, 'a signal broke');
          count(dropped(undefined));
        }
      },
      dropped: () => count(dropped(undefined)),
    });
  }

  async #toMatrix(
    id: NetworkId,
    { chat, receiver, event }: RemoteSignal,
    abort: AbortSignal,
  ): Promise<Carried> {
    const { stores, handlers, isUp } = this.#deps;
    const network = this.#deps.network(id);
    const { sender } = event;
    if (network === undefined || !isUp()) return dropped(id);
    // A Matrix user who reads at another client of theirs has read on Matrix too; else their signals are their own.
    if (sender.in === 'matrix' && event.kind !== 'receipt') return dropped(id);
    const named = chat ?? (sender.in === 'remote' ? network.directory.chatWith(sender.userId) : undefined);
    if (named === undefined) return dropped(id);
    const portal = await stores.portals.byKey(portalKey(id, named, receiver));
    if (portal?.room === undefined) return dropped(id);
    return this.#deliver(event, portal, 'to-matrix', handlers, abort);
  }

  async #toNetwork({ room, event }: MatrixSignal, abort: AbortSignal): Promise<Carried> {
    const { sender } = event;
    const { portals } = this.#deps.stores;
    if (sender.in !== 'matrix' || !this.#deps.permits(sender.userId)) return dropped(undefined);
    if (room !== undefined) {
      const portal = await portals.byRoom(room);
      return portal === undefined ? dropped(undefined) : this.#toPortal(event, portal, abort);
    }
    const chats = (await portals.ofUser(sender.userId)).filter(({ kind }) => kind === 'direct');
    const results = await Promise.all(
      chats.slice(0, mostChats).map((portal) => this.#toPortal(event, portal, abort)),
    );
    return results.find(({ result }) => result === 'carried') ?? results[0] ?? dropped(undefined);
  }

  async #toPortal(event: Signal, portal: Portal, abort: AbortSignal): Promise<Carried> {
    const { network: id } = portal.key;
    const network = this.#deps.network(id);
    const stranger = portal.kind === 'direct' && event.sender.userId !== portal.key.receiver;
    if (network?.health().kind !== 'up' || stranger) return dropped(id);
    return this.#deliver(event, portal, 'to-network', network.handlers, abort);
  }

  async #deliver(
    signal: Signal,
    portal: Portal,
    direction: Direction,
    handlers: Handlers<Handled | MatrixHandled>,
    abort: AbortSignal,
  ): Promise<Carried> {
    const { network } = portal.key;
    const event = signal.kind === 'receipt' ? await this.#resolved(signal, portal, direction, abort) : signal;
    if (event === undefined) return dropped(network);
    const { sender } = event;
    const admission = await this.#deps.door.admit({
      ...{ network, chat: portal.key.chat, kind: portal.kind, direction, what: event.kind, first: false },
      user: sender.in === 'matrix' ? sender.userId : portal.key.receiver,
      remote: portal.kind === 'direct' ? portal.remote : sender.in === 'remote' ? sender.userId : undefined,
    });
    if (admission.kind !== 'pass') return dropped(network);
    if (this.#deps.policy.judge(event, portal, direction).kind !== 'pass') return dropped(network);
    const handled = await by(handlers, portal, abort)(event);
    if (handled?.kind !== 'sent') return dropped(network);
    if (event.kind === 'receipt' && event.receipt === 'read')
      this.#read.set(readerOf(portal, event.sender.userId), event.target.messageIds[0]);
    return { network, result: 'carried' };
  }

  /** The receipt with its message known on both sides; undefined where there is none to tell of, or it was told. */
  async #resolved(
    event: Extract<Signal, { kind: 'receipt' }>,
    portal: Portal,
    direction: Direction,
    abort: AbortSignal,
  ): Promise<(Omit<typeof event, 'target'> & { readonly target: Target }) | undefined> {
    const target =
      direction === 'to-matrix'
        ? await this.#known(portal, event.target, abort)
        : await this.#lastRead(portal, event.target, abort);
    if (target === undefined) return undefined;
    const told = this.#read.get(readerOf(portal, event.sender.userId)) === target.messageIds[0];
    return event.receipt === 'read' && told ? undefined : { ...event, target };
  }

  /** A reader on Matrix names whatever stands last in the room; what counts is the last message of the network up to it. */
  async #lastRead(portal: Portal, ref: Ref, abort: AbortSignal): Promise<Target | undefined> {
    const { messages } = this.#deps.stores;
    const named = await messages.find(portal.id, ref);
    if (named?.author.in === 'remote' || ref.in !== 'matrix') return named;
    for (const eventId of await this.#deps.upTo(portal, ref.eventId, abort)) {
      const target = await this.#known(portal, { in: 'matrix', eventId }, abort);
      if (target?.author.in === 'remote') return target;
    }
    return undefined;
  }

  async #known(portal: Portal, ref: Ref, abort: AbortSignal): Promise<Target | undefined> {
    for (let waited = 0; ; waited += recordStepMs) {
      const target = await this.#deps.stores.messages.find(portal.id, ref);
      if (target !== undefined || waited >= recordMs || abort.aborted) return target;
      await sleep(recordStepMs, undefined, { signal: abort });
    }
  }
}

interface Carried {
  readonly network: NetworkId | undefined;
  readonly result: SignalResult;
}

function dropped(network: NetworkId | undefined): Carried {
  return { network, result: 'dropped' };
}

/** That one message arrived says nothing of another; that one was read says it of all before it. */
function apart(event: Signal): string {
  if (event.kind !== 'receipt') return '';
  return event.receipt === 'read' ? 'read' : JSON.stringify([event.receipt, event.target]);
}

function readerOf(portal: Portal, reader: string): string {
  return JSON.stringify([portal.id, reader]);
}

/** The name of a signal: nothing refers to it, and it is never sent twice. */
export function signalCause(): string {
  return `signal/${randomUUID()}`;
}
