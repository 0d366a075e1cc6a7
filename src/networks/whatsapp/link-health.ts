/**
 * The health of a network whose users have connections of their own: it is up where the service works. One user's trouble
 * is theirs, and ends their messages with its reason; where nobody gets through, the network is down.
 */
import type { Health } from '../../core/network.ts';

/** From the states of the connections that are wanted now. `before` keeps its time where nothing has changed. */
export function networkHealth(connections: readonly Health[], before: Health, now: number): Health {
  const after = judged(connections, now);
  if (after.kind !== before.kind) return after;
  if (after.kind === 'down' && before.kind === 'down' && after.reason !== before.reason) return after;
  return before;
}

function judged(connections: readonly Health[], now: number): Health {
  if (connections.length === 0 || connections.some(({ kind }) => kind === 'up'))
    return { kind: 'up', since: now };
  const down = connections.find((health) => health.kind === 'down');
  const isTrying = connections.some(({ kind }) => kind === 'connecting');
  if (isTrying || down === undefined) return { kind: 'connecting', since: now, reason: down?.reason };
  return { kind: 'down', since: now, reason: down.reason };
}
