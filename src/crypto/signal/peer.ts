import type { Draft } from './draft.ts';
import { type KeptPeer, parseKept, peerShape } from './kept.ts';

/**
 * What is to be known of a peer's identity: it is the one that was there before; the first; or another than before, and
 * that was not yet said to have been told. Whoever gets `changed` owes the user a word.
 */
export type IdentityState = 'known' | 'new' | 'changed';

export async function findPeer(draft: Draft, peer: string): Promise<KeptPeer | undefined> {
  const kept = await draft.get('peer', peer, '');
  return kept === undefined ? undefined : parseKept(peerShape, kept);
}

export function putPeer(draft: Draft, peer: string, kept: KeptPeer): void {
  draft.put('peer', peer, '', JSON.stringify(kept));
}

/** Takes an identity (base64) for the peer's, beside whatever else is known. */
export async function meetPeer(draft: Draft, peer: string, identity: string): Promise<void> {
  const known = await findPeer(draft, peer);
  if (known === undefined)
    putPeer(draft, peer, { identity, changed: false, sessions: 0, resets: 0, since: draft.now });
  else if (known.identity !== identity) putPeer(draft, peer, { ...known, identity, changed: true });
}

/** `before` is what was kept when the work began. */
export async function identityState(
  draft: Draft,
  peer: string,
  before: KeptPeer | undefined,
): Promise<IdentityState> {
  if ((await findPeer(draft, peer))?.changed === true) return 'changed';
  return before === undefined ? 'new' : 'known';
}
