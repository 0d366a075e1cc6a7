/** Joins and leaves of people who never spoke: in a large group most of what comes, and nothing that a room shows. */
import type { UnresolvedEvent } from './event.ts';
import type { RemoteUserId } from './ids.ts';
import type { Arrival, RunningNetwork } from './network.ts';
import type { Stores } from './stores.ts';

const maxSpeakers = 50_000;

/** Tells what of a group's arrivals need not be kept. Remembers who spoke lately: their message may not be opened yet. */
export class IdleMembership {
  readonly #stores: Pick<Stores, 'portals' | 'groups'>;
  readonly #spoke = new Set<string>();

  constructor(stores: Pick<Stores, 'portals' | 'groups'>) {
    this.#stores = stores;
  }

  /**
   * Undefined, at once, where the arrival is to be kept, so that the order of what is kept is that of its coming; else
   * whether it can be let go. Never throws.
   */
  look(network: RunningNetwork, arrival: Arrival): Promise<boolean> | undefined {
    if (arrival.receiver !== undefined) return undefined;
    const opened = network.open(arrival, 'membership');
    const member = opened.kind === 'event' ? comerOrGoer(opened.event) : undefined;
    if (member === undefined) {
      this.#remember(network, arrival, arrival.sender);
      return undefined;
    }
    if (this.#spoke.has(nameOf(network, arrival, member))) return undefined;
    return this.#isUnknown(network, arrival, member);
  }

  async #isUnknown(network: RunningNetwork, { chat }: Arrival, member: RemoteUserId): Promise<boolean> {
    try {
      const key = { network: network.id, chat, receiver: undefined };
      const portal = await this.#stores.portals.byKey(key);
      return portal === undefined || (await this.#stores.groups.person(portal.id, member)) === undefined;
    } catch {
      return false;
    }
  }

  #remember(network: RunningNetwork, arrival: Arrival, sender: RemoteUserId): void {
    const name = nameOf(network, arrival, sender);
    this.#spoke.delete(name);
    this.#spoke.add(name);
    const [oldest] = this.#spoke;
    if (this.#spoke.size > maxSpeakers && oldest !== undefined) this.#spoke.delete(oldest);
  }
}

function nameOf(network: RunningNetwork, { chat }: Arrival, person: RemoteUserId): string {
  return JSON.stringify([network.id, chat, person]);
}

/** Who came or went, where nothing else is said: roles are kept, for the day when the person speaks. */
function comerOrGoer(event: UnresolvedEvent): RemoteUserId | undefined {
  if (event.kind !== 'membership' || event.member.in !== 'remote') return undefined;
  switch (event.change.kind) {
    case 'join':
    case 'leave':
    case 'kick':
    case 'ban':
    case 'unban':
    case 'invite':
      return event.member.userId;
    case 'role':
      return event.change.role === 'member' ? event.member.userId : undefined;
  }
}
