import type { EncryptionOperation, EncryptionResult, EncryptionWatch } from './core/watch.ts';
import type { Engine, Opened, Sealed, Trouble } from './crypto/megolm/engine.ts';

/** The engine, with each call that matters told to somebody who watches. */
export function measured(engine: Engine, watch: EncryptionWatch): Engine {
  const telling = async <T>(
    operation: EncryptionOperation,
    work: () => Promise<T>,
    resultOf: (done: T) => EncryptionResult,
  ): Promise<T> => {
    const ended = watch.begin(operation);
    let result: EncryptionResult = 'broken';
    try {
      const done = await work();
      result = resultOf(done);
      return done;
    } finally {
      ended(result);
    }
  };
  return {
    generation: () => engine.generation(),
    stale: () => engine.stale(),
    guests: () => engine.guests(),
    identify: (device) => telling('identify', () => engine.identify(device), ofTrouble),
    seal: (...sealing) => telling('seal', () => engine.seal(...sealing), ofTrouble),
    open: (...opening) => telling('open', () => engine.open(...opening), ofOpened),
    pull: (device) => engine.pull(device),
    devicesChanged: (changed, left) => engine.devicesChanged(changed, left),
    discard: (room) => engine.discard(room),
    forget: (device) => engine.forget(device),
    describe: (userId) => engine.describe(userId),
    load: () => engine.load(),
    mark: () => engine.mark(),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

function ofTrouble(done: Sealed | Trouble | undefined): EncryptionResult {
  return done?.kind === 'trouble' ? done.what : 'ok';
}

function ofOpened(opened: Opened): EncryptionResult {
  switch (opened.kind) {
    case 'opened':
      return 'ok';
    case 'locked':
      return 'locked';
    case 'refused':
      return opened.why;
    case 'trouble':
      return opened.what;
  }
}
