/** Who may reach whom, and what passes beside the spine: signals ask the same doors. */
import { blockIn, makeBlockDesk } from './blocking.ts';
import type { CoreDeps } from './bridge-core.ts';
import type { BlockDesk } from './commands/block-desk.ts';
import type { MatrixUserId } from './core/ids.ts';
import type { LoginLists } from './core/login-lists.ts';
import { Signals } from './core/signals.ts';
import { task } from './core/task.ts';
import { makeGate, type Gate } from './gate.ts';
import { partOf } from './log.ts';
import { makeLoginLists, withLoginLists } from './login-lists-desk.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';
import { barredBy, roomsMeant } from './policing.ts';
import { makeReaching, type Reaching, type ReachingDeps } from './reaching.ts';
import { makeRequests, type RequestParts, type Requests } from './request-desk.ts';
import { passes, signalLimits } from './signals-config.ts';

type Ways = Pick<RequestParts, 'network' | 'permits' | 'takeUp'> &
  Pick<ReachingDeps, 'networks' | 'levelOf' | 'identities'>;

/** What stands between people, and what passes beside the spine. */
export interface Doors {
  readonly requests: Requests;
  readonly reaching: Reaching;
  readonly blocks: BlockDesk;
  /** Absent where they are not followed. */
  readonly lists: LoginLists | undefined;
  readonly gate: Gate;
  readonly signals: Signals;
}

/** Makes the doors, message requests, and the way of what is not kept. */
export function makeDoors(
  { config, log, storage, monitoring, settings, blocks, policyLists }: CoreDeps,
  matrix: RunningHomeserver,
  { networks, levelOf, identities, ...ways }: Ways,
): Doors {
  const reached = makeReaching({
    ...{ config: () => settings.reach, storage, networks, levelOf, matrix, identities },
    chosen: (user) => release(user),
  });
  const reaching = { ...reached, barred: barredBy(blocks, storage, reached.barred) };
  const requests = makeRequests({
    ...{ config, settings, storage, matrix, ...ways, reachable: reaching.reachable },
    blocker: { block: (user, network, remote) => blockIn(desk, user, { network, remote }) },
    isInDoubt: reaching.strict.isInDoubt,
    log: partOf(log, 'requests'),
  });
  const release = (user: MatrixUserId): void =>
    void task(log, 'confirmed', () => requests.book.confirmed(user));
  identities.listen(({ user }) => release(user));
  const alone = makeBlockDesk(blocks, { storage, matrix, held: requests.book, log: partOf(log, 'blocks') });
  const lists = makeLoginLists({
    ...{ config: config.blocks, storage, blocks, desk: alone, networks, permits: ways.permits },
    ...{ reporter: matrix.reporter, log: partOf(log, 'account-lists') },
  });
  const desk = withLoginLists(alone, lists);
  const { rules } = settings;
  rules.listen(() => matrix.tellRooms());
  const gate = makeGate({
    ignores: matrix.ignores,
    ...{ blocks, stores: storage, rules },
    roomOf: roomsMeant(policyLists, storage),
    ...reaching.gate,
    requests: requests.door,
  });
  const signals = new Signals({
    ...{ log, stores: storage, ...gate, handlers: matrix.handlers },
    ...{ network: ways.network, permits: ways.permits, meter: monitoring.metrics.signals },
    upTo: (portal, eventId, signal) => matrix.signals.upTo(portal, eventId, signal),
    limits: signalLimits,
    isUp: () => matrix.health().kind === 'up',
    passes: passes(config.signals),
  });
  return { requests, reaching, blocks: desk, lists, gate, signals };
}
