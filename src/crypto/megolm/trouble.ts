import type { DeviceAnswer, Trouble } from './engine.ts';
import { EngineStoreError } from './store/errors.ts';

/** What made a call impossible, in words that hold no content; thrown within the worker, answered as a `Trouble`. */
export class Hindrance extends Error {
  readonly trouble: Trouble;

  constructor(trouble: Omit<Trouble, 'kind'>) {
    super(typeof trouble.cause === 'string' ? trouble.cause : trouble.what);
    this.name = 'Hindrance';
    this.trouble = { kind: 'trouble', ...trouble };
  }
}

/** The homeserver did not do what was asked. */
export function refusedRequest(path: string, answer: DeviceAnswer & { readonly kind: 'failed' }): Hindrance {
  const { status, errcode, retry, afterMs } = answer;
  return new Hindrance({
    what: retry === 'later' ? 'homeserver' : 'refused',
    retry,
    afterMs,
    errcode,
    cause: `${path.split('/').slice(1, 6).join('/')} got ${status ?? 'no answer'} ${errcode ?? ''}`.trim(),
  });
}

/** The homeserver answered something that is no answer to what was asked. */
export function unreadable(path: string): Hindrance {
  const cause = `${path} got an answer without the shape`;
  return new Hindrance({ what: 'homeserver', retry: 'later', afterMs: undefined, errcode: undefined, cause });
}

/** The worker ended, or is not there yet. */
export function restarted(afterMs: number | undefined, cause: string): Trouble {
  return { kind: 'trouble', what: 'restarted', retry: 'later', afterMs, errcode: undefined, cause };
}

/** Something that a retry does not mend. */
export function broken(cause: string): Trouble {
  return { kind: 'trouble', what: 'broken', retry: 'never', afterMs: undefined, errcode: undefined, cause };
}

/** What was thrown, as a trouble. Errors of the engine's store are those that the disk may get over. */
export function troubleOf(thrown: unknown): Trouble {
  if (thrown instanceof Hindrance) return thrown.trouble;
  const cause = describe(thrown);
  if (thrown instanceof EngineStoreError || /store|indexed|transaction|database|quota/iu.test(cause))
    return { kind: 'trouble', what: 'store', retry: 'later', afterMs: undefined, errcode: undefined, cause };
  return broken(cause);
}

/** An error's name and first line, cut: the engine's errors name types and places, no content. */
function describe(thrown: unknown): string {
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return text.split('\n', 1)[0]?.slice(0, 200) ?? '';
}
