/** What providers' users tell in passing: that they are writing. */
import type { EventSink } from '../../core/network.ts';
import { signalCause } from '../../core/signals.ts';
import type { Log } from '../../core/task.ts';
import { Tasks } from '../../core/tasks.ts';
import type { Login } from '../../interop/enlistment/login.ts';
import type { ChatstateStanza, PresenceStanza } from '../../interop/stanza/signals.ts';
import type { Counts } from './counts.ts';
import { chatOf, userOf } from './ids.ts';
import type { Resident } from './residents.ts';

const mostAtOnce = 256;

export interface PassingDeps {
  readonly sink: Pick<EventSink, 'signal'>;
  readonly counts: Counts;
  readonly log: Log;
  readonly now: () => number;
}

/** Whom a signal is for is looked up beside; what comes while too many are is dropped, as signals may be. */
export class Passing {
  readonly #deps: PassingDeps;
  readonly #tasks: Tasks;
  #busy = 0;

  constructor(deps: PassingDeps) {
    this.#deps = deps;
    this.#tasks = new Tasks(deps.log);
  }

  take(
    from: Login,
    stanza: ChatstateStanza | PresenceStanza,
    receiver: () => Promise<Resident | undefined>,
  ): void {
    const { counts } = this.#deps;
    // Presence is told to nobody: the network has none.
    if (stanza.kind === 'presence') return;
    if (this.#busy >= mostAtOnce) {
      counts.count('flooded');
      return;
    }
    this.#busy += 1;
    void this.#tasks.run('thirdparty signal', async () => {
      try {
        const resident = await receiver();
        if (resident !== undefined) this.#tell(from, resident, stanza.state !== 'paused');
      } finally {
        this.#busy -= 1;
      }
    });
  }

  done(): Promise<void> {
    return this.#tasks.done();
  }

  #tell(from: Login, resident: Resident, typing: boolean): void {
    const userId = userOf(from);
    this.#deps.sink.signal({
      ...{ chat: chatOf(userId), receiver: resident.user },
      event: {
        ...{ kind: 'typing', typing, cause: signalCause(), name: undefined, at: this.#deps.now() },
        sender: { in: 'remote', userId },
      },
    });
  }
}
