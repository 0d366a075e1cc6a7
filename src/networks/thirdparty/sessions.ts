/** Who is connected: one connection for each account, the latest. */
import { withDeadline } from '../../core/deadline.ts';
import type { Closing, Session } from './session.ts';

/** One that does not end by then is left to itself. */
const longestWaitMs = 5_000;

export class Sessions {
  readonly #sessions = new Map<string, Session>();
  /** With those that were told to go and have not gone. */
  readonly #all = new Set<Session>();
  #isStopping = false;

  get size(): number {
    return this.#sessions.size;
  }

  of(user: string): Session | undefined {
    return this.#sessions.get(user);
  }

  /** Runs a session in the place of the one that there was, which is over before this one begins. `began` comes after its first stanza. */
  async run(session: Session, began: () => Promise<void>): Promise<void> {
    const { user } = session.account.login;
    const before = this.#sessions.get(user);
    this.#sessions.set(user, session);
    this.#all.add(session);
    if (this.#isStopping) session.close('stopping');
    try {
      before?.close('replaced');
      if (before !== undefined) await withDeadline(longestWaitMs, () => before.ended);
      await session.run(began);
    } finally {
      this.#all.delete(session);
      if (this.#sessions.get(user) === session) this.#sessions.delete(user);
    }
  }

  close(user: string, why: Closing): void {
    this.#sessions.get(user)?.close(why);
  }

  closeProvider(integrator: number, why: Closing): void {
    for (const session of this.#sessions.values())
      if (session.account.login.integrator === integrator) session.close(why);
  }

  /** The users that are connected. */
  users(): readonly string[] {
    return [...this.#sessions.keys()];
  }

  /** Ends all; resolves when they are over. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const session of this.#all) session.close('stopping');
    await Promise.all([...this.#all].map((session) => session.ended));
  }
}
