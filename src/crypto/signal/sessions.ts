/**
 * Sessions of the Double Ratchet (https://signal.org/docs/specifications/doubleratchet/), made by X3DH. Each function works
 * on a draft, so that the session's new state and what came of it are kept together or not at all.
 */
import {
  PreKeySignalMessage,
  processPreKeyBundle,
  ProtocolAddress,
  signalDecrypt,
  signalDecryptPreKey,
  signalEncrypt,
  SignalMessage,
} from 'libsignal-x3dh';
import { admit, type Admitted, type Place, placeOf, placeOfFirst } from './admission.ts';
import { type Bundle, checkBundle, device } from './bundle.ts';
import type { Draft } from './draft.ts';
import { parseKept, sealedShape } from './kept.ts';
import { Notes, type Stores, storesOn } from './library.ts';
import type { SignalLimits } from './limits.ts';
import { failed, type SignalFailed } from './outcome.ts';
import { findPeer, type IdentityState, identityState, putPeer } from './peer.ts';
import { attempt } from './trouble.ts';
import type { Wasted } from './wasted.ts';

/** With or without what the other side needs to begin a session. */
export type MessageType = 'pkmsg' | 'msg';

/** The version that peers of these networks speak: 3, and no other is known. */
const version = 0x33;
const preKeyMessage = 3;
/** In the place of a plaintext that was released: no base64. The library forgets old chains, and then does not know a replay. */
export const released = '-';

export interface Established {
  readonly kind: 'established';
  readonly identity: IdentityState;
}
/** `repeat` says that it is what was kept before. */
export interface Sealed {
  readonly kind: 'sealed';
  readonly type: MessageType;
  readonly bytes: Uint8Array;
  readonly repeat: boolean;
  readonly identity: IdentityState;
}
export interface Opened {
  readonly kind: 'opened';
  readonly bytes: Uint8Array;
  readonly repeat: boolean;
  readonly identity: IdentityState;
}

/** The session with one peer. */
export interface Line {
  readonly draft: Draft;
  readonly limits: SignalLimits;
  readonly wasted: Wasted;
  readonly peer: string;
  /** The name of this session among all. */
  readonly session: string;
}

export async function hasSession({ draft, peer }: Line): Promise<boolean> {
  return (await draft.get('session', peer, '')) !== undefined;
}

/**
 * Begins a session. One that is there before steps back: what is under way in it still opens, as far as the library keeps
 * it (40 states) and the limit lets it.
 */
export async function establish(line: Line, bundle: Bundle): Promise<Established | SignalFailed> {
  const { draft, peer } = line;
  const before = await findPeer(draft, peer);
  const checked = checkBundle(bundle);
  if (checked.kind === 'failed') return checked;
  const made = await roomy(line, () => {
    const { notes, stores, address } = tools(line, 'accepted');
    return attempt(notes, 'bad-signature', () =>
      processPreKeyBundle(checked.bundle, address, stores.sessions, stores.identities),
    );
  });
  if (made.kind === 'failed') return made;
  const known = await findPeer(draft, peer);
  if (known !== undefined) putPeer(draft, peer, { ...known, sessions: known.sessions + 1 });
  return { kind: 'established', identity: await identityState(draft, peer, before) };
}

/** Seals a message under a name; the same name gets the same bytes. */
export async function seal(line: Line, name: string, plain: Uint8Array): Promise<Sealed | SignalFailed> {
  const { draft, limits, peer } = line;
  const known = await findPeer(draft, peer);
  const identity = await identityState(draft, peer, known);
  const kept = await draft.get('sealed', peer, name);
  if (kept !== undefined) {
    const { type, body } = parseKept(sealedShape, kept);
    return { kind: 'sealed', type, bytes: unpacked(body), repeat: true, identity };
  }
  if (plain.length > limits.maxMessage) return failed('too-large');
  if (!(await hasSession(line))) return failed('no-session');
  const { notes, stores, address } = tools(line, 'refused');
  const made = await attempt(notes, 'no-session', () =>
    signalEncrypt(Buffer.from(plain), address, stores.sessions, stores.identities),
  );
  if (made.kind === 'failed') return made;
  const bytes = made.value.serialize();
  if (bytes[0] !== version) throw new Error('the library writes another version of the protocol');
  const type = made.value.type() === preKeyMessage ? 'pkmsg' : 'msg';
  const session = known?.sessions ?? 0;
  const record = { type, body: bytes.toString('base64'), session, plain: packed(plain) } as const;
  draft.put('sealed', peer, name, JSON.stringify(record));
  return { kind: 'sealed', type, bytes: new Uint8Array(bytes), repeat: false, identity };
}

/** What was sealed under a name, as long as that is kept. */
export async function sealedPlain({ draft, peer }: Line, name: string): Promise<Uint8Array | undefined> {
  const kept = await draft.get('sealed', peer, name);
  const plain = kept === undefined ? undefined : parseKept(sealedShape, kept).plain;
  return plain === undefined ? undefined : unpacked(plain);
}

/** Opens a message under its name; the same name gets the same plaintext, whatever the bytes, as long as it is kept. */
export async function open(
  line: Line,
  name: string,
  type: MessageType,
  bytes: Uint8Array,
): Promise<Opened | SignalFailed> {
  const { draft, limits, peer } = line;
  const before = await findPeer(draft, peer);
  const kept = await draft.get('opened', peer, name);
  if (kept === released) return failed('released');
  if (kept !== undefined) {
    const identity = await identityState(draft, peer, before);
    return { kind: 'opened', bytes: unpacked(kept), repeat: true, identity };
  }
  if (bytes.length > limits.maxMessage) return failed('too-large');
  if (bytes.length === 0) return failed('malformed');
  if (bytes[0] !== version) return failed('version');
  if (type === 'msg' && !(await hasSession(line))) return failed('no-session');
  const plain = await (type === 'pkmsg' ? openFirst(line, bytes) : openNext(line, bytes));
  if (plain.kind === 'failed') return plain;
  draft.put('opened', peer, name, plain.value.toString('base64'));
  draft.delete('retry', peer, name);
  const identity = await identityState(draft, peer, before);
  return { kind: 'opened', bytes: new Uint8Array(plain.value), repeat: false, identity };
}

type OpenPart = (part: Admitted) => Plain;
type Plain = Promise<{ readonly kind: 'done'; readonly value: Buffer } | SignalFailed>;

async function openFirst(line: Line, bytes: Uint8Array): Plain {
  const parsed = await attempt(new Notes(), 'malformed', () =>
    PreKeySignalMessage.deserialize(Buffer.from(bytes)),
  );
  if (parsed.kind === 'failed') return parsed;
  const place = placeOfFirst(bytes);
  if (place === undefined) return failed('malformed');
  return roomy(line, () =>
    rationed(line, place, (part) => {
      const { notes, stores, address } = tools(line, 'accepted', part);
      const { sessions, identities, prekeys, signedPrekeys } = stores;
      return attempt(notes, 'undecryptable', () =>
        signalDecryptPreKey(parsed.value, address, sessions, identities, prekeys, signedPrekeys),
      );
    }),
  );
}

/** Begins a session; where those before it take too much room, they go. */
async function roomy<T extends { readonly kind: string }>(
  { draft, peer }: Line,
  begin: () => Promise<T | SignalFailed>,
): Promise<T | SignalFailed> {
  const begun = await begin();
  if (!('reason' in begun) || begun.reason !== 'session-too-large') return begun;
  draft.delete('session', peer, '');
  return begin();
}

async function openNext(line: Line, bytes: Uint8Array): Plain {
  const parsed = await attempt(new Notes(), 'malformed', () => SignalMessage.deserialize(Buffer.from(bytes)));
  if (parsed.kind === 'failed') return parsed;
  const place = placeOf(bytes);
  if (place === undefined) return failed('malformed');
  return rationed(line, place, (part) => {
    const { notes, stores, address } = tools(line, 'refused', part);
    return attempt(notes, 'undecryptable', () =>
      signalDecrypt(parsed.value, address, stores.sessions, stores.identities),
    );
  });
}

/** Lets the library open a message, with what it may see of the session, where that is not too much work. */
async function rationed({ draft, limits, wasted, peer, session }: Line, place: Place, work: OpenPart): Plain {
  const kept = await draft.get('session', peer, '');
  const record = kept === undefined ? undefined : unpacked(kept);
  const admitted = admit(record, place, limits.maxSkip);
  if (admitted.kind === 'too-far') return failed('undecryptable');
  if (!wasted.take(session, admitted.steps, draft.now)) return failed('undecryptable');
  const opened = await work(admitted);
  if (opened.kind === 'done') wasted.giveBack(session, admitted.steps);
  return opened;
}

interface Tools {
  readonly notes: Notes;
  readonly stores: Stores;
  readonly address: ProtocolAddress;
}

function tools({ draft, limits, peer }: Line, changes: 'accepted' | 'refused', part?: Admitted): Tools {
  const notes = new Notes();
  const stores = storesOn({ draft, notes, maxSession: limits.maxSession, part, changes });
  return { notes, stores, address: ProtocolAddress.new(peer, device) };
}

function packed(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function unpacked(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}
