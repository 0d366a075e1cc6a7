/** What came and waits for its turn, bounded: who fills it waits, and who overfills it is stopped. */
import { clientLimits } from '../profile/client-profile.ts';

export interface Inbox<T> {
  /** False where it overflows: it takes nothing more. */
  put(item: T, bytes: number): boolean;
  /** The next, or `undefined` after the end. One taker at a time. */
  take(): Promise<T | undefined>;
  /** Whether it has its fill: nothing should be put until it has not, unless something is waited for. */
  readonly full: () => boolean;
  /** Resolves when something was taken, or by `stir`. */
  stirred(): Promise<void>;
  stir(): void;
  /** What still waits is dropped. */
  end(): void;
}

export function createInbox<T>(limits: typeof clientLimits = clientLimits): Inbox<T> {
  const items: { readonly item: T; readonly bytes: number }[] = [];
  let bytes = 0;
  let ended = false;
  let wake: (() => void) | undefined;
  let stirring = Promise.withResolvers<undefined>();
  const exceeds = (times: number): boolean =>
    items.length >= limits.waiting * times || bytes >= limits.waitingBytes * times;
  const stir = (): void => {
    stirring.resolve(undefined);
    stirring = Promise.withResolvers<undefined>();
  };
  return {
    put(item, size) {
      if (ended || exceeds(limits.overflow)) return false;
      items.push({ item, bytes: size });
      bytes += size;
      wake?.();
      return true;
    },
    async take() {
      while (items.length === 0 && !ended) await new Promise<void>((resolve) => (wake = resolve));
      wake = undefined;
      const next = ended ? undefined : items.shift();
      if (next !== undefined) bytes -= next.bytes;
      stir();
      return next?.item;
    },
    full: () => exceeds(1),
    stirred: () => stirring.promise,
    stir,
    end() {
      ended = true;
      items.length = 0;
      bytes = 0;
      wake?.();
      stir();
    },
  };
}
