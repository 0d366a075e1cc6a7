import { setTimeout as sleep } from 'node:timers/promises';
import type { MatrixUserId, NetworkId } from '../core/ids.ts';
import type { NetworkView } from '../core/network.ts';
import type { Failed } from '../core/outcome.ts';
import type { Portal, PortalKey } from '../core/portal.ts';
import type { GroupStore, PortalStore } from '../core/stores.ts';
import { bridgeInfo, digestOf, type RoomState } from './bridge-info.ts';
import type { Masquerade } from './request.ts';
import type { RoomStates } from './room-state.ts';

export interface RoomInfoDeps {
  readonly states: RoomStates;
  readonly stores: { readonly groups: GroupStore; readonly portals: PortalStore };
  readonly bot: MatrixUserId;
  readonly network: (id: NetworkId) => NetworkView | undefined;
  /** Who of the bridge speaks in a portal: the ghost of a direct chat, the bot in a group. */
  readonly writer: (portal: Portal) => Masquerade | undefined;
}

const page = 200;
/** Between two rooms that are told again, in milliseconds: after an upgrade every room may be due. */
const pace = 50;

/** Keeps the state that tells of the bridge in step with the bridge, in every portal. */
export class RoomInfo {
  readonly #deps: RoomInfoDeps;

  constructor(deps: RoomInfoDeps) {
    this.#deps = deps;
  }

  /** For a room that is about to be made; nothing where the network does not run. */
  initial(key: PortalKey): readonly { type: string; state_key: string; content: RoomState['content'] }[] {
    return this.#state(key).map((state) => ({
      type: state.type,
      state_key: state.key,
      content: state.content,
    }));
  }

  /** Tells a room where that is due. What the writer has no power for is left, and not tried again until it changes. A room that took the place of another has not been told. */
  async refresh(portal: Portal, moved = false): Promise<'told' | 'up-to-date' | 'later'> {
    const state = this.#state(portal.key);
    const as = this.#deps.writer(portal);
    if (state.length === 0 || as === undefined) return 'up-to-date';
    const digest = digestOf(state);
    if (!moved && (await this.#deps.stores.groups.mark(portal.id, 'info')) === digest) return 'up-to-date';
    for (const one of state) {
      const failed = await this.#deps.states.put(portal.room, one, as);
      if (failed?.retry.kind === 'later') return 'later';
      if (failed !== undefined) break;
    }
    await this.#deps.stores.groups.putMark(portal.id, 'info', digest);
    return 'told';
  }

  /** The room is bridged no longer, and says so no longer where the writer has the power for that. */
  async withdraw(portal: Portal): Promise<undefined | Failed> {
    const as = this.#deps.writer(portal);
    if (as === undefined) return undefined;
    for (const { type, key } of this.#state(portal.key)) {
      const there = await this.#deps.states.get(portal.room, type, key, as);
      const isTold = there.kind === 'state' && Object.keys(there.content ?? {}).length > 0;
      const failed = isTold
        ? await this.#deps.states.put(portal.room, { type, key, content: {} }, as)
        : undefined;
      if (failed !== undefined) return failed;
    }
    return undefined;
  }

  /** Tells every room for which it is due, one after the other. */
  async sweep(signal: AbortSignal): Promise<void> {
    for (let at = 0, more = true; more && !signal.aborted; at += page) {
      const portals = await this.#deps.stores.portals.list(at, page);
      more = portals.length === page;
      for (const portal of portals) {
        if ((await this.refresh(portal)) === 'up-to-date') continue;
        if (await isOver(pace, signal)) return;
      }
    }
  }

  #state(key: PortalKey): readonly RoomState[] {
    const network = this.#deps.network(key.network);
    return network === undefined ? [] : bridgeInfo(key, network, this.#deps.bot);
  }
}

/** Waits; whether the signal was aborted meanwhile. */
async function isOver(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, false, { signal }).catch(() => true);
}
