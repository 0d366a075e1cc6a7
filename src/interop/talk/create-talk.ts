/** The talk of one of our own users, on their keys and sessions. */
import { randomInt } from 'node:crypto';
import type { Failed } from '../../core/outcome.ts';
import type { Opened } from '../../crypto/signal/sessions.ts';
import type { SignalFailed } from '../../crypto/signal/outcome.ts';
import type { SignalParty } from '../../crypto/signal/signal.ts';
import { Turns } from '../../crypto/megolm/turns.ts';
import { pad } from '../message/padding.ts';
import type { Address } from '../node/address.ts';
import { padding } from '../profile/message-profile.ts';
import type { KeyBundle } from '../stanza/keys.ts';
import type { MessageStanza, Sealed } from '../stanza/message.ts';
import { failureOf } from './failure.ts';
import { peerName } from './peer-name.ts';
import type { Talk, TalkIdentity, TalkKeys, TalkOpened } from './talk.ts';

export interface TalkNeeds {
  /** The user's keys and sessions. Its identity is made elsewhere (`party.identity()`), before the user enlists. */
  readonly party: SignalParty;
  /** What the server hands out for a new session with a peer; each one-time prekey once. */
  readonly keysOf: (peer: Address) => Promise<KeyBundle | Failed>;
}

/**
 * One talk for each user; there may be more of them on one party. Calls for one peer are done in turn, in the order of
 * asking, and nothing is answered that is not durable. What it throws is the store's: the same call may be made again.
 */
export function createTalk(needs: TalkNeeds): Talk {
  const { party } = needs;
  const meet = meeter(needs);
  return {
    seal: (to, id, plain) => seal(party, meet, { to, id, plain }),
    open: (message) => open(party, message),
    released: async (from, id) => {
      await party.releaseOpened(peerName(from), id);
    },
    delivered: async (by, ids) => {
      for (const id of ids) await party.releaseSealed(peerName(by), id);
    },
    askedAgain: (receipt) => askedAgain(needs, receipt),
    told: async (peer) => {
      await party.told(peerName(peer));
    },
    keys: keysOn(party),
  };
}

interface Met {
  readonly kind: 'met';
  readonly identity: TalkIdentity;
}
/** Makes a session where there is none. */
type Meet = (peer: Address) => Promise<Met | Failed>;

/** Who asks at the same time gets one session: one prekey of the peer's is used. */
function meeter({ party, keysOf }: TalkNeeds): Meet {
  const turns = new Turns();
  return (peer) => {
    const name = peerName(peer);
    return turns.alone(name, async () => {
      if (await party.has(name)) return { kind: 'met', identity: 'known' };
      const keys = await keysOf(peer);
      if ('kind' in keys) return keys;
      const made = await party.establish(name, keys);
      return made.kind === 'failed' ? failureOf(made) : { kind: 'met', identity: made.identity };
    });
  };
}

interface Letter {
  readonly to: Address;
  readonly id: string;
  readonly plain: Uint8Array;
}

async function seal(party: SignalParty, meet: Meet, { to, id, plain }: Letter): ReturnType<Talk['seal']> {
  const name = peerName(to);
  // Drawn anew where it is repeated, and then not used: what was sealed first stays.
  const padded = pad(plain, randomInt(1, padding.most + 1));
  const first = await party.seal(name, id, padded);
  if (first.kind === 'sealed') return { kind: 'sealed', sealed: sealedOf(first), identity: first.identity };
  if (first.reason !== 'no-session') return failureOf(first);
  const met = await meet(to);
  if (met.kind === 'failed') return met;
  const second = await party.seal(name, id, padded);
  if (second.kind === 'failed') return failureOf(second);
  const identity = met.identity === 'new' ? 'new' : second.identity;
  return { kind: 'sealed', sealed: sealedOf(second), identity };
}

function sealedOf(
  { type, bytes }: { readonly type: 'pkmsg' | 'msg'; readonly bytes: Uint8Array },
  count?: number,
): Sealed {
  return { type, ciphertext: bytes, mediaType: undefined, count, decryptFail: undefined };
}

async function open(party: SignalParty, message: MessageStanza): Promise<TalkOpened> {
  const from = message.participant ?? message.from;
  if (from === undefined) return closed('no-sender');
  const part = message.sealed.find(({ type }) => type !== 'skmsg');
  if (part === undefined || part.type === 'skmsg')
    return closed(message.sealed.length > 0 ? 'group-key' : 'not-sealed');
  const peer = peerName(from);
  const opened = await party.open(peer, message.id, part.type, part.ciphertext);
  return opened.kind === 'opened' ? openedOf(opened) : unopened(party, peer, message, opened);
}

function openedOf({ bytes, identity }: Opened): TalkOpened {
  return { kind: 'opened', padded: bytes, identity };
}

async function unopened(
  party: SignalParty,
  peer: string,
  message: MessageStanza,
  { reason, askAgain }: SignalFailed,
): Promise<TalkOpened> {
  if (reason === 'released') return { kind: 'known' };
  if (!askAgain) return closed(reason);
  const asked = await party.ask(peer, message.id);
  if (asked.kind === 'failed') return closed(asked.reason);
  const { count, registration, keys } = asked;
  const receipt = {
    kind: 'retry',
    count,
    messageId: message.id,
    messageTime: message.time,
    error: undefined,
    registration,
    keys: keys === undefined ? undefined : withoutRegistration(keys),
  } as const;
  return { kind: 'ask', receipt, reason };
}

function withoutRegistration({ identity, signed, prekey }: KeyBundle): Omit<KeyBundle, 'registration'> {
  return { identity, signed, prekey };
}

function closed(reason: string): TalkOpened {
  return { kind: 'closed', reason };
}

async function askedAgain(
  { party, keysOf }: TalkNeeds,
  { from, participant, about }: Parameters<Talk['askedAgain']>[0],
): ReturnType<Talk['askedAgain']> {
  const by = participant ?? from;
  if (by === undefined) return undefined;
  const peer = peerName(by);
  const { messageId: id, count, registration, keys } = about;
  const bundle = keys === undefined ? undefined : { registration, ...keys };
  const again = await party.sealAgain(peer, { id, count, bundle });
  if (again.kind === 'sealed') return [sealedOf(again, count)];
  if (again.reason !== 'needs-bundle') return undefined;
  const fetched = await keysOf(by);
  if ('kind' in fetched) return fetched.retry.kind === 'never' ? undefined : fetched;
  const second = await party.sealAgain(peer, { id, count, bundle: fetched });
  return second.kind === 'sealed' ? [sealedOf(second, count)] : undefined;
}

function keysOn(party: SignalParty): TalkKeys {
  return {
    upload: async (atServer, most) => {
      const made = await party.upload(atServer, most);
      if (made.kind === 'failed') return failureOf(made);
      const { registration, identity, signed, prekeys } = made;
      return { registration, identity, signed, prekey: undefined, prekeys };
    },
    uploaded: async ({ signed, prekeys }) => {
      await party.uploaded({ signed: { id: signed }, prekeys: prekeys.map((id) => ({ id })) });
    },
  };
}
