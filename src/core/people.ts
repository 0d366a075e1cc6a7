/** Keeps ghosts in step with the people whom they stand for: when the network tells of a change, and lazily else. */
import { BoundedMap } from './bounded-map.ts';
import type { Homeserver } from './homeserver.ts';
import type { NetworkId, RemoteUserId } from './ids.ts';
import type { RemoteProfile, RunningNetwork } from './network.ts';
import type { Failed } from './outcome.ts';
import { SignalQueue, type SignalLimits } from './signal-queue.ts';
import type { Log } from './task.ts';

/** What a ghost looks like, as the homeserver's edge keeps it. */
export interface Faces {
  /** Whether there is a ghost of this person, and it was last compared with them before `before`. */
  isOlder(network: NetworkId, remote: RemoteUserId, before: number): Promise<boolean>;
  /** Gives an existing ghost the name and the picture of a profile; what the profile says nothing of stays. */
  follow(
    network: NetworkId,
    remote: RemoteUserId,
    profile: RemoteProfile,
    signal: AbortSignal,
  ): Promise<undefined | Failed>;
}

export interface PeopleDeps {
  readonly faces: Faces;
  readonly network: (id: NetworkId) => RunningNetwork | undefined;
  /** Whether nobody who would see the person wants to see them: then their ghost stays as it is. */
  readonly isUnwanted?: (network: NetworkId, remote: RemoteUserId) => Promise<boolean>;
  readonly log: Log;
  readonly now?: () => number;
}

const day = 86_400_000;
const patienceMs = 60_000;
const mostSeen = 20_000;
/** A person who changes their name all the time is followed this often. */
const limits: SignalLimits = {
  perSecond: 5,
  burst: 20,
  personPerSecond: 0.5,
  personBurst: 10,
  mostWaiting: 2_000,
};

/** Compares ghosts with their people: in the background, one time for many reasons, within a rate. */
export class People {
  readonly #deps: PeopleDeps;
  readonly #now: () => number;
  readonly #queue: SignalQueue;
  /** When each person's ghost was last found to be fresh enough, or was compared. */
  readonly #seen = new BoundedMap<string, number>(mostSeen);

  constructor(deps: PeopleDeps) {
    this.#deps = deps;
    this.#now = deps.now ?? Date.now;
    this.#queue = new SignalQueue(limits, deps.log, this.#now);
  }

  /** The network told that a person has changed, or a chat with them was opened. */
  changed(network: NetworkId, remote: RemoteUserId): void {
    this.#add(network, remote, 'now');
  }

  /** A person spoke: their ghost is compared with them once a day. */
  spoke(network: NetworkId, remote: RemoteUserId): void {
    const seen = this.#seen.get(keyOf(network, remote));
    if (seen === undefined || this.#now() - seen > day) this.#add(network, remote, 'where-old');
  }

  async stop(): Promise<void> {
    await this.#queue.stop();
  }

  #add(network: NetworkId, remote: RemoteUserId, when: 'now' | 'where-old'): void {
    const key = keyOf(network, remote);
    // What is to be done now is not put off by what may turn out to be nothing.
    const name = when === 'now' ? key : `${key} where-old`;
    this.#queue.add({
      key: name,
      person: key,
      lifetimeMs: 3_600_000,
      run: (stop) => this.#compare(network, remote, when, stop),
      dropped: () => undefined,
    });
  }

  async #compare(
    id: NetworkId,
    remote: RemoteUserId,
    when: 'now' | 'where-old',
    stop: AbortSignal,
  ): Promise<void> {
    const { faces, log } = this.#deps;
    const network = this.#deps.network(id);
    if (network?.health().kind !== 'up') return;
    const before = when === 'now' ? Number.POSITIVE_INFINITY : this.#now() - day;
    const isDue = await faces.isOlder(id, remote, before);
    this.#seen.set(keyOf(id, remote), this.#now());
    if (!isDue || (await this.#deps.isUnwanted?.(id, remote)) === true) return;
    const failed = await this.#follow(network, remote, stop);
    if (failed === undefined) return;
    log.info({ err: failed.cause, reason: failed.reason }, 'a ghost was not brought in step');
    // What passes is tried again when the person speaks.
    if (failed.retry.kind === 'later') this.#seen.delete(keyOf(id, remote));
  }

  async #follow(
    network: RunningNetwork,
    remote: RemoteUserId,
    stop: AbortSignal,
  ): Promise<undefined | Failed> {
    const profile = await network.directory.profile(remote);
    if ('kind' in profile) return profile;
    const signal = AbortSignal.any([stop, AbortSignal.timeout(patienceMs)]);
    return this.#deps.faces.follow(network.id, remote, profile, signal);
  }
}

/** The homeserver with `people` told of chats that are opened, and of who speaks. */
export function withPeople(homeserver: Homeserver, people: Pick<People, 'changed' | 'spoke'>): Homeserver {
  const { rooms, handlers } = homeserver;
  const { message } = handlers;
  return {
    open: (arrival, cause, signal) => homeserver.open(arrival, cause, signal),
    glance: (arrival) => homeserver.glance(arrival),
    cancelVerification: (asked) => homeserver.cancelVerification(asked),
    entering: (room, work) => homeserver.entering(room, work),
    reporter: homeserver.reporter,
    groupRooms: homeserver.groupRooms,
    rooms: {
      create: async (intent, profile, again) => {
        const made = await rooms.create(intent, profile, again);
        if (made.kind === 'room') people.changed(intent.key.network, intent.remote);
        return made;
      },
      adopt: async (portal, profile) => {
        const adopted = await rooms.adopt(portal, profile);
        if (adopted.kind === 'room') people.changed(portal.key.network, portal.remote);
        return adopted;
      },
      decline: (network, remote, room) => rooms.decline(network, remote, room),
      follow: (portal, replacement) => rooms.follow(portal, replacement),
      followed: (portal) => rooms.followed(portal),
    },
    handlers:
      message === undefined
        ? handlers
        : {
            ...handlers,
            message: async (event, portal, signal) => {
              const handled = await message(event, portal, signal);
              if (handled.kind === 'sent' && event.sender.in === 'remote')
                people.spoke(portal.key.network, event.sender.userId);
              return handled;
            },
          },
  };
}

function keyOf(network: NetworkId, remote: RemoteUserId): string {
  return JSON.stringify([network, remote]);
}
