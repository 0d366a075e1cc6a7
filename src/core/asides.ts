/**
 * What goes with an event beside its being carried: the caller's client is answered, the timer of a chat is remembered, a
 * person's identity is taken down. Everything may be repeated and then changes nothing.
 */
import { isOver } from './calls.ts';
import type { Changes } from './changes.ts';
import type { TimerEvent, UnresolvedEvent } from './event.ts';
import type { Homeserver, RoomActs } from './homeserver.ts';
import type { Identities, IdentityKey } from './identities.ts';
import type { MatrixEventId, MatrixUserId, NetworkId } from './ids.ts';
import type { Capabilities } from './network.ts';
import type { Failed, Outcome } from './outcome.ts';
import type { Policy } from './policy.ts';
import type { Portal } from './portal.ts';
import type { GroupStore } from './stores.ts';
import { sameTimer, timed, timerBy, timerIn, timerText } from './timers.ts';

export interface AsidesDeps {
  readonly identities: Pick<Identities, 'seen'>;
  readonly marks: Pick<GroupStore, 'mark' | 'putMark' | 'dropMark'>;
  readonly policy: Policy;
  readonly acts: RoomActs;
  readonly handlers: Pick<Homeserver['handlers'], 'timer'>;
  /** A message was recorded that is to be gone after a while. */
  readonly expiring: (portal: Portal, eventIds: readonly MatrixEventId[]) => void;
}

export class Asides {
  readonly #deps: AsidesDeps;

  constructor(deps: AsidesDeps) {
    this.#deps = deps;
  }

  /**
   * Takes in what a network tells of a person's identity, before anybody decides who may reach whom: what comes after it is
   * judged by it.
   */
  async opened(
    network: NetworkId,
    receiver: MatrixUserId | undefined,
    event: UnresolvedEvent,
  ): Promise<void> {
    if (event.kind !== 'identity-change' || receiver === undefined) return;
    const key: IdentityKey = { user: receiver, network, remote: event.person };
    await this.#deps.identities.seen(key, event);
  }

  /** What a user says in a chat with a timer goes by it, where the network has such and rules let it pass. */
  async timed(event: UnresolvedEvent, portal: Portal, { features }: Capabilities): Promise<UnresolvedEvent> {
    if (event.kind !== 'message' || event.expires !== undefined || features.disappearing === 'none')
      return event;
    const expires = await this.#timer(portal);
    if (expires === undefined) return event;
    const verdict = this.#deps.policy.judge(timerBy(event, expires), portal, 'to-network');
    return verdict.kind === 'pass' ? timed(event, expires) : event;
  }

  /** A user's event has come to its end. */
  async endedFromMatrix(
    event: UnresolvedEvent,
    portal: Portal,
    outcome: Outcome,
    signal: AbortSignal,
  ): Promise<undefined | Failed> {
    if (event.kind === 'call') {
      if (event.change === 'end' || isOver(event)) return undefined;
      const failed = await this.#deps.acts.declineCall(portal, event.call, event.cause, signal);
      return failed?.retry.kind === 'later' ? failed : undefined;
    }
    if (event.kind !== 'timer') return undefined;
    if (outcome.kind === 'sent' && outcome.converted === undefined) {
      await this.#remember(portal, event.expires);
      return undefined;
    }
    // The room is to say what holds.
    const failed = await this.#deps.acts.showTimer(portal, await this.#timer(portal));
    return failed?.retry.kind === 'later' ? failed : undefined;
  }

  /** Something of a network's has come to its end. */
  async endedFromNetwork(
    event: UnresolvedEvent,
    portal: Portal,
    outcome: Outcome,
    signal: AbortSignal,
  ): Promise<undefined | Failed> {
    const stays = outcome.kind === 'sent' && (outcome.converted ?? []).some(isTimer);
    if (outcome.kind !== 'sent' || stays || event.history === true) return undefined;
    if (event.kind === 'timer') await this.#remember(portal, event.expires);
    if (event.kind !== 'message' || event.expires === undefined || portal.kind !== 'direct') return undefined;
    // Networks whose messages carry the timer of their chat need not tell it by itself (XEP-0466, 4.3).
    if (sameTimer(await this.#timer(portal), event.expires)) return undefined;
    const failed = await this.#tell(timerBy(event, event.expires), portal, signal);
    if (failed !== undefined) return failed;
    await this.#remember(portal, event.expires);
    return undefined;
  }

  /** What ended with an event is durable. */
  recorded({ changes, portal }: { readonly changes: Changes; readonly portal: Portal | undefined }): void {
    const { expiry, message } = changes;
    if (expiry === undefined || message === undefined || portal === undefined) return;
    this.#deps.expiring(portal, message.target.eventIds);
  }

  async #tell(event: TimerEvent, portal: Portal, signal: AbortSignal): Promise<undefined | Failed> {
    const handled = await this.#deps.handlers.timer?.(event, portal, signal);
    return handled?.kind === 'failed' && handled.retry.kind === 'later' ? handled : undefined;
  }

  async #timer({ id }: Portal): Promise<TimerEvent['expires']> {
    return timerIn(await this.#deps.marks.mark(id, 'timer'));
  }

  async #remember({ id }: Portal, expires: TimerEvent['expires']): Promise<void> {
    if (expires === undefined) await this.#deps.marks.dropMark(id, 'timer');
    else await this.#deps.marks.putMark(id, 'timer', timerText(expires));
  }
}

function isTimer({ feature }: { readonly feature: string }): boolean {
  return feature === 'disappearing';
}
