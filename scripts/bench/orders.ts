/** What the benchmark tells the bridge under test to do, and what it is answered: JSON between the two processes. */
import { z } from 'zod';

/** People write to a Matrix user, each with at most `window` messages at a time that have not ended. */
const talk = z.object({
  kind: z.literal('talk'),
  people: z.array(z.string()),
  receiver: z.string(),
  window: z.int(),
  /** Each person writes so many messages, or all write until so many milliseconds have passed. */
  until: z.union([z.object({ each: z.int() }), z.object({ ms: z.number() })]),
});
/** From now on so many messages from Matrix are counted; `heard` answers when all of them have ended. */
const listen = z.object({ kind: z.literal('listen'), count: z.int() });

export const orderSchema = z.discriminatedUnion('kind', [
  talk,
  listen,
  z.object({ kind: z.literal('meet'), people: z.array(z.string()) }),
  z.object({ kind: z.literal('heard') }),
  z.object({ kind: z.literal('stop') }),
]);
export type Order = z.output<typeof orderSchema>;
export type Talk = z.output<typeof talk>;

/** The stretches of one event's way to Matrix, in milliseconds. */
const stretches = z.object({
  /** From being received to being kept durably. */
  keep: z.number(),
  /** From being kept to its request being written to the homeserver. */
  prepare: z.number(),
  /** Inside the homeserver's request. */
  request: z.number(),
  /** From the homeserver's answer to the durable record. */
  record: z.number(),
});
export type Stretches = z.output<typeof stretches>;

export const talked = z.object({
  /** How many were sent in all, and how many of these were recorded within the given time. */
  sent: z.int(),
  inTime: z.int(),
  stretches: z.array(stretches),
  cpuMs: z.number(),
});
export type Talked = z.output<typeof talked>;

export const heard = z.object({
  /** From the first transaction's arrival to the last record. */
  ms: z.number(),
  sent: z.int(),
  /** For each message, from its transaction's arrival to the far end having it. */
  latencies: z.array(z.number()),
  cpuMs: z.number(),
});
export type Heard = z.output<typeof heard>;

/** An order on its way, and its answer. */
export const numberedOrder = z.object({ id: z.int(), order: orderSchema });
export const answerSchema = z.object({ id: z.int(), value: z.unknown(), error: z.string().optional() });
export type Answer = z.output<typeof answerSchema>;
