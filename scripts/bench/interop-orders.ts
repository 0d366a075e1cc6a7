/** What the benchmark of third-party chats has the host and its clients do, and what they answer. */
import { z } from 'zod';

/** What the host is started with. */
export const hostPlan = z.object({ dir: z.string(), providerUrl: z.string(), residents: z.int() });
export type HostPlan = z.output<typeof hostPlan>;

/** What the clients are started with. */
export const clientsPlan = z.object({ users: z.int(), residents: z.int() });

/** Where the host is, and what is pinned of it. */
export const hostPlace = z.object({ url: z.string(), port: z.int(), serial: z.int(), key: z.string() });
export type HostPlace = z.output<typeof hostPlace>;

export const streams = ['tcp', 'websocket'] as const;
export type Stream = (typeof streams)[number];

/** Messages at a fixed pace, whatever becomes of those before; without one, a few at a time, each user once. */
const say = z.object({
  kind: z.literal('say'),
  round: z.string(),
  perSecond: z.number().optional(),
  count: z.int(),
});
export type Say = z.output<typeof say>;

export const hostOrder = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('where') }),
  /** The users of the provider, by their number, in the order of the clients. */
  z.object({ kind: z.literal('meet'), users: z.array(z.string()) }),
  say,
  z.object({ kind: z.literal('heard') }),
  z.object({ kind: z.literal('cost') }),
  z.object({ kind: z.literal('memory') }),
  /** What sealing and opening cost by themselves. */
  z.object({ kind: z.literal('alone'), count: z.int() }),
]);
export type HostOrder = z.output<typeof hostOrder>;

export const clientsOrder = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('provider') }),
  z.object({ kind: z.literal('enlist'), host: hostPlace }),
  z.object({ kind: z.literal('connect'), over: z.enum(streams) }),
  /** Everybody gives the host keys, and finds whom they write to. */
  z.object({ kind: z.literal('prepare') }),
  say,
  z.object({ kind: z.literal('heard') }),
]);
export type ClientsOrder = z.output<typeof clientsOrder>;

/** A message that was said. Times are milliseconds of the system's monotonic clock, which all processes share. */
export const said = z.object({
  id: z.string(),
  began: z.number(),
  done: z.number(),
  trouble: z.string().optional(),
});
export type Said = z.output<typeof said>;

/** A message that came, opened; `genuine` where its words are those that its name was made from. */
export const arrived = z.object({ id: z.string(), at: z.number(), genuine: z.boolean() });
export type Arrived = z.output<typeof arrived>;

/** What came since this was asked for last. */
export const heard = z.object({
  arrivals: z.array(arrived),
  /** The names of messages that the other side says it has. */
  delivered: z.array(z.string()),
  /** What should not be: warnings, connections that ended, messages that did not open. */
  troubles: z.array(z.string()),
});
export type Heard = z.output<typeof heard>;

/** Since the process began: CPU time of all threads, how long the event loop was at work, and calls to the database. */
export const cost = z.object({
  at: z.number(),
  cpuMs: z.number(),
  activeMs: z.number(),
  reads: z.int(),
  /** Each is on the disk when it ends, with all that was written by then. */
  commits: z.int(),
});
export type Cost = z.output<typeof cost>;

/** After a garbage collection, in bytes. */
export const memory = z.object({
  connected: z.int(),
  rss: z.number(),
  heap: z.number(),
  external: z.number(),
});
export type Memory = z.output<typeof memory>;

/** CPU time of one, in milliseconds: in memory, and with what it changes durable. */
export const alone = z.object({
  seal: z.number(),
  open: z.number(),
  sealDurable: z.number(),
  openDurable: z.number(),
});
export type Alone = z.output<typeof alone>;

/** Milliseconds of a clock that all processes of the machine share. */
export function clock(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
