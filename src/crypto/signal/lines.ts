/** Who may work on what at the same time, and what may be a name. */
import type { Turns } from '../megolm/turns.ts';
import { type Draft, within } from './draft.ts';
import type { SignalLimits } from './limits.ts';
import { failed, type SignalFailed } from './outcome.ts';
import type { Line } from './sessions.ts';
import type { Own, SignalStore } from './store.ts';
import type { Wasted } from './wasted.ts';

const maxIdLength = 256;
const maxPeerLength = 512;

export interface LinesNeeds {
  readonly store: SignalStore;
  readonly limits: SignalLimits;
  readonly now: () => number;
  readonly turns: Turns;
  readonly wasted: Wasted;
  readonly own: Own;
}

type Result<T> = Promise<T | SignalFailed>;
type OnLine<T> = (line: Line) => Result<T>;
interface Kind {
  readonly kind: string;
}

/** Work on what is kept of one's own; each is kept whole or not at all. */
export interface Lines {
  /** Alone with the identity and the prekeys. */
  readonly onKeys: <T extends Kind>(work: (draft: Draft) => Result<T>) => Result<T>;
  /** Alone with the session of a peer; where prekeys may be used up or made, with these too. */
  readonly onLine: <T extends Kind>(peer: string, work: OnLine<T>, prekeys?: boolean) => Result<T>;
  /** The same for a message by its id. */
  readonly onMessage: <T extends Kind>(
    peer: string,
    id: string,
    work: OnLine<T>,
    prekeys?: boolean,
  ) => Result<T>;
}

export function linesOf({ store, limits, now, turns, wasted, own }: LinesNeeds): Lines {
  const keep = <T extends Kind>(work: (draft: Draft) => Result<T>): Result<T> =>
    within(store, own, now(), work);
  const lines: Lines = {
    onKeys: (work) => turns.alone(keysName(own), () => keep(work)),
    onLine: (peer, work, prekeys = false) => {
      if (!isName(peer, maxPeerLength)) return Promise.resolve(failed('malformed'));
      const session = JSON.stringify([own.network, own.user, peer]);
      const onDraft = (draft: Draft): ReturnType<typeof work> =>
        work({ draft, limits, wasted, peer, session });
      return turns.alone(session, () => (prekeys ? lines.onKeys(onDraft) : keep(onDraft)));
    },
    onMessage: (peer, id, work, prekeys) =>
      isName(id, maxIdLength) ? lines.onLine(peer, work, prekeys) : Promise.resolve(failed('malformed')),
  };
  return lines;
}

/** The name under which work on one's own keys takes its turn. */
export function keysName({ network, user }: Own): string {
  return JSON.stringify([network, user]);
}

/** Without spaces, control characters and halves of characters, and not too long to be a name. */
function isName(name: string, max: number): boolean {
  return name.length > 0 && name.length <= max && !/[\p{Cc}\p{Cs}\p{Z}]/u.test(name);
}
