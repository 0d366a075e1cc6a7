/** Tells the core which identity a person shows, in the order of the chat's messages. */
import { createHash } from 'node:crypto';
import { parseFingerprint, type MatrixUserId } from '../../core/ids.ts';
import type { EventSink } from '../../core/network.ts';
import { identityNumber } from '../../crypto/signal/identity-number.ts';
import type { SignalParty } from '../../crypto/signal/signal.ts';
import { formatAddress } from '../../interop/node/address.ts';
import type { Talk } from '../../interop/talk/talk.ts';
import { chatOf, type Person } from './ids.ts';
import { writeKept } from './raw.ts';

export interface IdentityDeps {
  readonly user: MatrixUserId;
  readonly party: Pick<SignalParty, 'identityOf'>;
  readonly talk: Pick<Talk, 'told'>;
  readonly sink: Pick<EventSink, 'receive'>;
  readonly now: () => number;
}

/** `name` is that of the message that showed it, so that a repeat is known as one. Durable when it resolves. */
export async function showIdentity(deps: IdentityDeps, person: Person, name: string): Promise<void> {
  const { user, party, talk, sink, now } = deps;
  const key = await party.identityOf(formatAddress(person.address));
  const identity = key === undefined ? undefined : parseFingerprint(identityNumber(key));
  if (identity === undefined) return;
  const id = JSON.stringify(['identity', user, person.id, name, identity]);
  await sink.receive({
    outerId: createHash('sha256').update(id).digest('base64url'),
    chat: chatOf(person.id),
    sender: person.id,
    receiver: user,
    at: now(),
    raw: writeKept({ kind: 'identity', identity }),
  });
  await talk.told(person.address);
}
