/** What a host is made with. */
import type { NetworkId } from '../../core/ids.ts';
import type { NetworkRecords } from '../../core/network-records.ts';
import type { Log } from '../../core/task.ts';
import type { Asker } from '../../interop/identity/bounded-request.ts';
import type { IdentifierType } from '../../interop/identity/identifier.ts';
import type { SigningKeyStore } from '../../interop/identity/signing-keys.ts';
import type { FileFinder } from '../../interop/media/shelf/shelf.ts';

/** A provider as configured. */
export interface HostProvider {
  readonly integrator: number;
  readonly name: string;
  /** The `iss` of its tokens. */
  readonly issuer: string;
  readonly identifierType: IdentifierType;
  /** Where its keys are published. */
  readonly jwksUrl: string;
  /** Below it is `/push`; without one nobody is pushed. */
  readonly pushUrl: string | undefined;
}

export interface HostOptions {
  readonly network: NetworkId;
  readonly records: NetworkRecords;
  /** For the digests by which accounts are found; 32 bytes, always the same. */
  readonly key: Uint8Array;
  readonly providers: readonly HostProvider[];
  /** Whether a provider may be reached now: one that a rule has switched off is gone at once (with `shutOut`). */
  readonly isOpen: (integrator: number) => boolean | Promise<boolean>;
  /** What tokens have to be for: the host's public addresses. */
  readonly audience: readonly string[];
  /** What the host is called in the list of integrators. */
  readonly name: string;
  /** Fetches providers' keys and pushes. */
  readonly ask: Asker;
  /** The keys that sign push tokens. */
  readonly signingKeys: SigningKeyStore;
  /** The files that providers' users may fetch. */
  readonly files: FileFinder;
  /** Where the chat channel listens on TCP; port 0 for any. */
  readonly chat: { readonly host: string; readonly port: number } | undefined;
  /** Proxies whose word on who connects is taken; those on the same machine where it is not said. */
  readonly trustedProxies?: readonly string[];
  readonly log: Log;
  readonly now?: () => number;
  readonly limits?: Partial<HostLimits>;
}

/** All times in milliseconds. None is from a public document but the two of 30 days [O]. */
export interface HostLimits {
  /** How long mail waits, and how long an account may be unseen [O]. */
  readonly mailMs: number;
  readonly unseenMs: number;
  /** How long it is known who had an identifier before [G]. */
  readonly formerMs: number;
  /** How long a repeat of what was acknowledged is known [G]. */
  readonly repeatMs: number;
  readonly sweepEveryMs: number;
  /** Mail of one account. */
  readonly mostMails: number;
  readonly mostMailBytes: number;
  /** Mail on its way to a client that has not acknowledged it. */
  readonly window: number;
  readonly windowBytes: number;
  readonly ackMs: number;
  readonly mostPrekeys: number;
  /** With fewer one-time prekeys left a client is told. */
  readonly fewPrekeys: number;
  readonly mostAccounts: number;
  /** Open handshakes: in all, from one address, and how long one may take, admission included. */
  readonly handshakes: number;
  readonly handshakesOfAddress: number;
  readonly handshakeMs: number;
  readonly connections: number;
  /** A client that says nothing for so long is gone. */
  readonly silenceMs: number;
  /** How long a client has to close after it was told to. */
  readonly lingerMs: number;
  /** Stanzas of one account, acknowledgements aside: more wait. */
  readonly stanzas: Rate;
  /** People that one account asks for, by identifier or for keys: more are refused. */
  readonly lookUps: Rate;
  readonly keyFetches: Rate;
  /** Stanzas of one connection that cannot be read. */
  readonly mostBroken: number;
  /** Bytes that may wait for a client that does not read. */
  readonly mostUnsent: number;
  readonly enlistmentsOfAddress: Rate;
  readonly enlistmentsOfProvider: Rate;
  /** Enlistments of one provider that are worked on at once. */
  readonly enlistmentsAtOnce: number;
  /** Between two pushes to a user who did not come. */
  readonly pushEveryMs: number;
  readonly downloadsAtOnce: number;
  readonly longestDownloadMs: number;
}

/** So many at once, and so many a second on average. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

const day = 86_400_000;

export const usualLimits: HostLimits = {
  mailMs: 30 * day,
  unseenMs: 30 * day,
  formerMs: 365 * day,
  repeatMs: 7 * day,
  sweepEveryMs: 3_600_000,
  mostMails: 10_000,
  mostMailBytes: 32 * 1_048_576,
  window: 64,
  windowBytes: 1_048_576,
  ackMs: 90_000,
  mostPrekeys: 2_000,
  fewPrekeys: 10,
  mostAccounts: 1_000_000,
  handshakes: 4_096,
  handshakesOfAddress: 128,
  handshakeMs: 20_000,
  connections: 20_000,
  silenceMs: 120_000,
  lingerMs: 2_000,
  stanzas: { perSecond: 50, burst: 500 },
  lookUps: { perSecond: 0.5, burst: 256 },
  keyFetches: { perSecond: 0.5, burst: 128 },
  mostBroken: 20,
  mostUnsent: 1_048_576,
  enlistmentsOfAddress: { perSecond: 10, burst: 100 },
  enlistmentsOfProvider: { perSecond: 20, burst: 2_000 },
  enlistmentsAtOnce: 32,
  pushEveryMs: 60_000,
  downloadsAtOnce: 64,
  longestDownloadMs: 600_000,
};
