/**
 * The process of the bridge under test: the bridge as it is, started as in production, with the far end of the
 * loopback network in the same process, and orders from the benchmark. Its argument is the plan as JSON.
 */
import { keepHeapSmall } from '../../src/heap.ts';
import { createLog } from '../../src/log.ts';
import { LoopbackWorld } from '../../src/networks/loopback/index.ts';
import { startBridge } from '../../src/bridge.ts';
import { configOf, network, planSchema, ghostOf, type BridgePlan } from './bridge-plan.ts';
import { matrixUserId } from '../../src/core/ids.ts';
import { transactionId } from '../../src/matrix/transaction-id.ts';
import { numberedOrder, type Heard, type Order, type Talk, type Talked } from './orders.ts';
import { Timings, type Moments } from './timings.ts';

const text = 'a message of a benchmark, about as long as the messages that people write to each other';

class Driver {
  readonly world = new LoopbackWorld({ receipts: false });
  readonly #plan: BridgePlan;
  readonly #timings: Timings;
  /** What waits for the end of an event, by its id. */
  readonly #waiting = new Map<string, (moments: Moments) => void>();
  #ear: Ear | undefined;

  constructor(plan: BridgePlan) {
    this.#plan = plan;
    this.#timings = new Timings((outerId, moments) => {
      const waiting = this.#waiting.get(outerId);
      this.#waiting.delete(outerId);
      waiting?.(moments);
      this.#ear?.ended(outerId, moments);
    });
    this.world.listen((_to, packet) => this.#ear?.arrived(packet.id.slice('mx.matrix/'.length)));
  }

  async obey(order: Exclude<Order, { kind: 'stop' }>): Promise<Talked | Heard | null> {
    switch (order.kind) {
      case 'meet':
        for (const person of order.people) this.world.person(person);
        return null;
      case 'talk':
        return this.#talk(order);
      case 'listen':
        this.#ear = new Ear(order.count, this.#timings);
        return null;
      case 'heard': {
        if (this.#ear === undefined) throw new Error('Nobody listens.');
        return this.#ear.done;
      }
    }
  }

  async #talk({ people, receiver, window, until }: Talk): Promise<Talked> {
    const cpu = process.cpuUsage();
    const deadline = 'ms' in until ? performance.now() + until.ms : Number.POSITIVE_INFINITY;
    const ended: Moments[] = [];
    await Promise.all(
      people.map(async (person) => {
        let left = 'each' in until ? until.each : Number.POSITIVE_INFINITY;
        const one = async (): Promise<void> => {
          while (left > 0 && performance.now() < deadline) {
            left -= 1;
            ended.push(await this.#say(person, receiver));
          }
        };
        await Promise.all(Array.from({ length: window }, one));
      }),
    );
    return {
      sent: ended.filter(({ outcome }) => outcome === 'sent').length,
      inTime: ended.filter(({ recorded }) => recorded <= deadline).length,
      stretches: ended.map((moments) => ({
        keep: moments.kept - moments.received,
        prepare: moments.asked - moments.kept,
        request: moments.answered - moments.asked,
        record: moments.recorded - moments.answered,
      })),
      cpuMs: cpuSince(cpu),
    };
  }

  /** Has a person write one message; resolves when the bridge has recorded how it ended. */
  #say(person: string, receiver: string): Promise<Moments> {
    const { promise, resolve } = Promise.withResolvers<Moments>();
    const outerId = this.world.person(person).send(receiver, text);
    const ghost = matrixUserId(ghostOf(this.#plan, person));
    this.#timings.expectRequest(transactionId(ghost, `${network}/${outerId}`, 'message 0'), outerId);
    this.#waiting.set(outerId, resolve);
    return promise;
  }
}

/** Listens at the far end for messages from Matrix, whose event ids name their transaction: `$<transaction>.<n>`. */
class Ear {
  readonly done: Promise<Heard>;
  readonly #resolve: (heard: Heard) => void;
  readonly #timings: Timings;
  readonly #cpu = process.cpuUsage();
  readonly #latencies: number[] = [];
  #first = Number.POSITIVE_INFINITY;
  #left: number;
  #sent = 0;

  constructor(count: number, timings: Timings) {
    this.#left = count;
    this.#timings = timings;
    const { promise, resolve } = Promise.withResolvers<Heard>();
    this.done = promise;
    this.#resolve = resolve;
  }

  arrived(eventId: string): void {
    const began = this.#timings.transaction(eventId.slice(1, eventId.indexOf('.')));
    if (began === undefined) return;
    this.#latencies.push(performance.now() - began);
    this.#first = Math.min(this.#first, began);
  }

  ended(eventId: string, { recorded, outcome }: Moments): void {
    if (!eventId.startsWith('$')) return;
    if (outcome === 'sent') this.#sent += 1;
    this.#left -= 1;
    if (this.#left !== 0) return;
    const latencies = this.#latencies;
    this.#resolve({ ms: recorded - this.#first, sent: this.#sent, latencies, cpuMs: cpuSince(this.#cpu) });
  }
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

keepHeapSmall();
const plan = planSchema.parse(JSON.parse(process.argv[2] ?? ''));
const config = configOf(plan);
const log = createLog(config.logging, 'a benchmark');
const driver = new Driver(plan);
const bridge = await startBridge({ config, log, version: 'benchmark', loopbackWorld: driver.world });

process.on('message', (message) => {
  const { id, order } = numberedOrder.parse(message);
  const work = async (): Promise<unknown> => {
    if (order.kind !== 'stop') return driver.obey(order);
    await bridge[Symbol.asyncDispose]();
    return null;
  };
  work().then(
    (value) => {
      process.send?.({ id, value });
      if (order.kind === 'stop') process.disconnect();
    },
    (error: unknown) => process.send?.({ id, value: null, error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
