import { parseMatrixUserId } from '../../core/ids.ts';
import type { OpenMedia } from '../../core/media.ts';
import type { Arrival, EventSink, Health } from '../../core/network.ts';
import { failedForGood, failedForNow, type Failed, type ReasonCode } from '../../core/outcome.ts';
import type { Log } from '../../core/task.ts';
import { Tasks } from '../../core/tasks.ts';
import { answerIn } from './group-network.ts';
import { parseGroup } from './groups.ts';
import { directChat, parsePerson } from './ids.ts';
import type { BridgeEnd, Delivery, LoopbackWorld, WorldLink } from './world.ts';

const restMs = 500;
const refusalMs = 10_000;

/**
 * The bridge's end of the link: takes what the world delivers, has it kept, and only then acknowledges it. Packets of
 * one chat are handed over in their order; many may be on their way to the disk at once.
 */
export class LoopbackClient implements BridgeEnd, AsyncDisposable {
  readonly link: WorldLink;
  readonly #sink: EventSink;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #tasks: Tasks;
  /** For each chat, the packet that is being looked at: the next one waits for it. */
  readonly #lanes = new Map<string, Promise<void>>();
  #health: Health;
  #rest: NodeJS.Timeout | undefined;
  #opening: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(world: LoopbackWorld, sink: EventSink, log: Log, now: () => number) {
    this.#sink = sink;
    this.#log = log;
    this.#tasks = new Tasks(log);
    this.#now = now;
    this.#health = { kind: 'connecting', since: now(), reason: undefined };
    this.link = world.connect(this);
    // The spine first gets the running network, then its arrivals.
    this.#opening = setImmediate(() => {
      this.#opening = undefined;
      this.linkChanged(this.link.isUp());
      this.link.redeliver();
    });
  }

  get health(): Health {
    return this.#health;
  }

  linkChanged(up: boolean): void {
    if (this.#closed) return;
    this.#health = up
      ? { kind: 'up', since: this.#now() }
      : { kind: 'down', since: this.#now(), reason: 'link-down' };
    this.#sink.linkChanged(this.#health);
  }

  deliver(delivery: Delivery): void {
    // What comes while the link rests or opens is not lost: the world delivers it again.
    if (this.#closed || this.#rest !== undefined || this.#opening !== undefined) return;
    // A group has one order, whoever speaks.
    const lane = parseGroup(delivery.to) ?? JSON.stringify([delivery.from, delivery.to]);
    const before = this.#lanes.get(lane);
    const admitted = this.#background('loopback arrival', async () => {
      await before;
      await this.#admit(delivery);
      if (this.#lanes.get(lane) === admitted) this.#lanes.delete(lane);
    });
    this.#lanes.set(lane, admitted);
  }

  /** Tells a person that what they sent was not passed on. */
  async refuse(to: string, from: string, target: string, reason: ReasonCode): Promise<undefined | Failed> {
    const body = { kind: 'refusal', target, reason } as const;
    // Named for what it tells of, so that telling it twice shows once.
    const packet = { id: `refusal.${target}`, from, to, at: this.#now(), body };
    try {
      const answer = await this.link.send(packet, AbortSignal.timeout(refusalMs));
      return answer === 'busy' || answer === 'down' ? failedForNow('link-down') : undefined;
    } catch (error) {
      return failedForNow('timeout', error);
    }
  }

  /** Opens a file of the world. */
  async openFile(file: string): Promise<OpenMedia | Failed> {
    if (!this.link.isUp()) return failedForNow('media-unavailable');
    const stream = this.link.files.stream(file);
    if (stream === undefined) return failedForGood('media-gone');
    return { kind: 'open', stream, size: this.link.files.size(file), mimetype: undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#rest);
    clearImmediate(this.#opening);
    this.link.close();
    await this.#tasks.done();
  }

  /** Resolves once the arrival is handed over, not once it is kept. */
  async #admit(delivery: Delivery): Promise<void> {
    if (this.#closed || this.#rest !== undefined) return;
    const sender = parsePerson(delivery.from);
    const group = parseGroup(delivery.to);
    if (sender !== undefined && group !== undefined) {
      const { id, at, raw } = delivery;
      const arrival = { outerId: id, chat: group, sender, receiver: undefined, at, raw };
      void this.#background('loopback keeping', () => this.#keepOfGroup(arrival));
      return;
    }
    const receiver = parseMatrixUserId(delivery.to);
    if (sender === undefined || receiver === undefined) {
      await this.#turnAway(delivery, 'no-such-user');
      return;
    }
    const reachable = await this.#sink.reachable(receiver);
    if (reachable === 'no-such-user' || reachable === 'not-permitted') {
      await this.#turnAway(delivery, reachable);
      return;
    }
    const { id, at, raw } = delivery;
    const arrival = { outerId: id, chat: directChat(sender), sender, receiver, at, raw };
    void this.#background('loopback keeping', () => this.#keep(arrival));
  }

  async #keep(arrival: Arrival): Promise<void> {
    try {
      await this.#sink.receive(arrival);
    } catch (error) {
      this.#log.warn({ err: error }, 'an arrival could not be kept');
      this.#restAWhile();
      return;
    }
    this.link.acknowledge(arrival.outerId);
  }

  /** What an answer to the bridge's own question means is durable before the packet is acknowledged. */
  async #keepOfGroup(arrival: Arrival): Promise<void> {
    const answer = answerIn(this.link, arrival.chat, arrival.raw);
    if (answer === undefined) return this.#keep(arrival);
    try {
      await this.#sink.answered?.(answer);
    } catch (error) {
      this.#log.warn({ err: error }, 'an answer could not be kept');
      this.#restAWhile();
      return;
    }
    await this.#keep(arrival);
  }

  async #turnAway(delivery: Delivery, reason: ReasonCode): Promise<void> {
    const failed = await this.refuse(delivery.from, delivery.to, delivery.id, reason);
    if (failed === undefined) this.link.acknowledge(delivery.id);
    else this.#restAWhile();
  }

  /** Takes nothing for a while, then has everything that is not acknowledged delivered again, in order. */
  #restAWhile(): void {
    if (this.#closed || this.#rest !== undefined) return;
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      this.link.redeliver();
    }, restMs);
  }

  #background(name: string, work: () => Promise<void>): Promise<void> {
    return this.#tasks.run(name, work);
  }
}
