/** Starts the crypto engine for a bridge, and ties it to the Matrix side, which is made after it. */
import { hkdfSync } from 'node:crypto';
import type { BridgeConfig } from './config-schema.ts';
import type { Log } from './core/task.ts';
import type { EncryptionWatch } from './core/watch.ts';
import type { Engine, EngineEvents, EngineOptions } from './crypto/megolm/engine.ts';
import { openEngine } from './crypto/megolm/open-engine.ts';
import { measured } from './measured-engine.ts';
import { StorageError } from './storage/errors.ts';

/** The engine as it runs. Disposal ends it; to be disposed after whatever uses it. */
export interface Encryption extends AsyncDisposable {
  readonly engine: Engine;
  /** By what the engine asks the homeserver from now on; before that it is told to ask later. */
  connect(request: EngineOptions['request']): void;
  /** Who is told of its own accord, from now on. */
  listen(events: Partial<EngineEvents>): void;
}

export interface EncryptionParts {
  readonly config: BridgeConfig;
  readonly log: Log;
  readonly watch: EncryptionWatch;
  /** What opens the engine, where not the usual. */
  readonly open?: OpenEngine | undefined;
}

/** Opens the crypto engine on its file. */
export type OpenEngine = typeof openEngine;

/**
 * Opens the file of keys and starts the engine; undefined where the bridge is not to encrypt. Throws a `StorageError` where
 * the file cannot be had: another process uses it, or it is damaged, or of another key.
 */
export async function startEncryption({
  config,
  log,
  watch,
  open = openEngine,
}: EncryptionParts): Promise<Encryption | undefined> {
  const { allow, file, strategy, maxOpen, idle, fresh } = config.matrix.encryption;
  if (!allow || file === undefined) return undefined;
  const { appservice, homeserver } = config.matrix;
  let ask: EngineOptions['request'] = notYet;
  let events: Partial<EngineEvents> = {};
  const options: Omit<EngineOptions, 'key'> = {
    ...{ file, strategy, maxOpen, log },
    ...{ idleMs: idle, freshMs: fresh, account: `@${appservice.botLocalpart}:${homeserver.domain}` },
    request: (...request) => ask(...request),
    events: {
      keysArrived: (...arrived) => events.keysArrived?.(...arrived),
      keysWithheld: (...withheld) => events.keysWithheld?.(...withheld),
      verificationCancelled: (...cancelled) => {
        watch.begin('verification')('refused');
        events.verificationCancelled?.(...cancelled);
      },
      restarted: () => events.restarted?.(),
    },
  };
  const engine = await openedWith(open, options, [config.storage.key, ...config.storage.oldKeys], log);
  return {
    engine: measured(engine, watch),
    connect: (request) => {
      ask = request;
    },
    listen: (listening) => {
      events = listening;
    },
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

/** The file stays under the key that it was made with: an earlier one opens it as long as it is among the old keys. */
async function openedWith(
  open: OpenEngine,
  options: Omit<EngineOptions, 'key'>,
  keys: readonly Buffer[],
  log: Log,
): Promise<Engine> {
  let first: string | undefined;
  for (const [at, key] of keys.entries()) {
    const opened = await open({ ...options, key: keyOfKeys(key) });
    if (opened.kind === 'opened') {
      if (at > 0) log.warn({}, 'the file of keys is under an old key: keep that one in storage.old_keys');
      return opened;
    }
    first ??= opened.cause;
  }
  throw new StorageError('cannot-open', `the file of keys cannot be opened: ${first ?? 'there is no key'}`);
}

/** The key of the file of keys (RFC 5869), so that it is none that anything else is encrypted with. */
export function keyOfKeys(key: Buffer): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', 'causeway encryption', 32));
}

const notYet: EngineOptions['request'] = async () => ({
  kind: 'failed',
  status: undefined,
  errcode: undefined,
  retry: 'later',
  afterMs: 500,
});
