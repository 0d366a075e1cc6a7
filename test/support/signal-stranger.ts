/** Somebody whose sessions are those of `whatsapp-rust-bridge`, kept in memory. */
import type { SessionRecord } from 'whatsapp-rust-bridge';
import {
  generateIdentityKeyPair,
  generatePreKey,
  generateRegistrationId,
  generateSignedPreKey,
  type KeyPair,
  ProtocolAddress,
  SessionBuilder,
  SessionCipher,
  type SignalStorage,
  verifySignature,
} from 'whatsapp-rust-bridge';
import type { Bundle } from '../../src/crypto/signal/bundle.ts';
import type { MessageType } from '../../src/crypto/signal/sessions.ts';

export interface Letter {
  readonly type: MessageType;
  readonly bytes: Uint8Array;
}

export class Stranger {
  readonly name: string;
  readonly #identity = generateIdentityKeyPair();
  readonly #registration = generateRegistrationId();
  readonly #signed = generateSignedPreKey(this.#identity, 3);
  readonly #prekeys = new Map<number, KeyPair>([[7, generatePreKey(7).keyPair]]);
  readonly #sessions = new Map<string, Uint8Array>();

  constructor(name: string) {
    this.name = name;
  }

  bundle(): Bundle {
    const prekey = this.#prekeys.get(7);
    return {
      registration: this.#registration,
      identity: bare(this.#identity.pubKey),
      signed: { id: 3, key: bare(this.#signed.keyPair.pubKey), signature: this.#signed.signature },
      prekey: prekey === undefined ? undefined : { id: 7, key: bare(prekey.pubKey) },
    };
  }

  async establish(peer: string, { registration, identity, signed, prekey }: Bundle): Promise<void> {
    const { key: publicKey, id: keyId, signature } = signed;
    await new SessionBuilder(this.#storage(), new ProtocolAddress(peer, 0)).processPreKeyBundle({
      registrationId: registration,
      identityKey: typed(identity),
      preKey: prekey === undefined ? undefined : { keyId: prekey.id, publicKey: typed(prekey.key) },
      signedPreKey: { keyId, publicKey: typed(publicKey), signature },
    });
  }

  async seal(peer: string, text: string): Promise<Letter> {
    const { type, body } = await this.#cipher(peer).encrypt(Buffer.from(text));
    return { type: type === 3 ? 'pkmsg' : 'msg', bytes: body };
  }

  async open(peer: string, { type, bytes }: Letter): Promise<string> {
    const cipher = this.#cipher(peer);
    const plain = await (type === 'pkmsg'
      ? cipher.decryptPreKeyWhisperMessage(bytes)
      : cipher.decryptWhisperMessage(bytes));
    return Buffer.from(plain).toString();
  }

  verifies({ identity, signed }: Bundle): boolean {
    return verifySignature(typed(identity), typed(signed.key), signed.signature);
  }

  #cipher(peer: string): SessionCipher {
    return new SessionCipher(this.#storage(), new ProtocolAddress(peer, 0));
  }

  #storage(): SignalStorage {
    return {
      loadSession: (address) => this.#sessions.get(address),
      storeSession: (address, record: SessionRecord) => {
        this.#sessions.set(address, record.serialize());
      },
      getOurIdentity: () => this.#identity,
      getOurRegistrationId: () => this.#registration,
      isTrustedIdentity: () => true,
      loadPreKey: (id) => this.#prekeys.get(id),
      removePreKey: (id) => {
        this.#prekeys.delete(id);
      },
      loadSignedPreKey: (id) => (id === 3 ? this.#signed : undefined),
      loadSenderKey: () => undefined,
      storeSenderKey: () => undefined,
    };
  }
}

function bare(key: Uint8Array): Uint8Array {
  return key.length === 33 ? key.subarray(1) : key;
}

function typed(key: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(5), key]);
}
