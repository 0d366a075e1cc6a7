/** What was said in a group before: fetched from the network's archive and kept, to be brought in like what comes live. */
import { withDeadline } from './deadline.ts';
import type { BridgeEventKind } from './event.ts';
import type { NetworkId } from './ids.ts';
import type { Meter } from './meter.ts';
import type { Arrival, Groups, RunningNetwork } from './network.ts';
import { failedForGood, failedForNow, type Failed } from './outcome.ts';
import type { GroupPortal, GroupIntent } from './portal.ts';
import type { MessageStore, Stores } from './stores.ts';
import type { Log } from './task.ts';

/** `found` messages were in the archive; `fresh` entries of it, reactions and corrections included, were not known yet. */
export interface Brought {
  readonly kind: 'brought';
  readonly found: number;
  readonly fresh: number;
}

export interface BackfillDeps {
  readonly stores: {
    readonly messages: Pick<MessageStore, 'find'>;
    readonly events: Pick<Stores['events'], 'known' | 'find'>;
    readonly groups: Pick<Stores['groups'], 'mark' | 'putMark'>;
  };
  /** Keeps arrivals in their order, in a lane of their own; answers how many of them were not known. */
  readonly keep: (network: NetworkId, arrivals: readonly Arrival[]) => Promise<number>;
  readonly meter: Pick<Meter, 'bounded'>;
  readonly log: Log;
  /** How many messages are brought in when a group gets its room; none where 0. */
  readonly first: number;
}

type Group = Pick<GroupPortal | GroupIntent, 'id' | 'key'>;

const page = 100;
/** Archives hold more than messages: so many pages are read for each that the messages alone would fill, and a few more. */
const pagesForEach = 3;
const fetchMs = 60_000;
/** A user who enters a group is not kept waiting for longer by an archive. */
const firstFetchMs = 15_000;

/** What of an archive is brought in. Who came and went back then says nothing of now. */
const carried: ReadonlySet<BridgeEventKind> = new Set([
  'message',
  'edit',
  'reaction',
  'redaction',
  'moderation',
  'vote',
  'poll-end',
]);

export class Backfill {
  readonly #deps: BackfillDeps;

  constructor(deps: BackfillDeps) {
    this.#deps = deps;
  }

  /** A portal is new: what was said before is to be brought in as soon as somebody is in the group. */
  async due({ id }: Group): Promise<void> {
    const { groups } = this.#deps.stores;
    await groups.putMark(id, 'since', String(Date.now()));
    await groups.putMark(id, 'history', 'due');
  }

  /** Brings in what is due. What cannot be had in time is done without: the room matters more. */
  async first(network: RunningNetwork, group: Group): Promise<void> {
    const { first, log, stores } = this.#deps;
    if ((await stores.groups.mark(group.id, 'history')) !== 'due') return;
    const brought = first === 0 ? undefined : await this.#bring(network, group, first, firstFetchMs);
    await stores.groups.putMark(group.id, 'history', 'done');
    if (brought?.kind !== 'failed' || brought.reason === 'no-handler') return;
    log.info(
      { network: network.id, reason: brought.reason, err: brought.cause },
      'no history was brought in',
    );
  }

  /**
   * The last `count` messages of a group, with what belongs to them: all is durable when this resolves. It may be repeated
   * and brings in nothing twice. `no-handler` where the network has no archives.
   */
  bring(network: RunningNetwork, group: Group, count: number): Promise<Brought | Failed> {
    return this.#bring(network, group, count, fetchMs);
  }

  async #bring(network: RunningNetwork, group: Group, count: number, ms: number): Promise<Brought | Failed> {
    const { groups } = network;
    if (groups?.history === undefined) return failedForGood('no-handler');
    const history = groups.history.bind(groups);
    const timed = await withDeadline(ms, (signal) => this.#collect(network, history, group, count, signal));
    if (timed.kind === 'late') return failedForNow('timeout');
    if (!Array.isArray(timed.value)) return timed.value;
    const { arrivals, found } = lastOf(timed.value, count);
    let fresh = 0;
    for (let from = 0; from < arrivals.length; from += page) {
      const unknown = await this.#unknown(network, group, arrivals.slice(from, from + page));
      if (unknown.length > 0) fresh += await this.#deps.keep(network.id, unknown);
    }
    return { kind: 'brought', found, fresh };
  }

  /** Goes back page by page until there are enough messages. What an archive repeats, or tells out of order, is put right. */
  async #collect(
    network: RunningNetwork,
    history: NonNullable<Groups['history']>,
    { key }: Group,
    count: number,
    signal: AbortSignal,
  ): Promise<Entry[] | Failed> {
    const found = new Map<string, Entry>();
    let before: string | undefined;
    let messages = 0;
    let isStrange = false;
    const mostPages = pagesForEach * Math.ceil(count / page) + 2;
    for (let pages = 0; pages < mostPages && messages < count && !signal.aborted; pages += 1) {
      const answer = await history(key.chat, Math.min(page, count), before);
      if (answer.kind === 'failed')
        return found.size > 0 && answer.retry.kind === 'never' ? [...found.values()] : answer;
      const older = new Map<string, Entry>();
      for (const arrival of answer.arrivals.slice(0, page)) {
        isStrange ||= found.has(arrival.outerId) || older.has(arrival.outerId);
        const entry =
          arrival.chat === key.chat && !found.has(arrival.outerId) ? entryOf(network, arrival) : undefined;
        if (entry === undefined) continue;
        older.set(arrival.outerId, entry);
        if (entry.isMessage) messages += 1;
      }
      const newer = [...found];
      found.clear();
      for (const [outerId, entry] of [...older, ...newer]) found.set(outerId, entry);
      if (answer.before === undefined || answer.before === before) break;
      before = answer.before;
    }
    const entries = [...found.values()];
    const sorted = entries.toSorted((one, other) => one.arrival.at - other.arrival.at);
    isStrange ||= sorted.some((entry, index) => entry !== entries[index]);
    if (isStrange) this.#deps.meter.bounded(network.id, 'archive');
    return sorted;
  }

  /**
   * Without what is known: messages under their names, however long ago that was, and all that was kept since the portal
   * is there. What was kept for an earlier portal of the group is brought in again, under another name.
   */
  async #unknown(
    network: RunningNetwork,
    group: Group,
    entries: readonly Entry[],
  ): Promise<readonly Arrival[]> {
    const { messages, events, groups } = this.#deps.stores;
    const since = Number((await groups.mark(group.id, 'since')) ?? 0);
    const kept = await events.known(
      network.id,
      entries.map(({ arrival }) => arrival.outerId),
    );
    const unknown: Arrival[] = [];
    for (const { arrival, name } of entries) {
      if (name !== undefined && (await messages.find(group.id, name)) !== undefined) continue;
      const record = kept.has(arrival.outerId) ? await events.find(arrival.outerId) : undefined;
      if (record?.source !== network.id) unknown.push(arrival);
      else if (record.endedAt !== undefined && record.receivedAt < since)
        unknown.push({ ...arrival, history: { as: `${group.id}/${arrival.outerId}` } });
    }
    return unknown;
  }
}

interface Entry {
  readonly arrival: Arrival;
  readonly isMessage: boolean;
  readonly name: Parameters<MessageStore['find']>[1] | undefined;
}

/** `undefined` for what is not brought in. What claims to be of the future happened now. */
function entryOf(network: RunningNetwork, arrival: Arrival): Entry | undefined {
  if (arrival.receiver !== undefined || !Number.isFinite(arrival.at) || arrival.at < 0) return undefined;
  const opened = network.open(arrival, 'history');
  if (opened.kind !== 'event' || !carried.has(opened.event.kind)) return undefined;
  const isMessage = opened.event.kind === 'message';
  return {
    arrival: { ...arrival, at: Math.min(arrival.at, Date.now()), history: { as: arrival.outerId } },
    isMessage,
    name: isMessage ? opened.event.name : undefined,
  };
}

/** From the message on that is the `count`th from the end. */
function lastOf(
  entries: readonly Entry[],
  count: number,
): { readonly arrivals: readonly Entry[]; readonly found: number } {
  const messages = entries.filter(({ isMessage }) => isMessage);
  const first = messages.at(-count) ?? messages[0];
  const from = first === undefined ? entries.length : entries.indexOf(first);
  return { arrivals: entries.slice(from), found: Math.min(messages.length, count) };
}
