/** What the explanation of doors is made of: between whom it was, and where it is kept who set what. */
import type { CoreDeps } from './bridge-core.ts';
import type { DoorFacts, DoorSides } from './core/door-explained.ts';
import type { Door } from './core/door.ts';
import { parseMatrixUserId, type MatrixUserId, type NetworkId } from './core/ids.ts';
import type { KeptContent } from './core/kept-events.ts';
import { arrivalFromNetwork, matrixSender } from './core/payload.ts';
import type { PortalStore } from './core/stores.ts';
import type { Doors } from './doors.ts';
import type { Reaching } from './reaching.ts';

/** The doors, and where it is looked up who set what they decide by. */
export function explainedDoors(
  deps: Parameters<typeof doorFacts>[0],
  { gate, reaching }: Pick<Doors, 'gate' | 'reaching'>,
  networks: ReadonlyMap<NetworkId, unknown>,
): { readonly door: Door; readonly facts: DoorFacts } {
  return { door: gate.door, facts: doorFacts(deps, reaching, networks) };
}

function doorFacts(
  { storage, blocks, policyLists: lists }: Pick<CoreDeps, 'storage' | 'blocks' | 'policyLists'>,
  { reach, strict: { strictness } }: Pick<Reaching, 'reach' | 'strict'>,
  networks: ReadonlyMap<NetworkId, unknown>,
): DoorFacts {
  return {
    ...{ blocks, lists },
    standing: (user, network) => reach.standing(user, network),
    choseReach: async (user, network) => (await storage.reach.get(user, network))?.since,
    strict: (user) => strictness.of(user),
    choseStrict: (user) => storage.reach.strictSince(user),
    request: (key) => storage.requests.find(key),
    network: (name) => [...networks.keys()].find((id) => id === name),
  };
}

/** Between whom an event went, as far as what is kept of it tells. */
export async function sidesOf(
  { portals }: { readonly portals: Pick<PortalStore, 'byId'> },
  { record: { source, outerId }, payload, portal: id }: KeptContent,
): Promise<DoorSides | undefined> {
  const portal = id === undefined ? undefined : await portals.byId(id);
  try {
    if (source !== 'matrix' && payload !== '') {
      const { chat, sender: remote, receiver: user } = arrivalFromNetwork({ outerId, payload });
      return { network: source, chat, kind: user === undefined ? 'group' : 'direct', user, remote };
    }
    if (portal === undefined) return undefined;
    const { network, chat, receiver } = portal.key;
    const user = receiver ?? (source === 'matrix' && payload !== '' ? senderOf(payload, outerId) : undefined);
    return {
      ...{ network, chat, kind: portal.kind, user },
      remote: portal.kind === 'direct' ? portal.remote : undefined,
    };
  } catch {
    return undefined;
  }
}

function senderOf(payload: string, outerId: string): MatrixUserId | undefined {
  const sender = matrixSender({ outerId, payload });
  return sender === undefined ? undefined : parseMatrixUserId(sender);
}
