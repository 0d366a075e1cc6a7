/** What networks with keys, accounts and mailboxes of their own are given of what the bridge keeps. */
import { randomBytes } from 'node:crypto';
import { join, parse } from 'node:path';
import type { NetworkId } from './core/ids.ts';
import type { NetworkRecords } from './core/network-records.ts';
import { task, type Log } from './core/task.ts';
import { openSignal, type Signal } from './crypto/signal/signal.ts';
import type { SignalStore } from './crypto/signal/store.ts';
import { signingKeysIn } from './interop/identity/kept-keys.ts';
import type { SigningKeyStore } from './interop/identity/signing-keys.ts';
import { signalLimits } from './interop/profile/signal-profile.ts';

export interface NetworkKept {
  readonly records: NetworkRecords;
  readonly signal: Signal;
  readonly signingKeys: (network: NetworkId) => SigningKeyStore;
  /** 32 bytes of the network's own that stay the same: not a key of the database, which may be changed. */
  readonly key: Uint8Array;
  readonly dataFolder: string;
}

const keyOf = { collection: 'own-key', owner: '', name: '' };
const sweepEvery = 3_600_000;

/** Reads the network's key, or makes it. `file` is the database's; where it is elsewhere, where its file would be. */
export async function keptFor(
  network: NetworkId,
  {
    records,
    signal,
    file,
  }: { readonly records: NetworkRecords; readonly signal: Signal; readonly file: string },
): Promise<NetworkKept> {
  const { dir, name } = parse(file);
  return {
    ...{ records, signal, signingKeys: (of) => signingKeysIn(records, of) },
    key: await ownKey(network, records),
    dataFolder: join(dir, `${name}-${network}`),
  };
}

async function ownKey(network: NetworkId, records: NetworkRecords): Promise<Uint8Array> {
  const value = randomBytes(32).toString('base64');
  await records.commit(
    network,
    [{ kind: 'put', of: keyOf, value, at: Date.now() }],
    [{ of: keyOf, is: 'absent' }],
  );
  const kept = await records.get(network, keyOf);
  const key = Buffer.from(kept?.value ?? '', 'base64');
  if (key.length !== 32) throw new Error('the key that a network keeps cannot be read');
  return new Uint8Array(key);
}

/** Sessions of Signal's protocol for all networks; what nobody can ask for any more is swept away now and then. */
export function signalOn(store: SignalStore, log: Log): { readonly signal: Signal } & Disposable {
  const signal = openSignal({ store, limits: signalLimits, now: Date.now });
  const sweep = (): void =>
    void task(log, 'signal sweep', async () => {
      const gone = await signal.sweep(Date.now() - signalLimits.keepSigned);
      if (gone > 0) log.debug({ records: gone }, 'old records of sessions were removed');
    });
  const timer = setInterval(sweep, sweepEvery);
  timer.unref();
  return { signal, [Symbol.dispose]: () => clearInterval(timer) };
}
