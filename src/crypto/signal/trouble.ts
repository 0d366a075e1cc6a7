import { ErrorCode, LibSignalErrorBase } from 'libsignal-x3dh';
import type { Notes } from './library.ts';
import { failed, type SignalFailed, type SignalReason } from './outcome.ts';

/**
 * Runs the library. What it refuses is a value, `otherwise` where it does not say why; what one of our stores threw is
 * thrown as it was, and so is what nobody expected.
 */
export async function attempt<T>(
  notes: Notes,
  otherwise: SignalReason,
  work: () => Promise<T> | T,
): Promise<{ readonly kind: 'done'; readonly value: T } | SignalFailed> {
  try {
    return { kind: 'done', value: await work() };
  } catch (error) {
    if (notes.fault !== undefined) throw notes.fault.error;
    if (notes.reason !== undefined) return failed(notes.reason);
    if (!(error instanceof LibSignalErrorBase)) throw error;
    return failed(reasonOf(error, otherwise));
  }
}

function reasonOf(error: LibSignalErrorBase, otherwise: SignalReason): SignalReason {
  switch (error.code) {
    case ErrorCode.DuplicatedMessage:
      return 'replayed';
    case ErrorCode.UntrustedIdentity:
      return 'identity-superseded';
    case ErrorCode.InvalidSession:
      return 'no-session';
    default:
      return otherwise;
  }
}
