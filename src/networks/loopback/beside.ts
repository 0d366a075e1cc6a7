/** Calls, timers and identities, from packets and to them. */
import type { CallEvent, Expiry, IdentityChangeEvent, MessageEvent, TimerEvent } from '../../core/event.ts';
import { parseFingerprint, type RemoteUserId } from '../../core/ids.ts';
import type { Handled } from '../../core/network.ts';
import { expiryOf } from '../../core/timers.ts';
import { messageIdFor } from './ids.ts';
import type { PacketBody, WorldExpiry } from './packet.ts';

type BesideBody = Extract<PacketBody, { readonly kind: 'call' | 'timer' | 'identity' }>;
type Beside =
  | Pick<CallEvent, 'kind' | 'change' | 'call' | 'media'>
  | Pick<TimerEvent, 'kind' | 'expires'>
  | Pick<IdentityChangeEvent, 'kind' | 'person' | 'identity' | 'previous' | 'verified'>;

/** What a packet of these kinds says. */
export function besideOf(body: BesideBody, person: RemoteUserId): Beside {
  switch (body.kind) {
    case 'call':
      return { kind: 'call', change: body.change, call: body.call, media: body.media };
    case 'timer':
      return { kind: 'timer', expires: expiryIn(body.expires) };
    case 'identity': {
      const identity = parseFingerprint(body.identity);
      if (identity === undefined) throw new Error('the schema lets no other through');
      const previous = body.previous === undefined ? undefined : parseFingerprint(body.previous);
      return { kind: 'identity-change', person, identity, previous, verified: body.verified ?? false };
    }
  }
}

/** How long a message is to stay, where it says so. */
export function expiring(expires: WorldExpiry | undefined): Pick<MessageEvent, 'expires'> {
  const parsed = expiryIn(expires);
  return parsed === undefined ? {} : { expires: parsed };
}

function expiryIn(expires: WorldExpiry | undefined): Expiry | undefined {
  return expires && expiryOf(expires.seconds * 1_000, expires.from);
}

/** The same as the world has it; whole seconds, and at least one. */
export function worldExpiry(expires: Expiry | undefined): { readonly expires?: WorldExpiry } {
  if (expires === undefined) return {};
  return { expires: { seconds: Math.max(1, Math.round(expires.afterMs / 1_000)), from: expires.from } };
}

/** A user's call, as the world is told of it: nobody there can take it. */
export function callBody({ change, cause, media }: CallEvent): PacketBody {
  return { kind: 'call', change, call: messageIdFor(cause), ...(media === undefined ? {} : { media }) };
}

/** That somebody tried was told; the call itself went nowhere. */
export function notCalled(handled: Handled): Handled {
  return handled.kind === 'sent' ? { kind: 'unsupported', reason: 'no-calls' } : handled;
}
