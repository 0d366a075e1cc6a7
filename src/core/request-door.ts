import type { Admission, Contact, Door } from './door.ts';
import type { MatrixUserId, NetworkId } from './ids.ts';
import type { Reachable, RunningNetwork } from './network.ts';
import { failedForNow, type Failed } from './outcome.ts';
import type { RequestKey, RequestStore } from './request.ts';
import type { LoginStore, PortalStore } from './stores.ts';

export interface RequestDoorDeps {
  readonly store: Pick<RequestStore, 'find' | 'unanswered'>;
  readonly portals: Pick<PortalStore, 'byKey'>;
  readonly logins: Pick<LoginStore, 'owner'>;
  readonly network: (id: NetworkId) => RunningNetwork | undefined;
  /** Whether first contacts on a network are held. */
  readonly isOn: (network: NetworkId) => boolean;
  /** Whether a Matrix user exists and can be reached on a network. */
  readonly reachable: (user: MatrixUserId, network: NetworkId) => Promise<Reachable>;
}

/** The rules by which this door decides. */
export const requestRules = { held: 'request', unanswered: 'unanswered' } as const;

const pass: Admission = { kind: 'pass' };
/** What a stranger's message may be followed by; all else of a stranger has nothing that it could be about. */
const follows: ReadonlySet<Contact['what']> = new Set<Contact['what']>([
  ...(['edit', 'reaction', 'redaction', 'vote', 'poll-end'] as const),
]);

/**
 * Holds the first contact of a stranger, and ends in silence what comes of one who was declined. A stranger is whoever has
 * no portal with a room, was not accepted, and was not written to. The other way, it lets no more messages out to a person
 * who never answered than the network allows (`Capabilities.unansweredMessages`).
 */
export function requestDoor(deps: RequestDoorDeps): Door {
  return {
    admit: (contact) =>
      contact.direction === 'to-matrix' ? incoming(deps, contact) : outgoing(deps, contact),
  };
}

async function incoming(deps: RequestDoorDeps, contact: Contact): Promise<Admission | Failed> {
  const { network, user, remote, chat, kind, what, first } = contact;
  if (user === undefined || remote === undefined || !deps.isOn(network)) return pass;
  if (kind === 'direct' ? !first : what !== 'invitation') return pass;
  const key: RequestKey = { network, user, remote, chat, kind };
  const known = await deps.store.find(key);
  switch (known?.state) {
    case 'accepted':
      return pass;
    case 'declined':
    case 'blocked':
      return { kind: 'blocked', rule: known.state, told: 'nobody' };
    case 'open':
      return what === 'message' || what === 'invitation' || follows.has(what) ? held() : silence();
    case 'expired':
    case undefined:
      return unknown(deps, key, contact);
  }
}

async function unknown(
  deps: RequestDoorDeps,
  key: RequestKey,
  { what, unvouched }: Contact,
): Promise<Admission | Failed> {
  // Only a message or an invitation makes itself known; the spine ends the rest as being about nothing.
  if (what !== 'message' && what !== 'invitation') return pass;
  const { network, user, remote } = key;
  // Who is only said to invite is nobody whom the user knows.
  if (unvouched !== true) {
    if ((await deps.logins.owner(network, remote)) === user) return pass;
    if (key.kind === 'group' && (await isContact(deps, key))) return pass;
  }
  const reachable = await deps.reachable(user, network);
  if (reachable === 'unsure') return failedForNow('link-down');
  // There is nobody who could agree: the sender is told so as without requests.
  return reachable === 'yes' ? held() : pass;
}

/** Whether a person who invites into a group is known from a direct chat. */
async function isContact(deps: RequestDoorDeps, { network, user, remote }: RequestKey): Promise<boolean> {
  const chat = deps.network(network)?.directory.chatWith(remote);
  if (chat === undefined) return false;
  const portal = await deps.portals.byKey({ network, chat, receiver: user });
  if (portal?.room !== undefined) return true;
  return (await deps.store.find({ network, user, remote, chat, kind: 'direct' }))?.state === 'accepted';
}

async function outgoing(deps: RequestDoorDeps, contact: Contact): Promise<Admission> {
  const { network, chat, user, kind, what } = contact;
  const limit = deps.network(network)?.capabilities.unansweredMessages;
  if (limit === undefined || user === undefined || kind !== 'direct' || what !== 'message') return pass;
  const portal = await deps.portals.byKey({ network, chat, receiver: user });
  if (portal === undefined) return pass;
  const { answered, sent } = await deps.store.unanswered(portal.id, limit);
  if (answered || sent < limit) return pass;
  return { kind: 'blocked', rule: requestRules.unanswered, told: 'sender' };
}

function held(): Admission {
  return { kind: 'held', rule: requestRules.held };
}

function silence(): Admission {
  return { kind: 'blocked', rule: requestRules.held, told: 'nobody' };
}
