import type { Signal } from '../../crypto/signal/signal.ts';
import type { NetworkRecords } from '../../core/network-records.ts';
import type { Log } from '../../core/task.ts';
import type { SigningKeyStore } from '../../interop/identity/signing-keys.ts';
import type { NetworkId, RemoteUserId } from '../../core/ids.ts';

/** Which providers administrators have shut out. */
export interface ShutOut {
  /** Whether somebody of that name is, whoever they are: asked of a name that nobody has, it is asked of the provider. */
  has(name: RemoteUserId): boolean;
  /** To be called when more is shut out than before. */
  listen(changed: () => void): void;
}

export interface ThirdPartyDeps {
  readonly records: NetworkRecords;
  /** One for all networks. */
  readonly signal: Signal;
  readonly signingKeys: (network: NetworkId) => SigningKeyStore;
  /** The server name of the bridge's own homeserver. */
  readonly homeserver: string;
  /** For digests and derived keys of this network's own; 32 bytes or more that stay the same. */
  readonly key: Uint8Array;
  /** A folder of this network's own, for sealed files that providers fetch. */
  readonly dataFolder: string;
  readonly log: Log;
  /** Nobody is shut out where absent. */
  readonly shutOut?: ShutOut;
  readonly now?: () => number;
}
