/**
 * When a user's connection stays: always where people hold their own keys; else while the user is active on Matrix, and
 * for as long as it takes to fetch what waits after a push.
 */
export interface StayDeps {
  /** How long after the user's last sign it stays, in milliseconds; for good where undefined. */
  readonly activeMs: number | undefined;
  readonly wake: () => void;
  readonly rest: () => void;
}

/** How long after what waited has come the rest may take: receipts, and what follows at once. */
const lingerMs = 5_000;
/** A push opens the connection for no longer than this, whatever comes. */
const fetchMs = 60_000;

export class Stay implements Disposable {
  readonly #deps: StayDeps;
  #timer: NodeJS.Timeout | undefined;
  #until = { active: 0, fetched: 0 };
  #barred = false;
  #isWanted: boolean;

  constructor(deps: StayDeps) {
    this.#deps = deps;
    this.#isWanted = deps.activeMs === undefined;
  }

  get isWanted(): boolean {
    return this.#isWanted && !this.#barred;
  }

  /** The connection was made: it is woken where it is to be up. */
  begin(): void {
    if (this.isWanted) this.#deps.wake();
  }

  /** The user did something. */
  active(): void {
    this.#keep({ ...this.#until, active: performance.now() + (this.#deps.activeMs ?? 0) });
  }

  /** Something waits. */
  pushed(): void {
    this.#keep({ ...this.#until, fetched: performance.now() + fetchMs });
  }

  /** All that waited has come: who is not active needs the connection no longer. */
  drained(): void {
    this.#until = { ...this.#until, fetched: Math.min(this.#until.fetched, performance.now() + lingerMs) };
    this.#arm();
  }

  /** The user may not be reached, or may again. */
  bar(barred: boolean): void {
    this.#barred = barred;
    if (barred) this.#deps.rest();
    else this.begin();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#barred = true;
  }

  #keep(until: { readonly active: number; readonly fetched: number }): void {
    if (this.#barred) return;
    this.#until = until;
    this.#isWanted = true;
    this.#deps.wake();
    this.#arm();
  }

  #arm(): void {
    if (this.#deps.activeMs === undefined) return;
    clearTimeout(this.#timer);
    const until = Math.max(this.#until.active, this.#until.fetched);
    this.#timer = setTimeout(
      () => {
        this.#isWanted = false;
        this.#deps.rest();
      },
      Math.max(0, until - performance.now()),
    );
    this.#timer.unref();
  }
}
