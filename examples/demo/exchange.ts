import { setTimeout as sleep } from 'node:timers/promises';
import type { SeenEvent } from '../../test/support/matrix-event.ts';
import type { Stanza } from '../../test/support/xmpp-stanzas.ts';
import type { Chat } from './chat.ts';

export type Direction = 'to-matrix' | 'to-network';

/** One thing as the two clients show it: the sender's own copy, and what the receiver's client received. */
export interface Row {
  readonly matrix?: SeenEvent;
  readonly xmpp?: Stanza;
}

/** What both clients showed of one exchange, in order. */
export interface Shown {
  readonly chat: Chat;
  readonly rows: readonly Row[];
}

/** One thing that crosses the bridge. */
export interface Exchange {
  readonly kind: string;
  readonly direction: Direction;
  /** What the receiving client must show, for a report of its failure. */
  readonly expected: string;
  /** What has to be there first; it does not count into the time. */
  readonly prepare?: () => Promise<unknown>;
  /** Sends, and resolves once the receiving client has it as expected; rejects where it shows something else. */
  readonly run: () => Promise<Shown>;
}

export type Result = Pick<Exchange, 'kind' | 'direction'> & { readonly ms: number } & (
    | { readonly ok: true; readonly shown: Shown }
    | { readonly ok: false; readonly expected: string; readonly found: string }
  );

/** How long an exchange may take. */
export const patienceMs = 20_000;

/** Runs one exchange within its time; whatever happens, there is a result. */
export async function attempt({ kind, direction, expected, prepare, run }: Exchange): Promise<Result> {
  let started = performance.now();
  const whole = async (): Promise<Shown> => {
    await prepare?.();
    started = performance.now();
    return run();
  };
  const took = (): number => Math.round(performance.now() - started);
  const giveUp = new AbortController();
  try {
    const shown = await Promise.race([whole(), tooLate(giveUp.signal)]);
    return { kind, direction, ok: true, ms: took(), shown };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { kind, direction, ok: false, ms: took(), expected, found };
  } finally {
    giveUp.abort();
  }
}

async function tooLate(signal: AbortSignal): Promise<never> {
  // A little longer than the waits inside, whose errors tell more.
  await sleep(patienceMs + 250, undefined, { signal });
  throw new Error(`Nothing of the kind after ${patienceMs / 1_000} s.`);
}
