import { setTimeout as sleep } from 'node:timers/promises';
import type { SeenEvent } from '../../test/support/matrix-event.ts';
import type { Stanza } from '../../test/support/xmpp-stanzas.ts';
import type { Secrecy } from './secrecy.ts';

export type Direction = 'to-matrix' | 'to-network';
/** Between two people, or in a group. */
export type Where = 'direct' | 'group';
/** What is on the other side of the bridge. */
export type NetworkName = 'xmpp' | 'thirdparty';

/** What a client shows: who, and what. */
export interface Line {
  readonly speaker: string;
  readonly text: string;
}

/** One thing as the two clients show it: the sender's own copy, and what the receiver's client received. */
export interface Row {
  readonly matrix?: SeenEvent | Line;
  readonly xmpp?: Stanza | Line;
  /** What the third-party app shows, where that is the other side. */
  readonly app?: Line;
  /** Which way it went, where what is shown does not say so. */
  readonly direction?: Direction;
}

/** A chat as the transcript needs it. */
export interface Talk {
  readonly headings: readonly [matrix: string, network: string];
  matrixSpeaker(event: SeenEvent): string;
  /** What others are about, by its name on that side. */
  event(id: string): SeenEvent | undefined;
  /** Undefined for what stays on its side. */
  directionOf(row: Row): Direction | undefined;
}

/** A chat whose other side is XMPP. */
export interface XmppTalk extends Talk {
  xmppSpeaker(stanza: Stanza): string;
  stanza(id: string): Stanza | undefined;
}

/** What both clients showed of one exchange, in order. */
export interface Shown {
  readonly chat: Talk | XmppTalk;
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

/** An exchange with where it happens. */
export type Placed = Exchange & { readonly network: NetworkName; readonly where: Where };

export type Result = Pick<Placed, 'kind' | 'direction' | 'network' | 'where'> & { readonly ms: number } & (
    | { readonly ok: true; readonly shown: Shown; readonly secrecy: Secrecy }
    | { readonly ok: false; readonly expected: string; readonly found: string }
  );

/** How long an exchange may take. */
export const patienceMs = 20_000;

/** Runs one exchange within its time and looks at how secret it was; whatever happens, there is a result. */
export async function attempt(
  { kind, direction, network, where, expected, prepare, run }: Placed,
  examine: (shown: Shown, direction: Direction) => Promise<Secrecy>,
): Promise<Result> {
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
    const ms = took();
    const secrecy = await examine(shown, direction);
    return { kind, direction, network, where, ok: true, ms, shown, secrecy };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { kind, direction, network, where, ok: false, ms: took(), expected, found };
  } finally {
    giveUp.abort();
  }
}

async function tooLate(signal: AbortSignal): Promise<never> {
  // A little longer than the waits inside, whose errors tell more.
  await sleep(patienceMs + 250, undefined, { signal });
  throw new Error(`Nothing of the kind after ${patienceMs / 1_000} s.`);
}
