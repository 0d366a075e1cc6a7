import assert from 'node:assert/strict';
import { inOrder } from '../../src/core/door.ts';
import { noMentions, type BridgeEvent, type UnresolvedEvent } from '../../src/core/event.ts';
import type {
  Homeserver,
  MatrixArrival,
  MatrixHandled,
  OpenedMatrixEvent,
} from '../../src/core/homeserver.ts';
import {
  matrixEventId,
  matrixUserId,
  networkId,
  remoteChatId,
  remoteMessageId,
  remoteUserId,
  roomId,
  type RemoteMessageId,
} from '../../src/core/ids.ts';
import type { Arrival, Handled, Health, OpenedArrival, RunningNetwork } from '../../src/core/network.ts';
import { ignoredDoor } from '../../src/core/ignored-door.ts';
import { failedForGood, type Outcome } from '../../src/core/outcome.ts';
import type { Portal } from '../../src/core/portal.ts';
import { ArchivePositions } from '../../src/core/archive-positions.ts';
import type { BotAbsences } from '../../src/core/bot-absence.ts';
import { Backfill } from '../../src/core/backfill.ts';
import { GroupPortals } from '../../src/core/groups.ts';
import { Portals } from '../../src/core/portals.ts';
import { Reports } from '../../src/core/report.ts';
import { Spine, type SpineDeps } from '../../src/core/spine.ts';
import type { Stores } from '../../src/core/stores.ts';
import { Turns } from '../../src/core/turns.ts';
import { absencesOf } from './rig-absences.ts';
import { capabilitiesWithout } from './capabilities.ts';
import { fakeGroupRooms, fakeGroups } from './fake-groups.ts';
import { fakeReporter } from './fake-reporter.ts';
import { memoryStores } from './memory-stores.ts';
import type { RigOptions } from './spine-rig-options.ts';
import { rigMeter } from './rig-meter.ts';
import { SealedEdge } from './sealed-events.ts';
import { RecordingLog } from './recording-log.ts';

export const alice = matrixUserId('@alice:hs.test');
export const net = networkId('loopback');

/** A spine between two edges that exist only as functions; events travel as the JSON of themselves. */
export class SpineRig {
  readonly stores: Stores;
  readonly log = new RecordingLog();
  readonly spine: Spine;
  readonly portals: Portals;
  readonly groups: GroupPortals;
  readonly absences: BotAbsences;
  time: () => number = Date.now;
  readonly positions: ArchivePositions;
  readonly backfill: Backfill;
  readonly bounded: string[] = [];
  readonly openings: string[] = [];
  /** What was done to the rooms of groups and who is in groups, in words, repeats included. */
  readonly acts: string[] = [];
  readonly reports: Reports;
  readonly network: RunningNetwork;
  /** What each edge was asked to deliver, in order, repeats included. */
  readonly atNetwork: BridgeEvent[] = [];
  readonly atMatrix: BridgeEvent[] = [];
  readonly roomsMade: string[] = [];
  readonly declined: string[] = [];
  readonly refused: { readonly outerId: string; readonly outcome: Outcome }[] = [];
  readonly statuses: { readonly eventId: string; readonly kind: string }[] = [];
  readonly notices: string[] = [];
  readonly noticeIds: string[] = [];
  readonly told: string[] = [];
  readonly commands: Parameters<SpineDeps['commands']['run']>[0][] = [];
  readonly accepted: string[] = [];
  networkRuns = true;
  /** Opens what tests say is encrypted. */
  readonly sealed = new SealedEdge();
  readonly #options: RigOptions;

  constructor(options: RigOptions = {}) {
    this.#options = options;
    this.stores = options.stores ?? memoryStores();
    const homeserver = this.#homeserver();
    const network = this.#network();
    this.network = network;
    const find = (id: string): RunningNetwork | undefined =>
      id === network.id && this.networkRuns ? network : undefined;
    const turns = new Turns();
    this.portals = new Portals({
      turns,
      store: this.stores.portals,
      rooms: homeserver.rooms,
      reachable: options.reachable ?? (async () => 'yes'),
    });
    this.positions = new ArchivePositions(this.stores, this.log);
    this.backfill = new Backfill({
      ...{ stores: this.stores, log: this.log, first: options.backfill ?? 3 },
      keep: (network, arrivals) => this.spine.receiveHistory(network, arrivals),
      meter: { bounded: (_network, what) => void this.bounded.push(what) },
    });
    this.groups = new GroupPortals({
      ...{ turns, stores: this.stores, remember: () => this.positions.write(), backfill: this.backfill },
      rooms: homeserver.groupRooms,
      reachable: options.reachable ?? (async () => 'yes'),
      nickOf: async (user) => `nick of ${user}`,
    });
    this.absences = absencesOf(this, homeserver, turns, find);
    this.reports = new Reports({
      ...{ log: this.log, stores: this.stores, homeserver, network: find, statusLevel: 'all' },
      isTransient: options.isTransient ?? (() => false),
      giveUpAfter: options.limits?.giveUpAfter ?? 60_000,
      line: async (_user, outcome) => ({ plain: JSON.stringify(outcome), html: undefined }),
    });
    this.spine = new Spine({
      log: this.log,
      meter: rigMeter(this),
      stores: this.stores,
      homeserver,
      portals: this.portals,
      groups: this.groups,
      absences: this.absences,
      policy: options.policy ?? { judge: () => ({ kind: 'pass' }) },
      door: inOrder([
        ...(options.ignores === undefined ? [] : [ignoredDoor(options.ignores)]),
        ...(options.doors ?? []),
      ]),
      commands: {
        run: async (command) => {
          this.commands.push(command);
          return undefined;
        },
        react: async ({ emoji }) => void this.acts.push(`react ${emoji}`),
      },
      network: find,
      permits: options.permits ?? (() => true),
      limits: {
        attemptTimeout: 2_000,
        giveUpAfter: 60_000,
        maxBrokenAttempts: 2,
        maxActiveLanes: 16,
        maxWaitingSize: 1_000_000,
        ...options.limits,
      },
      isTransient: options.isTransient ?? (() => false),
      ...(options.requests && { requests: options.requests }),
      ...(options.asides && { asides: options.asides(this, homeserver.handlers) }),
      ...{ reports: this.reports, ...(options.keyPatience && { keyPatience: options.keyPatience }) },
    });
  }

  /** Waits until no lane has work that it could do now. */
  async quiet(): Promise<void> {
    for (;;) {
      const { lanes, sleeping } = this.spine.load();
      if (lanes === sleeping) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async stop(): Promise<void> {
    await this.spine.stop();
    await this.reports.stop();
  }

  #network(): RunningNetwork {
    const deliver = (event: BridgeEvent, signal: AbortSignal): Promise<Handled> => {
      this.atNetwork.push(event);
      return this.#options.toNetwork?.(event, signal) ?? Promise.resolve(sentToNetwork(event));
    };
    const health: Health = { kind: 'up', since: 0 };
    return {
      id: net,
      capabilities: capabilitiesWithout(this.#options.lacks ?? [], this.#options.unansweredMessages),
      open: (arrival) => JSON.parse(arrival.raw) as OpenedArrival,
      handlers: {
        ...everyKind(deliver),
        moderation: (event, _portal, signal) => deliver(event, signal),
        vote: (event, _portal, signal) => deliver(event, signal),
        'poll-end': (event, _portal, signal) => deliver(event, signal),
      },
      groups: fakeGroups(this.acts, (act) => this.#options.group?.(act), this.#options.history),
      health: () => health,
      directory: {
        find: async (typed) => {
          const found = this.#options.find === undefined ? typed : this.#options.find(typed);
          if (found === undefined) return failedForGood('no-such-user');
          return { userId: remoteUserId(found), chat: remoteChatId(found), name: found };
        },
        profile: async (user) => ({ userId: user, chat: remoteChatId(user), name: user }),
        chatWith: (user) => remoteChatId(user),
      },
      refuse: async (arrival, outcome) => {
        this.refused.push({ outerId: arrival.outerId, outcome });
        return this.#options.refuse?.();
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  #homeserver(): Homeserver {
    const deliver = (event: BridgeEvent, signal: AbortSignal): Promise<MatrixHandled> => {
      this.atMatrix.push(event);
      return this.#options.toMatrix?.(event, signal) ?? Promise.resolve(sentToMatrix(event));
    };
    return {
      open: (arrival) => this.sealed.open(arrival),
      glance: (arrival) => JSON.parse(arrival.raw) as OpenedMatrixEvent,
      cancelVerification: async ({ request }) => void this.acts.push(`cancel ${request}`),
      handlers: {
        ...everyKind(deliver),
        receipt: (event, _portal, signal) => deliver(event, signal),
        'identity-change': (event, _portal, signal) => deliver(event, signal),
      },
      groupRooms: fakeGroupRooms(this.acts, (act) => this.#options.group?.(act)),
      rooms: {
        create: async (intent) => {
          await this.#options.createRoom?.();
          this.roomsMade.push(intent.id);
          return { kind: 'room', room: roomId(`!${intent.id}`) };
        },
        adopt: async (portal) => ({ kind: 'room', room: portal.room }),
        decline: async (_network, _remote, room) => {
          this.declined.push(room);
          return undefined;
        },
        follow: async (_portal, room) => {
          this.acts.push(`follow ${room}`);
          return this.#options.group?.(`follow ${room}`);
        },
        followed: (portal) => void this.acts.push(`followed ${portal.room}`),
      },
      reporter: fakeReporter(this),
    };
  }
}

/** The handlers of the kinds that both edges have. */
function everyKind<A>(deliver: (event: BridgeEvent, signal: AbortSignal) => Promise<A>) {
  const handle = (event: BridgeEvent, _portal: Portal, signal: AbortSignal): Promise<A> =>
    deliver(event, signal);
  const said = { message: handle, edit: handle, reaction: handle, redaction: handle };
  return { ...said, membership: handle, 'chat-info': handle, call: handle, timer: handle };
}

export const bob = { userId: remoteUserId('bob'), chat: remoteChatId('bob'), name: 'Bob' };

/** A rig whose alice has a portal with bob. */
export async function rigWithPortal(options: RigOptions = {}): Promise<{ rig: SpineRig; portal: Portal }> {
  const rig = new SpineRig(options);
  const result = await rig.portals.open(rig.network, { network: net, chat: bob.chat, receiver: alice }, bob);
  assert.ok(result.kind === 'portal');
  return { rig, portal: result.portal };
}

/** What an event ended as. */
export async function outcomeOf(rig: SpineRig, outerId: string): Promise<Outcome | undefined> {
  return (await rig.stores.events.find(outerId))?.outcome;
}

/** The id that a network gives to what an event brings there. */
export function messageIdFor(event: { readonly cause: string }): RemoteMessageId {
  return remoteMessageId(`n-${event.cause}`);
}

export function sentToNetwork(event: BridgeEvent): Handled {
  return { kind: 'sent', messageIds: [messageIdFor(event)] };
}

export function sentToMatrix(event: BridgeEvent): MatrixHandled {
  const emojis = event.kind === 'reaction' ? event.reactions.emojis : [];
  return {
    kind: 'sent',
    eventIds: [matrixEventId(`$m-${event.cause}`)],
    reactionEvents: new Map(emojis.map((emoji) => [emoji, matrixEventId(`$r-${event.cause}-${emoji}`)])),
  };
}

type Body<K extends UnresolvedEvent['kind']> = Omit<
  Extract<UnresolvedEvent, { kind: K }>,
  'cause' | 'sender' | 'name' | 'at'
>;
type AnyBody = { [K in UnresolvedEvent['kind']]: Body<K> }[UnresolvedEvent['kind']];

export function textBody(plain: string): Body<'message'> {
  return {
    kind: 'message',
    content: { kind: 'text', style: 'normal', text: { plain, html: undefined } },
    mentions: noMentions,
    replyTo: undefined,
    thread: undefined,
  };
}

/** A room event by alice; its `cause` is that which the spine gives it. */
export function fromAlice(room: string, id: string, body: AnyBody, at = 1): MatrixArrival {
  const eventId = matrixEventId(`$${id}`);
  const event = {
    ...body,
    cause: `matrix/${eventId}`,
    sender: { in: 'matrix', userId: alice },
    name: { in: 'matrix', eventId },
    at,
  };
  return { eventId, room: roomId(room), raw: JSON.stringify({ kind: 'event', event }) };
}

/** Any other room event, as the homeserver edge would open it. */
export function opened(room: string, id: string, what: OpenedMatrixEvent): MatrixArrival {
  return { eventId: matrixEventId(`$${id}`), room: roomId(room), raw: JSON.stringify(what) };
}

/** Something from a remote person to alice. */
export function fromRemote(person: string, id: string, body: AnyBody, at = 1): Arrival {
  const event = {
    ...body,
    cause: `loopback/${id}`,
    sender: { in: 'remote', userId: remoteUserId(person) },
    name: { in: 'remote', messageId: remoteMessageId(id) },
    at,
  };
  return {
    outerId: id,
    chat: remoteChatId(person),
    sender: remoteUserId(person),
    receiver: alice,
    at: 1,
    raw: JSON.stringify({ kind: 'event', event }),
  };
}
