import type { RemoteChatId } from '../../../core/ids.ts';
import type { Arrival, EventSink } from '../../../core/network.ts';
import type { Log } from '../../../core/task.ts';
import { positionText, type Position } from './catch-up.ts';

export interface JournalDeps {
  readonly room: RemoteChatId;
  readonly sink: Pick<EventSink, 'receive' | 'reached'>;
  /** Counts work that is under way, so that a flood slows the reading from the server. */
  readonly counted: (work: () => Promise<void>) => Promise<void>;
  /** Something could not be kept: the archive is to be read again. */
  readonly gapped: () => void;
  readonly log: Log;
}

/**
 * Hands arrivals to the sink in their order, and tells how far the archive has been read only for what is durable, with
 * all before it. What could not be kept leaves a gap: from then on no position is told, until the gap is mended.
 */
export class RoomJournal {
  readonly #deps: JournalDeps;
  #position: Position | undefined;
  #settled: Promise<void> = Promise.resolve();
  #gap = false;

  constructor(deps: JournalDeps, position: Position | undefined) {
    this.#deps = deps;
    this.#position = position;
  }

  get position(): Position | undefined {
    return this.#position;
  }

  /** Whether something could not be kept since the last mending. */
  get gap(): boolean {
    return this.#gap;
  }

  /** Hands an arrival on; `position` is where the archive has it. */
  add(arrival: Arrival, position: Position | undefined): void {
    this.#after(this.#keep(arrival), position);
  }

  /** Something is there in the archive that is nothing to be handed on. */
  pass(position: Position | undefined): void {
    if (position !== undefined) this.#after(Promise.resolve(true), position);
  }

  /** Resolves once all that was added is durable; false where something could not be kept. */
  async settled(): Promise<boolean> {
    await this.#settled;
    return !this.#gap;
  }

  /** The archive will be read again from the last position that was told. */
  mend(): void {
    this.#gap = false;
  }

  async #keep(arrival: Arrival): Promise<boolean> {
    const { sink, counted, log } = this.#deps;
    try {
      await counted(async () => {
        await sink.receive(arrival);
      });
      return true;
    } catch (error) {
      log.warn({ err: error }, 'xmpp room message not kept');
      return false;
    }
  }

  #after(kept: Promise<boolean>, position: Position | undefined): void {
    const before = this.#settled;
    this.#settled = (async (): Promise<void> => {
      await before;
      if (!(await kept) && !this.#gap) {
        this.#gap = true;
        this.#deps.gapped();
      }
      if (position === undefined || this.#gap) return;
      this.#position = position;
      this.#deps.sink.reached(this.#deps.room, positionText(position));
    })();
  }
}
