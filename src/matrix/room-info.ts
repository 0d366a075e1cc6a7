import { setTimeout as sleep } from 'node:timers/promises';
import type { MatrixUserId, NetworkId } from '../core/ids.ts';
import type { NetworkView } from '../core/network.ts';
import type { Failed } from '../core/outcome.ts';
import type { Portal, PortalKey } from '../core/portal.ts';
import type { RoomRules } from '../core/room-rules.ts';
import type { GroupStore, PortalStore } from '../core/stores.ts';
import { bridgeInfo, digestOf, type RoomState } from './bridge-info.ts';
import type { Masquerade } from './request.ts';
import type { RoomStates } from './room-state.ts';

export interface RoomInfoDeps {
  readonly states: RoomStates;
  readonly stores: { readonly groups: GroupStore; readonly portals: PortalStore };
  readonly bot: MatrixUserId;
  readonly network: (id: NetworkId) => NetworkView | undefined;
  readonly rules: RoomRules;
  /** Who of the bridge speaks in a portal: the ghost of a direct chat, the bot in a group. */
  readonly writer: (portal: Portal) => Masquerade | undefined;
}

const page = 200;
/** When rooms that could not be told are tried again, in milliseconds. */
const laterMs = 30_000;

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
    const state = this.#state(portal.key, portal);
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
    for (const { type, key } of this.#state(portal.key, portal)) {
      const there = await this.#deps.states.get(portal.room, type, key, as);
      const isTold = there.kind === 'state' && Object.keys(there.content ?? {}).length > 0;
      const failed = isTold
        ? await this.#deps.states.put(portal.room, { type, key, content: {} }, as)
        : undefined;
      if (failed !== undefined) return failed;
    }
    return undefined;
  }

  /**
   * Tells every room for which it is due, one after the other, those where something was said last first, at most
   * `roomsPerSecond`. What could not be told is tried again.
   */
  async sweep(signal: AbortSignal): Promise<void> {
    for (;;) {
      const all = await this.#pass(signal, false);
      // Rooms in which something was said meanwhile came to the front.
      const first = await this.#pass(signal, true);
      if (all && first) return;
      if (await isOver(laterMs, signal)) return;
    }
  }

  /** Goes through the rooms, to the end or while there is something to tell; whether none of them has to wait. */
  async #pass(signal: AbortSignal, whileDue: boolean): Promise<boolean> {
    let done = true;
    for (let at = 0, more = true; more && !signal.aborted; at += page) {
      const portals = await this.#deps.stores.portals.list(at, page);
      more = portals.length === page;
      let told = false;
      for (const portal of portals) {
        const result = await this.refresh(portal);
        if (result === 'up-to-date') continue;
        if (result === 'later') done = false;
        else told = true;
        if (await isOver(1_000 / this.#deps.rules.roomsPerSecond, signal)) return true;
      }
      if (whileDue && !told) return done;
    }
    return done;
  }

  #state(key: PortalKey, portal?: Portal): readonly RoomState[] {
    const network = this.#deps.network(key.network);
    if (network === undefined) return [];
    const capabilities = this.#deps.rules.capabilities(network, key, portal);
    return bridgeInfo(key, { id: network.id, capabilities }, this.#deps.bot);
  }
}

/** Waits; whether the signal was aborted meanwhile. */
async function isOver(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, false, { signal }).catch(() => true);
}
