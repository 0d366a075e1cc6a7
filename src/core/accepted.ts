/** Whom users have accepted. */
import { BoundedMap } from './bounded-map.ts';
import type { MatrixUserId, NetworkId, RemoteUserId, RoomId } from './ids.ts';
import type { RunningNetwork } from './network.ts';
import type { Failed } from './outcome.ts';
import type { DirectPortal } from './portal.ts';
import type { PortalStore } from './stores.ts';

/** Whether a user wants to hear from a person: whatever keeps book of that answers it. Answers a failure where it cannot say yet. */
export interface Accepted {
  accepted(user: MatrixUserId, network: NetworkId, remote: RemoteUserId): Promise<boolean | Failed>;
}

export interface JoinedChatsDeps {
  readonly portals: Pick<PortalStore, 'byKey'>;
  readonly network: (id: NetworkId) => Pick<RunningNetwork, 'directory'> | undefined;
  /** Whether the user is in the room of their chat, not just invited. */
  readonly isIn: (portal: DirectPortal) => Promise<boolean | Failed>;
}

const mostKept = 20_000;

/** A person is accepted whose direct chat the user has joined; who leaves it closes it, and accepts them no longer. */
export class JoinedChats implements Accepted {
  readonly #deps: JoinedChatsDeps;
  /** Rooms that their users have joined. Who leaves gets another room for the next chat. */
  readonly #joined = new BoundedMap<RoomId, true>(mostKept);
  readonly #last = new BoundedMap<string, boolean>(mostKept);

  constructor(deps: JoinedChatsDeps) {
    this.#deps = deps;
  }

  async accepted(user: MatrixUserId, network: NetworkId, remote: RemoteUserId): Promise<boolean | Failed> {
    const answer = await this.#look(user, network, remote);
    if (typeof answer === 'boolean') this.#last.set(nameOf(user, network, remote), answer);
    return answer;
  }

  /** The last answer for somebody; false where there was none. */
  last(user: MatrixUserId, network: NetworkId, remote: RemoteUserId): boolean {
    return this.#last.get(nameOf(user, network, remote)) ?? false;
  }

  async #look(user: MatrixUserId, id: NetworkId, remote: RemoteUserId): Promise<boolean | Failed> {
    const network = this.#deps.network(id);
    if (network === undefined) return false;
    const chat = network.directory.chatWith(remote);
    const portal = await this.#deps.portals.byKey({ network: id, chat, receiver: user });
    if (portal?.kind !== 'direct' || portal.room === undefined) return false;
    if (this.#joined.has(portal.room)) return true;
    const isIn = await this.#deps.isIn(portal);
    if (isIn === true) this.#joined.set(portal.room, true);
    return isIn;
  }
}

function nameOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
