/** What work that was given a deadline came to. A result that comes after it is dropped: nobody hears of it. */
export type Timed<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'late' };

/**
 * Runs work with a deadline, which `stop` brings forward. At the deadline its signal is aborted and the answer is `late`; whatever the work still
 * answers or throws after that is fenced off. A rejection before the deadline is passed on.
 */
export async function withDeadline<T>(
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  stop?: AbortSignal,
): Promise<Timed<T>> {
  const controller = new AbortController();
  const { promise: late, resolve } = Promise.withResolvers<Timed<T>>();
  const end = (): void => {
    resolve({ kind: 'late' });
    controller.abort(new Error('deadline'));
  };
  const timer = setTimeout(end, ms);
  stop?.addEventListener('abort', end);
  try {
    const done = work(controller.signal).then((value): Timed<T> => ({ kind: 'done', value }));
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
    stop?.removeEventListener('abort', end);
  }
}
