/**
 * A component link has no acknowledgements (https://xmpp.org/extensions/xep-0114.html), but a server handles the
 * stanzas of one stream in their order (https://www.rfc-editor.org/rfc/rfc6120#section-10.1). So a send counts as done
 * once an IQ that was written after it has come back: the fence. One fence serves all that was written before it.
 */
export class Fence {
  readonly #send: (id: string) => void;
  readonly #now: () => number;
  readonly #prefix: string;
  readonly #most: number;
  #count = 0;
  #ended = false;
  #scheduled = false;
  #waiting: ((passed: boolean) => void)[] = [];
  #sent: Batch[] = [];

  /** `send` writes the IQ with that id. `most` is how many may be on their way at once. */
  constructor(prefix: string, send: (id: string) => void, now: () => number, most = 4) {
    this.#prefix = prefix;
    this.#send = send;
    this.#now = now;
    this.#most = most;
  }

  /** Resolves to true once the server has handled all that was written before, to false where the stream ended first. */
  pass(): Promise<boolean> {
    if (this.#ended) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiting.push(resolve);
    this.#schedule();
    return promise;
  }

  /** To be told the id of every IQ that comes in; answers whether it was one of the fence's. */
  answered(id: string): boolean {
    const index = this.#sent.findIndex((batch) => batch.id === id);
    if (index === -1) return id.startsWith(this.#prefix);
    for (const batch of this.#sent.splice(0, index + 1)) for (const resolve of batch.resolve) resolve(true);
    if (this.#waiting.length > 0) this.#schedule();
    return true;
  }

  /** When the oldest unanswered fence was written. */
  get oldest(): number | undefined {
    return this.#sent[0]?.at;
  }

  /** The stream has ended: nothing that waits can pass any more. */
  end(): void {
    this.#ended = true;
    const lost = [...this.#sent.flatMap((batch) => batch.resolve), ...this.#waiting];
    this.#sent = [];
    this.#waiting = [];
    for (const resolve of lost) resolve(false);
  }

  #schedule(): void {
    if (this.#scheduled || this.#sent.length >= this.#most) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#ended || this.#waiting.length === 0) return;
      this.#count += 1;
      const id = `${this.#prefix}${this.#count}`;
      this.#sent.push({ id, at: this.#now(), resolve: this.#waiting });
      this.#waiting = [];
      this.#send(id);
    });
  }
}

interface Batch {
  readonly id: string;
  readonly at: number;
  readonly resolve: readonly ((passed: boolean) => void)[];
}
