import { createLog } from '../../src/log.ts';
import { matrixUserId, networkId, portalId, remoteChatId, remoteUserId, roomId } from '../../src/core/ids.ts';
import { openStorage, type Storage } from '../../src/storage/storage.ts';
import { configOf, ghostOf, network, type BridgePlan } from './bridge-plan.ts';

/** A ghost and its portal, as they are put into the database. */
export interface Seeded {
  readonly person: string;
  readonly room: string;
}

/** The n-th of a run's ghosts and portals. */
export function seeded(plan: BridgePlan, n: number): Seeded {
  return { person: `person${n}`, room: `!portal-${n}:${plan.domain}` };
}

/** Puts ghosts and open portals of one Matrix user into the bridge's database, through its own stores. */
export async function seed(plan: BridgePlan, receiver: string, count: number): Promise<readonly Seeded[]> {
  const { storage: config, logging } = configOf(plan);
  await using storage = await openStorage(config, { log: createLog({ ...logging, level: 'error' }, 'seed') });
  const all = Array.from({ length: count }, (_, n) => seeded(plan, n));
  for (let from = 0; from < all.length; from += 500) {
    await Promise.all(all.slice(from, from + 500).map((one) => put(storage, plan, receiver, one)));
  }
  return all;
}

async function put(
  storage: Storage,
  plan: BridgePlan,
  receiver: string,
  { person, room }: Seeded,
): Promise<void> {
  const remote = remoteUserId(person);
  const of = networkId(network);
  const key = { network: of, chat: remoteChatId(person), receiver: matrixUserId(receiver) };
  const ghost = matrixUserId(ghostOf(plan, person));
  await Promise.all([
    storage.ghosts.put({ userId: ghost, network: of, remote, name: person }),
    storage.portals.adopted({
      kind: 'direct',
      id: portalId(`portal-of-${person}`),
      key,
      remote,
      room: roomId(room),
    }),
  ]);
}
