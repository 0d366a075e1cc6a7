/** Signal's protocol for networks that speak it (X3DH and Double Ratchet), by Signal's own library. One device a peer. */
import { Turns } from '../megolm/turns.ts';
import type { Bundle } from './bundle.ts';
import { ensureIdentity, openIdentity, type PublicIdentity, publicIdentity } from './identity.ts';
import type { SignalLimits } from './limits.ts';
import { keysName, type Lines, linesOf } from './lines.ts';
import type { SignalFailed } from './outcome.ts';
import { findPeer, putPeer } from './peer.ts';
import {
  prekeyBatch,
  prekeysPublished,
  type PublicPrekey,
  type PublicSignedPrekey,
  signedPrekey,
  signedPublished,
} from './prekeys.ts';
import { ask, type Ask, sealAgain } from './retries.ts';
import {
  establish,
  type Established,
  hasSession,
  type MessageType,
  open,
  type Opened,
  released,
  seal,
  type Sealed,
} from './sessions.ts';
import type { Own, SignalStore } from './store.ts';
import { Wasted } from './wasted.ts';

export interface SignalNeeds {
  readonly store: SignalStore;
  readonly limits: SignalLimits;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What the network's server is to get. */
export interface Upload extends PublicIdentity {
  readonly kind: 'upload';
  readonly signed: PublicSignedPrekey;
  /** None where the server has enough. */
  readonly prekeys: readonly PublicPrekey[];
}

/** What of it is at the server now: their numbers. */
export interface Uploaded {
  readonly signed: Pick<PublicSignedPrekey, 'id'>;
  readonly prekeys: readonly Pick<PublicPrekey, 'id'>[];
}

/** A message that a peer asked for again, for the `count`th time. */
export interface AskedFor {
  readonly id: string;
  readonly count: number;
  /** What was sealed under this id before, where it is not given; `not-kept` where that was released. */
  readonly plain?: Uint8Array | undefined;
  readonly bundle: Bundle | undefined;
}

interface Done {
  readonly kind: 'done';
}

/**
 * The keys and sessions of one of our own users. Whatever it answers is durable before; what it throws is the store's, and
 * then the same call may be made again: a message keeps its bytes under its id until it is released. Calls for one peer are
 * done in turn, in the order in which they were made.
 */
export interface SignalParty {
  /** The identity; made where there is none. */
  identity(): Promise<PublicIdentity>;
  /**
   * What to upload where the server has so many one-time prekeys, with at most `most` new ones where the batches of the limits
   * are larger. The same again until `uploaded`.
   */
  upload(atServer: number, most?: number): Promise<Upload | SignalFailed>;
  uploaded(upload: Uploaded): Promise<Done | SignalFailed>;
  has(peer: string): Promise<boolean>;
  /** The identity key of a peer (32 bytes), as it was last seen; `undefined` where none was. */
  identityOf(peer: string): Promise<Uint8Array | undefined>;
  establish(peer: string, bundle: Bundle): Promise<Established | SignalFailed>;
  seal(peer: string, id: string, plain: Uint8Array): Promise<Sealed | SignalFailed>;
  open(peer: string, id: string, type: MessageType, bytes: Uint8Array): Promise<Opened | SignalFailed>;
  /** After an `open` that failed with `askAgain`. */
  ask(peer: string, id: string): Promise<Ask | SignalFailed>;
  sealAgain(peer: string, asked: AskedFor): Promise<Sealed | SignalFailed>;
  /** The plaintext is kept elsewhere now. What comes under this id is `released` from here on, until it is swept. */
  releaseOpened(peer: string, id: string): Promise<Done | SignalFailed>;
  /** The peer has it: its bytes are not needed any more. */
  releaseSealed(peer: string, id: string): Promise<Done | SignalFailed>;
  /** The user has been told that the peer's identity is another. */
  told(peer: string): Promise<Done | SignalFailed>;
  /** Deletes all of it. What is under way fails with `no-identity`. */
  forget(): Promise<void>;
}

/** Sessions of all users. There is to be one of it on a store, because it keeps what is done on a session in turn. */
export interface Signal {
  party(own: Own): SignalParty;
  /** Deletes kept messages, marks of released ones and counts of retries that were written before; answers how many. */
  sweep(before: number): Promise<number>;
}

export function openSignal(needs: SignalNeeds): Signal {
  const common = { turns: new Turns(), wasted: new Wasted(needs.limits) };
  return {
    party: (own) => partyOf(needs, common, own),
    sweep: (before) => needs.store.sweep(['sealed', 'opened', 'retry'], before),
  };
}

/** What all parties on a store share. */
interface Common {
  readonly turns: Turns;
  readonly wasted: Wasted;
}

const done: Done = { kind: 'done' };

function partyOf({ store, limits, now }: SignalNeeds, common: Common, own: Own): SignalParty {
  const { turns } = common;
  const lines = linesOf({ store, limits, now, ...common, own });
  return {
    identity: () => turns.alone(keysName(own), () => ensureIdentity(store, own, limits, now())),
    forget: () => store.forget(own),
    ...keysOn(lines, limits),
    ...sessionsOn(lines),
    ...releasesOn(lines, limits),
  };
}

type Keys = Pick<SignalParty, 'upload' | 'uploaded'>;
type Sessions = Pick<SignalParty, 'has' | 'identityOf' | 'establish' | 'seal' | 'open' | 'ask' | 'sealAgain'>;
type Releases = Pick<SignalParty, 'releaseOpened' | 'releaseSealed' | 'told'>;

function keysOn(lines: Lines, limits: SignalLimits): Keys {
  return {
    upload: (atServer, most = Number.POSITIVE_INFINITY) =>
      lines.onKeys(async (draft): Promise<Upload> => {
        const own = publicIdentity(openIdentity(draft.identity));
        const signed = await signedPrekey(draft, limits);
        const [firstBatch, batch] = [Math.min(limits.firstBatch, most), Math.min(limits.batch, most)];
        const smaller = { ...limits, firstBatch, batch };
        return { kind: 'upload', ...own, signed, prekeys: await prekeyBatch(draft, smaller, atServer) };
      }),
    uploaded: ({ signed, prekeys }) =>
      lines.onKeys(async (draft) => {
        await signedPublished(draft, limits, signed.id);
        const ids = prekeys.map(({ id }) => id);
        await prekeysPublished(draft, limits, ids);
        return done;
      }),
  };
}

function sessionsOn({ onLine, onMessage }: Lines): Sessions {
  return {
    has: async (peer) => {
      const has = await onLine(peer, async (line) => ({ kind: (await hasSession(line)) ? 'yes' : 'no' }));
      return has.kind === 'yes';
    },
    identityOf: async (peer) => {
      const found = await onLine(peer, async ({ draft }) => {
        return { kind: 'found', identity: (await findPeer(draft, peer))?.identity };
      });
      const known = found.kind === 'found' ? found.identity : undefined;
      return known === undefined ? undefined : new Uint8Array(Buffer.from(known, 'base64'));
    },
    establish: (peer, bundle) => onLine(peer, (line) => establish(line, bundle)),
    seal: (peer, id, plain) => onMessage(peer, id, (line) => seal(line, sealedName(id, 0), plain)),
    open: (peer, id, type, bytes) =>
      onMessage(peer, id, (line) => open(line, id, type, bytes), type === 'pkmsg'),
    ask: (peer, id) => onMessage(peer, id, (line) => ask(line, id), true),
    sealAgain: (peer, { id, count, plain, bundle }) =>
      onMessage(peer, id, (line) => {
        const names = {
          name: sealedName(id, count),
          last: sealedName(id, count - 1),
          first: sealedName(id, 0),
        };
        return sealAgain(line, { ...names, count, plain, bundle });
      }),
  };
}

function releasesOn({ onLine, onMessage }: Lines, { maxRetries }: SignalLimits): Releases {
  return {
    releaseOpened: (peer, id) =>
      onMessage(peer, id, async ({ draft }) => {
        if ((await draft.get('opened', peer, id)) !== undefined) draft.put('opened', peer, id, released);
        return done;
      }),
    releaseSealed: (peer, id) =>
      onMessage(peer, id, async ({ draft }) => {
        for (let count = 0; count <= maxRetries; count += 1) {
          const name = sealedName(id, count);
          if ((await draft.get('sealed', peer, name)) !== undefined) draft.delete('sealed', peer, name);
        }
        return done;
      }),
    told: (peer) =>
      onLine(peer, async ({ draft }) => {
        const known = await findPeer(draft, peer);
        if (known?.changed === true) putPeer(draft, peer, { ...known, changed: false });
        return done;
      }),
  };
}

/** Each time that a message is sealed has a name of its own. */
function sealedName(id: string, count: number): string {
  return JSON.stringify([id, count]);
}
