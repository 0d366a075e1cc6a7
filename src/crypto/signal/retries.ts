/** What did not open is asked for again, and what was asked for is sealed again, both a bounded number of times. */
import type { Bundle } from './bundle.ts';
import { openIdentity, publicIdentity } from './identity.ts';
import { parseKept, sealedShape } from './kept.ts';
import { failed, type SignalFailed } from './outcome.ts';
import { findPeer, putPeer } from './peer.ts';
import { signedPrekey, singlePrekey } from './prekeys.ts';
import { establish, hasSession, type Line, seal, type Sealed, sealedPlain } from './sessions.ts';

/** A message is to be asked for again, for the `count`th time; with one's own keys where they may help. */
export interface Ask {
  readonly kind: 'ask';
  readonly count: number;
  readonly registration: number;
  readonly keys: Bundle | undefined;
}

/** A message could not be opened: counts, and makes the keys for a new session. */
export async function ask(line: Line, name: string): Promise<Ask | SignalFailed> {
  const { draft, limits, peer } = line;
  const before = Number((await draft.get('retry', peer, name)) ?? 0);
  if (before >= limits.maxRetries) return failed('too-many-retries');
  if (before === 0 && (await draft.names('retry', peer, limits.maxAsked)).length >= limits.maxAsked)
    return failed('too-many-retries');
  const count = before + 1;
  draft.put('retry', peer, name, String(count));
  const own = publicIdentity(openIdentity(draft.identity));
  const keys =
    count < limits.keysFrom
      ? undefined
      : { ...own, signed: await signedPrekey(draft, limits), prekey: await singlePrekey(draft) };
  return { kind: 'ask', count, registration: own.registration, keys };
}

export interface Asked {
  /** The name of the message, and under which it was sealed last. */
  readonly name: string;
  readonly last: string;
  readonly count: number;
  /** Where it is not given, it is what was sealed under `first`. */
  readonly plain: Uint8Array | undefined;
  readonly first: string;
  /** The peer's keys, from its receipt or its server. */
  readonly bundle: Bundle | undefined;
}

/**
 * The peer could not open a message: makes the session anew, unless that was done since the message was last sealed, and
 * seals it under its new name. Repeated it answers the same bytes.
 */
export async function sealAgain(line: Line, asked: Asked): Promise<Sealed | SignalFailed> {
  const { draft, limits, peer } = line;
  if (!Number.isInteger(asked.count) || asked.count < 1) return failed('malformed');
  if (asked.count > limits.maxRetries) return failed('too-many-retries');
  const plain = asked.plain ?? (await sealedPlain(line, asked.first));
  if (plain === undefined) return failed('not-kept');
  const isKept = (await draft.get('sealed', peer, asked.name)) !== undefined;
  if (!isKept && !(await isFresh(line, asked.last))) {
    if (asked.bundle === undefined) return failed('needs-bundle');
    const refused = await countReset(line);
    if (refused !== undefined) return refused;
    const made = await establish(line, asked.bundle);
    if (made.kind === 'failed') return made;
  }
  return seal(line, asked.name, plain);
}

/** Whether the session is another than the one that the message was sealed in. */
async function isFresh(line: Line, name: string): Promise<boolean> {
  const { draft, peer } = line;
  const last = await draft.get('sealed', peer, name);
  const known = await findPeer(draft, peer);
  if (last === undefined || known === undefined || !(await hasSession(line))) return false;
  return parseKept(sealedShape, last).session < known.sessions;
}

async function countReset({ draft, limits, peer }: Line): Promise<SignalFailed | undefined> {
  const known = await findPeer(draft, peer);
  if (known === undefined) return undefined;
  const isOver = draft.now - known.since >= limits.resetWindow || draft.now < known.since;
  const { resets, since } = isOver ? { resets: 0, since: draft.now } : known;
  if (resets >= limits.maxResets) return failed('too-many-resets');
  putPeer(draft, peer, { ...known, resets: resets + 1, since });
  return undefined;
}
