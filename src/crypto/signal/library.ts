/**
 * The stores that the library asks for, on a draft. The library swallows what they throw into its own errors, so what went
 * wrong is noted here beside it.
 */
import type { PublicKey } from 'libsignal-x3dh';
import {
  IdentityKeyStore,
  PreKeyRecord,
  PreKeyStore,
  type PrivateKey,
  type ProtocolAddress,
  SessionRecord,
  SessionStore,
  SignedPreKeyRecord,
  SignedPreKeyStore,
} from 'libsignal-x3dh';
import type { Admitted } from './admission.ts';
import type { Draft } from './draft.ts';
import { openIdentity } from './identity.ts';
import { bytesOf, privateKeyOf, publicKeyOf } from './keys.ts';
import type { SignalReason } from './outcome.ts';
import { findPeer, meetPeer } from './peer.ts';
import { findPrekey, findSigned, usePrekey } from './prekeys.ts';
import { recordOf, statesOf } from './session-states.ts';

/** What the library met in our stores. */
export class Notes {
  /** Why it could not go on, where that is to be expected. */
  reason: SignalReason | undefined;
  /** What a store threw. */
  fault: { readonly error: unknown } | undefined;

  /** Stops the library for a reason. */
  stop(reason: SignalReason): Error {
    this.reason ??= reason;
    return new Error(reason);
  }

  async watched<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (this.reason === undefined) this.fault ??= { error };
      throw error;
    }
  }
}

export interface Stores {
  readonly sessions: SessionStore;
  readonly identities: IdentityKeyStore;
  readonly prekeys: PreKeyStore;
  readonly signedPrekeys: SignedPreKeyStore;
}

export interface StoresNeeds {
  readonly draft: Draft;
  readonly notes: Notes;
  readonly maxSession: number;
  /** What of the session is shown, where it is not all; the rest is put behind what comes back. */
  readonly part?: Pick<Admitted, 'shown' | 'hidden'> | undefined;
  /** Whether another identity than the known one may take its place. */
  readonly changes: 'accepted' | 'refused';
}

export function storesOn(needs: StoresNeeds): Stores {
  return {
    sessions: new Sessions(needs),
    identities: new Identities(needs),
    prekeys: new Prekeys(needs),
    signedPrekeys: new SignedPrekeys(needs),
  };
}

class Sessions extends SessionStore {
  readonly #needs: StoresNeeds;
  constructor(needs: StoresNeeds) {
    super();
    this.#needs = needs;
  }
  override saveSession(name: ProtocolAddress, record: SessionRecord): Promise<void> {
    const { draft, notes, maxSession, part } = this.#needs;
    return notes.watched(async () => {
      const bytes = whole(record.serialize(), part?.hidden ?? []);
      if (bytes.length > maxSession) throw notes.stop('session-too-large');
      draft.put('session', name.name(), '', bytes.toString('base64'));
    });
  }
  override getSession(name: ProtocolAddress): Promise<SessionRecord | null> {
    const { draft, notes, part } = this.#needs;
    return notes.watched(async () => {
      const kept = await draft.get('session', name.name(), '');
      if (kept === undefined) return null;
      const record = part === undefined ? Buffer.from(kept, 'base64') : recordOf(part.shown);
      return SessionRecord.deserialize(Buffer.from(record));
    });
  }
  override getExistingSessions(): Promise<SessionRecord[]> {
    return Promise.resolve([]);
  }
}

function whole(record: Buffer, hidden: readonly Uint8Array[]): Buffer {
  if (hidden.length === 0) return record;
  return Buffer.from(recordOf([...statesOf(record).map(({ bytes }) => bytes), ...hidden]));
}

class Identities extends IdentityKeyStore {
  readonly #needs: StoresNeeds;
  constructor(needs: StoresNeeds) {
    super();
    this.#needs = needs;
  }
  override async getIdentityKey(): Promise<PrivateKey> {
    return openIdentity(this.#needs.draft.identity).key;
  }
  override async getLocalRegistrationId(): Promise<number> {
    return openIdentity(this.#needs.draft.identity).registration;
  }
  override saveIdentity(name: ProtocolAddress, key: PublicKey): Promise<boolean> {
    const { draft, notes } = this.#needs;
    return notes.watched(async () => {
      const before = await findPeer(draft, name.name());
      await meetPeer(draft, name.name(), textOf(key));
      return before !== undefined && before.identity !== textOf(key);
    });
  }
  override isTrustedIdentity(name: ProtocolAddress, key: PublicKey): Promise<boolean> {
    const { draft, notes, changes } = this.#needs;
    return notes.watched(async () => {
      if (publicKeyOf(bytesOf(key)) === undefined) throw notes.stop('bad-key');
      const known = await findPeer(draft, name.name());
      return changes === 'accepted' || known === undefined || known.identity === textOf(key);
    });
  }
  override getIdentity(name: ProtocolAddress): Promise<PublicKey | null> {
    const { draft, notes } = this.#needs;
    return notes.watched(async () => {
      const known = await findPeer(draft, name.name());
      return known === undefined
        ? null
        : (publicKeyOf(new Uint8Array(Buffer.from(known.identity, 'base64'))) ?? null);
    });
  }
}

class Prekeys extends PreKeyStore {
  readonly #needs: StoresNeeds;
  constructor(needs: StoresNeeds) {
    super();
    this.#needs = needs;
  }
  override savePreKey(): Promise<void> {
    return Promise.reject(new Error('the library makes no prekeys'));
  }
  override getPreKey(id: number): Promise<PreKeyRecord> {
    const { draft, notes } = this.#needs;
    return notes.watched(async () => {
      const key = await findPrekey(draft, id);
      if (key === undefined) throw notes.stop('no-prekey');
      return PreKeyRecord.new(id, key.getPublicKey(), key);
    });
  }
  override removePreKey(id: number): Promise<void> {
    return this.#needs.notes.watched(async () => usePrekey(this.#needs.draft, id));
  }
}

class SignedPrekeys extends SignedPreKeyStore {
  readonly #needs: StoresNeeds;
  constructor(needs: StoresNeeds) {
    super();
    this.#needs = needs;
  }
  override saveSignedPreKey(): Promise<void> {
    return Promise.reject(new Error('the library makes no prekeys'));
  }
  override getSignedPreKey(id: number): Promise<SignedPreKeyRecord> {
    const { draft, notes } = this.#needs;
    return notes.watched(async () => {
      const kept = await findSigned(draft, id);
      if (kept === undefined) throw notes.stop('no-prekey');
      const key = privateKeyOf(kept.key);
      const signature = Buffer.from(kept.signature, 'base64');
      return SignedPreKeyRecord.new(id, kept.created, key.getPublicKey(), key, signature);
    });
  }
}

function textOf(key: PublicKey): string {
  return Buffer.from(bytesOf(key)).toString('base64');
}
