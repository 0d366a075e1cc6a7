import { Gauge, type Registry } from 'prom-client';
import type { Health } from '../core/network.ts';
import type { SourceBacklog } from '../core/stores.ts';
import type { EncryptionLoad } from './encryption-meter.ts';
import { addRequestGauges, type RequestsSeen } from './request-gauges.ts';
import type { Part } from '../core/trouble.ts';

/** What the gauges look at whenever they are asked. Times are milliseconds since the epoch. */
export interface Gauged {
  readonly backlogs: () => Promise<readonly SourceBacklog[]>;
  /** How many encrypted events wait for their keys. */
  readonly waitingForKey: () => Promise<number>;
  readonly requests: RequestsSeen;
  readonly links: () => readonly { readonly network: string; readonly health: Health }[];
  readonly counts: () => Promise<{
    readonly portals: number;
    readonly ghosts: number;
    readonly users: number;
  }>;
  readonly load: () => { readonly lanes: number; readonly sleeping: number; readonly inMemory: number };
  readonly parts: () => readonly Part[];
  readonly homeserver: {
    readonly lastAnswer: number | undefined;
    readonly lastCall: number | undefined;
    readonly clockOffset: number | undefined;
  };
  readonly databaseWaits: () => number;
  /** Absent where nothing is encrypted. */
  readonly encryption?: (() => EncryptionLoad) | undefined;
  readonly version: string;
  readonly now: () => number;
}

const countsFor = 30_000;
const backlogFor = 500;

/** A gauge without labels; not a number where nothing is known. */
function plain(
  registry: Registry,
  name: string,
  help: string,
  value: () => number | undefined | Promise<number | undefined>,
): void {
  const gauge: Gauge = new Gauge({
    name,
    help,
    registers: [registry],
    collect: async () => {
      gauge.set((await value()) ?? Number.NaN);
    },
  });
}

/** Asks once for all who ask within `ms`. Where it fails all else is still to be seen: just then somebody looks. */
function shared<T>(ask: () => Promise<T>, ms: number, now: () => number): () => Promise<T | undefined> {
  let last: { readonly at: number; readonly answer: Promise<T | undefined> } | undefined;
  return () => {
    if (last === undefined || now() - last.at >= ms)
      last = { at: now(), answer: ask().catch(() => undefined) };
    return last.answer;
  };
}

/** Adds everything that is looked up when Prometheus asks. */
export function addGauges(registry: Registry, gauged: Gauged): void {
  queueGauges(registry, gauged);
  linkGauges(registry, gauged);
  const { load, limits } = gauged.requests;
  addRequestGauges(registry, shared(load, backlogFor, gauged.now), limits);
  homeserverGauges(registry, gauged);
  partGauges(registry, gauged);
  const counts = shared(gauged.counts, countsFor, gauged.now);
  plain(registry, 'causeway_portals', 'Rooms that mirror chats.', async () => (await counts())?.portals);
  plain(registry, 'causeway_ghosts', 'Ghosts that exist.', async () => (await counts())?.ghosts);
  plain(registry, 'causeway_users', 'Matrix users that are known.', async () => (await counts())?.users);
  plain(
    registry,
    'causeway_database_oldest_call_seconds',
    'How long the oldest call to the database has been waiting.',
    () => gauged.databaseWaits() / 1000,
  );
  new Gauge({
    name: 'causeway_build_info',
    help: 'The version of the bridge.',
    labelNames: ['version'] as const,
    registers: [registry],
  }).set({ version: gauged.version }, 1);
}

function queueGauges(registry: Registry, { backlogs, waitingForKey, load, now }: Gauged): void {
  const waiting = shared(backlogs, backlogFor, now);
  const keyless = shared(waitingForKey, backlogFor, now);
  plain(registry, 'causeway_waiting_for_key_events', 'Encrypted events that wait for a key.', keyless);
  const age = (oldest: number | undefined): number =>
    oldest === undefined ? 0 : Math.max(0, now() - oldest) / 1000;
  plain(registry, 'causeway_queue_events', 'Events on their way.', async () =>
    (await waiting())?.reduce((sum, { pending }) => sum + pending, 0),
  );
  plain(registry, 'causeway_queue_oldest_seconds', 'The age of the oldest event on its way.', async () => {
    const all = await waiting();
    return all?.reduce((oldest, one) => Math.max(oldest, age(one.oldest)), 0);
  });
  const bySource = (name: string, help: string, value: (backlog: SourceBacklog) => number): void => {
    const gauge = new Gauge<'source'>({
      name,
      help,
      labelNames: ['source'] as const,
      registers: [registry],
      collect: async () => {
        gauge.reset();
        for (const one of (await waiting()) ?? []) gauge.set({ source: one.source }, value(one));
      },
    });
  };
  bySource('causeway_source_queue_events', 'Events on their way, by source.', ({ pending }) => pending);
  bySource('causeway_source_queue_oldest_seconds', 'The age of the oldest event of a source.', ({ oldest }) =>
    age(oldest),
  );
  const lanes = new Gauge({
    name: 'causeway_lanes',
    help: 'Lanes with work: active, or sleeping until they try again.',
    labelNames: ['state'] as const,
    registers: [registry],
    collect: () => {
      const { lanes: all, sleeping } = load();
      lanes.set({ state: 'active' }, all - sleeping);
      lanes.set({ state: 'sleeping' }, sleeping);
    },
  });
  plain(
    registry,
    'causeway_queue_memory_characters',
    'Characters of waiting events in memory.',
    () => load().inMemory,
  );
}

function linkGauges(registry: Registry, { links }: Gauged): void {
  const link = new Gauge({
    name: 'causeway_link_state',
    help: 'The state of the link to a network: 1 for the one that it is in.',
    labelNames: ['network', 'state'] as const,
    registers: [registry],
    collect: () => {
      for (const { network, health } of links())
        for (const state of ['up', 'connecting', 'down'] as const)
          link.set({ network, state }, health.kind === state ? 1 : 0);
    },
  });
}

function homeserverGauges(registry: Registry, { homeserver }: Gauged): void {
  const time = (at: number | undefined): number | undefined => (at === undefined ? undefined : at / 1000);
  plain(
    registry,
    'causeway_homeserver_last_answer_timestamp_seconds',
    'When the homeserver last answered.',
    () => time(homeserver.lastAnswer),
  );
  plain(
    registry,
    'causeway_homeserver_last_call_timestamp_seconds',
    'When the homeserver last called the bridge, with the right token.',
    () => time(homeserver.lastCall),
  );
  plain(
    registry,
    'causeway_homeserver_clock_offset_seconds',
    "How far the homeserver's clock is ahead, to about a second.",
    () => time(homeserver.clockOffset),
  );
}

function partGauges(registry: Registry, { parts }: Gauged): void {
  const registers = [registry];
  const ready = new Gauge({
    name: 'causeway_ready',
    help: 'Whether a part of the bridge is ready, as /ready says.',
    labelNames: ['part'] as const,
    registers,
    collect: () => {
      for (const { name: part, assessment } of parts())
        ready.set({ part }, assessment.state === 'failed' ? 0 : 1);
    },
  });
  const trouble = new Gauge({
    name: 'causeway_trouble',
    help: '1 for what a part of the bridge suffers from, as /ready says.',
    labelNames: ['part', 'code'] as const,
    registers,
    collect: () => {
      trouble.reset();
      for (const { name: part, assessment } of parts())
        if (assessment.state !== 'ok') trouble.set({ part, code: assessment.trouble }, 1);
    },
  });
}
