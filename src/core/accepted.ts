/** Whom users have accepted: the people in their list. */
import { BoundedMap } from './bounded-map.ts';
import type { MatrixUserId, NetworkId, RemoteUserId, RoomId } from './ids.ts';
import type { RunningNetwork } from './network.ts';
import type { Failed } from './outcome.ts';
import type { DirectPortal } from './portal.ts';
import type { RequestStore } from './request.ts';
import type { LoginStore, PortalStore } from './stores.ts';

/** Whether a user wants to hear from a person. Answers a failure where it cannot say yet. */
export interface Accepted {
  accepted(user: MatrixUserId, network: NetworkId, remote: RemoteUserId): Promise<boolean | Failed>;
}

export interface AcceptedPeopleDeps {
  readonly portals: Pick<PortalStore, 'byKey'>;
  readonly logins: Pick<LoginStore, 'owner'>;
  readonly requests: Pick<RequestStore, 'find'>;
  readonly network: (id: NetworkId) => Pick<RunningNetwork, 'directory'> | undefined;
  /** Whether the user is in the room of their chat, not just invited. */
  readonly isIn: (portal: DirectPortal) => Promise<boolean | Failed>;
}

const mostKept = 20_000;

/**
 * A user has accepted a person whose request they accepted, to whom they wrote first (the request book keeps both), or whose
 * direct chat they have joined; not one whose request they declined, or who is blocked. Their own accounts are theirs.
 */
export class AcceptedPeople implements Accepted {
  readonly #deps: AcceptedPeopleDeps;
  /** Rooms that their users have joined. Who leaves gets another room for the next chat. */
  readonly #joined = new BoundedMap<RoomId, true>(mostKept);

  constructor(deps: AcceptedPeopleDeps) {
    this.#deps = deps;
  }

  async accepted(user: MatrixUserId, id: NetworkId, remote: RemoteUserId): Promise<boolean | Failed> {
    const network = this.#deps.network(id);
    if (network === undefined) return false;
    const chat = network.directory.chatWith(remote);
    const request = await this.#deps.requests.find({ network: id, user, remote, chat, kind: 'direct' });
    switch (request?.state) {
      case 'accepted':
        return true;
      case 'declined':
      case 'blocked':
        return false;
      case 'open':
      case 'expired':
      case undefined:
        break;
    }
    const portal = await this.#deps.portals.byKey({ network: id, chat, receiver: user });
    const isIn = portal?.kind === 'direct' && portal.room !== undefined ? await this.#isIn(portal) : false;
    return isIn === false ? (await this.#deps.logins.owner(id, remote)) === user : isIn;
  }

  async #isIn(portal: DirectPortal): Promise<boolean | Failed> {
    if (this.#joined.has(portal.room)) return true;
    const isIn = await this.#deps.isIn(portal);
    if (isIn === true) this.#joined.set(portal.room, true);
    return isIn;
  }
}
