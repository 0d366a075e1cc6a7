import { constants } from 'node:os';

/** How long a clean stop may take, milliseconds; service managers kill after 90 s by default. */
const stopPatience = 30_000;

/** The signals that end the process, as far as they are needed here. */
export interface Signals {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

/** How a life ended. */
export type Ended = 'stopped' | 'too-slow' | { readonly broken: unknown };

/**
 * Calls back at every SIGHUP until it is disposed of. Without this a SIGHUP ends the process, so it is to be there before
 * anything else is.
 */
export function onHangup(signals: Signals, reload: () => void): Disposable {
  signals.on('SIGHUP', reload);
  return { [Symbol.dispose]: () => void signals.off('SIGHUP', reload) };
}

/**
 * Keeps something running until SIGTERM or SIGINT, or until it breaks, and then stops it, within a bounded time. A second
 * signal ends the process at once, by `exit`.
 */
export async function liveUntilStopped(
  running: AsyncDisposable & { readonly broken: Promise<never> },
  signals: Signals,
  exit: (code: number) => void,
  patience = stopPatience,
): Promise<Ended> {
  const asked = Promise.withResolvers<'stopped'>();
  let count = 0;
  const listener = (signal: NodeJS.Signals): void => {
    count += 1;
    if (count > 1) exit(128 + constants.signals[signal]);
    asked.resolve('stopped');
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) signals.on(signal, listener);
  const broken = running.broken.catch((error: unknown) => ({ broken: error }));
  const why: Ended = await Promise.race([asked.promise, broken]);
  const tooSlow = Promise.withResolvers<'too-slow'>();
  const timer = setTimeout(() => tooSlow.resolve('too-slow'), patience);
  try {
    return await Promise.race([running[Symbol.asyncDispose]().then(() => why), tooSlow.promise]);
  } finally {
    clearTimeout(timer);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) signals.off(signal, listener);
  }
}
