import type { MatrixUserId } from '../../core/ids.ts';
import type { EventSink, Reachable } from '../../core/network.ts';

const lifetimes: Readonly<Record<Reachable, number>> = {
  yes: 5 * 60_000,
  'no-such-user': 30_000,
  'not-permitted': 30_000,
  unsure: 2000,
};
const mostKept = 10_000;

/**
 * Who can be reached, remembered so that a message asks nothing and keeps its place: `known` answers at once where it
 * can; else everything for that user waits on the one `look` and goes on in the order in which it came.
 */
export class Reachability {
  readonly #sink: Pick<EventSink, 'reachable'>;
  readonly #now: () => number;
  readonly #known = new Map<MatrixUserId, { readonly reachable: Reachable; readonly until: number }>();
  readonly #looking = new Map<MatrixUserId, Promise<Reachable>>();

  constructor(sink: Pick<EventSink, 'reachable'>, now: () => number) {
    this.#sink = sink;
    this.#now = now;
  }

  known(user: MatrixUserId): Reachable | undefined {
    const known = this.#known.get(user);
    return known !== undefined && known.until > this.#now() ? known.reachable : undefined;
  }

  /** It may be another, of one user or of all: what is known is dropped, and so is what is being asked for now. */
  changed(user: MatrixUserId | undefined): void {
    if (user === undefined) {
      this.#known.clear();
      this.#looking.clear();
      return;
    }
    this.#known.delete(user);
    this.#looking.delete(user);
  }

  look(user: MatrixUserId): Promise<Reachable> {
    const under = this.#looking.get(user);
    if (under !== undefined) return under;
    const known = this.known(user);
    if (known !== undefined) return Promise.resolve(known);
    const looking: Promise<Reachable> = Promise.resolve().then(() => this.#ask(user, () => looking));
    this.#looking.set(user, looking);
    return looking;
  }

  async #ask(user: MatrixUserId, self: () => Promise<Reachable>): Promise<Reachable> {
    const reachable = await this.#sink.reachable(user);
    // It changed meanwhile: what was asked before says nothing of now.
    if (this.#looking.get(user) !== self()) return this.look(user);
    this.#looking.delete(user);
    this.#known.delete(user);
    this.#known.set(user, { reachable, until: this.#now() + lifetimes[reachable] });
    const oldest = this.#known.keys().next();
    if (this.#known.size > mostKept && oldest.done !== true) this.#known.delete(oldest.value);
    return reachable;
  }
}
