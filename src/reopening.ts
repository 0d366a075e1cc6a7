/** Opens events that are kept once more, to judge them again. Nothing is sent, recorded or told by it. */
import type { BridgeEvent } from './core/event.ts';
import type { Homeserver } from './core/homeserver.ts';
import type { NetworkId } from './core/ids.ts';
import type { KeptContent } from './core/kept-events.ts';
import type { RunningNetwork } from './core/network.ts';
import { arrivalFromMatrix, arrivalFromNetwork } from './core/payload.ts';
import type { Direction } from './core/policy.ts';
import { portalKey, type Portal } from './core/portal.ts';
import { resolve } from './core/resolve.ts';
import { directionOf } from './core/spine.ts';
import type { MessageStore, PortalStore } from './core/stores.ts';
import type { Log } from './core/task.ts';

export interface ReopeningDeps {
  readonly homeserver: Pick<Homeserver, 'open'>;
  readonly network: (id: NetworkId) => Pick<RunningNetwork, 'open'> | undefined;
  readonly portals: Pick<PortalStore, 'byId' | 'byRoom' | 'byKey'>;
  readonly messages: MessageStore;
  readonly log: Log;
}

/** An event as the rules judge it. */
export interface Reopened {
  readonly event: BridgeEvent;
  readonly portal: Portal;
  readonly direction: Direction;
}

/** Answers nothing where the content is gone, cannot be opened any more, or is of no chat that is there. Never throws. */
export async function reopen(
  deps: ReopeningDeps,
  kept: KeptContent,
  signal: AbortSignal,
): Promise<Reopened | undefined> {
  if (kept.payload === '') return undefined;
  try {
    const found = await opened(deps, kept, signal);
    if (found === undefined) return undefined;
    const resolution = await resolve(found.event, found.portal.id, deps.messages);
    if (resolution.kind === 'unknown-target') return undefined;
    const { portal } = found;
    return { event: resolution.event, portal, direction: directionOf(kept.record.source) };
  } catch (error) {
    deps.log.debug({ err: error, seq: kept.record.seq }, 'an event could not be opened again');
    return undefined;
  }
}

async function opened(
  { homeserver, network, portals }: ReopeningDeps,
  { record, payload, portal: ended }: KeptContent,
  signal: AbortSignal,
): Promise<{ readonly event: Parameters<typeof resolve>[0]; readonly portal: Portal } | undefined> {
  const { source, outerId } = record;
  const cause = `${source}/${outerId}`;
  if (source === 'matrix') {
    const arrival = arrivalFromMatrix({ outerId, payload });
    const portal = ended === undefined ? await portals.byRoom(arrival.room) : await portals.byId(ended);
    if (portal?.room === undefined) return undefined;
    const result = await homeserver.open(arrival, cause, signal);
    return result.kind === 'event' ? { event: result.event, portal } : undefined;
  }
  const arrival = arrivalFromNetwork({ outerId, payload });
  const { chat, receiver } = arrival;
  const portal = await portals.byKey(portalKey(source, chat, receiver));
  if (portal?.room === undefined) return undefined;
  const result = network(source)?.open(arrival, cause);
  return result?.kind === 'event' ? { event: result.event, portal } : undefined;
}
