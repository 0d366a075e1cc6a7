/** Starts the network: what is kept is read, and then the doors are opened. */
import { setTimeout as pause } from 'node:timers/promises';
import type { EventSink, Health, RunningNetwork } from '../../core/network.ts';
import { task } from '../../core/task.ts';
import { Tasks } from '../../core/tasks.ts';
import { openShelf } from '../../interop/media/shelf/shelf.ts';
import { sealedSize } from '../../interop/media/seal.ts';
import type { ThirdPartyConfig } from './config.ts';
import type { ThirdPartyDeps } from './deps.ts';
import type { Counts } from './counts.ts';
import type { Host } from './host.ts';
import type { LaterShelf } from './later-shelf.ts';
import { providersIn } from './provider-book.ts';
import { partsOn, shutOutAll, type Parts } from './running.ts';

const sweepEveryMs = 3_600_000;
const shutEveryMs = 60_000;
const againMs = 5_000;
const keepFreeBytes = 512 * 1024 * 1024;
const mostFiles = 1_000_000;
const mostFilesOfOwner = 100_000;

export interface Starting {
  readonly config: ThirdPartyConfig;
  readonly deps: ThirdPartyDeps;
  readonly host: Host;
  readonly asker: AsyncDisposable;
  readonly shelf: LaterShelf;
  readonly counts: Counts;
  readonly sink: EventSink;
  readonly signal: AbortSignal;
}

/** Answers before anybody can come in: who runs the network is to have it first. */
export async function startOn(starting: Starting): Promise<RunningNetwork> {
  const { config, deps, host, asker, shelf: later, sink, signal } = starting;
  const { log, now = Date.now, shutOut } = deps;
  let health: Health = { kind: 'connecting', since: now(), reason: undefined };
  const shelf = await openShelf(shelfOptions(config, deps));
  later.put(shelf);
  const parts = partsOn({ ...starting, shelf, health: () => health });
  const providers = providersIn(config);
  const shut = (): void => shutOutAll({ deps, host }, providers);
  shutOut?.listen(shut);
  const stop = new AbortController();
  const stopping = AbortSignal.any([stop.signal, signal]);
  const tasks = new Tasks(log);
  const setHealth = (changed: Health): void => {
    health = changed;
    if (!stopping.aborted) sink.linkChanged(changed);
  };
  void tasks.run('thirdparty start', () => openDoors(starting, parts, stopping, setHealth));
  const sweeping = setInterval(() => void tasks.run('thirdparty sweep', () => parts.sweep()), sweepEveryMs);
  // Policy lists tell nobody of their changes.
  const shutting = setInterval(shut, shutEveryMs);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    clearInterval(sweeping);
    clearInterval(shutting);
    stop.abort();
    await tasks.done();
    await host[Symbol.asyncDispose]();
    await parts.network[Symbol.asyncDispose]();
    later.put(undefined);
    await shelf[Symbol.asyncDispose]();
    await asker[Symbol.asyncDispose]();
  };
  const end = (): Promise<void> => (closing ??= close());
  signal.addEventListener('abort', () => void task(log, 'thirdparty stop', end), { once: true });
  return { ...parts.network, [Symbol.asyncDispose]: end };
}

/** Until it has gone well: a database that is away comes back. */
async function openDoors(
  { deps: { log, now = Date.now }, host }: Starting,
  parts: Parts,
  stopping: AbortSignal,
  setHealth: (health: Health) => void,
): Promise<void> {
  while (!stopping.aborted) {
    try {
      // The spine first gets the running network, then its arrivals.
      await pause(0, undefined, { signal: stopping });
      await parts.load();
      await host.start(parts.listener);
      setHealth({ kind: 'up', since: now() });
      return;
    } catch (error) {
      if (isOver(stopping)) return;
      log.warn({ err: error }, 'the host of third-party chats could not be started');
      setHealth({ kind: 'down', since: now(), reason: 'internal' });
      await pause(againMs, undefined, { signal: stopping }).catch(() => undefined);
    }
  }
}

/** It may have ended while something was waited for. */
function isOver({ aborted }: AbortSignal): boolean {
  return aborted;
}

function shelfOptions(
  { limits }: ThirdPartyConfig,
  { dataFolder: folder, log, now }: ThirdPartyDeps,
): Parameters<typeof openShelf>[0] {
  return {
    ...{ folder, log, keepFreeBytes, sweepEveryMs },
    limits: {
      mostFileBytes: sealedSize(limits.max_media_bytes),
      ...{ mostBytesOfOwner: limits.media_bytes_of_user, mostFilesOfOwner },
      ...{ mostBytes: limits.media_bytes, mostFiles },
    },
    ...(now === undefined ? {} : { now }),
  };
}
