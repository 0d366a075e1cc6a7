/** From what was kept to the core's events: pure and total. What a message says is read by interop/message. */
import type { Party } from '../../core/event.ts';
import { localpartOf, parseFingerprint } from '../../core/ids.ts';
import type { Media } from '../../core/media.ts';
import type { Arrival, OpenedArrival } from '../../core/network.ts';
import type { Called } from '../../interop/message/mentions.ts';
import { openPlaintext } from '../../interop/message/from-wire.ts';
import { parseMessageId } from '../../interop/message/message-id.ts';
import { withFileBefore } from '../../interop/message/said-before.ts';
import type { SealedFile } from '../../interop/message/sealed-file.ts';
import { parseAddress } from '../../interop/node/address.ts';
import { personAt } from './ids.ts';
import { readKept, type KeptIdentity, type KeptMessage } from './raw.ts';

export interface OpenDeps {
  /** How a file is fetched and opened; nothing is fetched here. */
  readonly file: (file: SealedFile) => Media['open'];
  readonly key: Uint8Array;
}

/** Opens an arrival. The address that the server vouched for counts, not what the message says. */
export function openArrival(arrival: Arrival, cause: string, deps: OpenDeps): OpenedArrival {
  const kept = readKept(arrival.raw);
  if (kept === undefined) return { kind: 'ignored', reason: 'broken-event' };
  const sender: Party = { in: 'remote', userId: arrival.sender };
  const envelope = { cause, sender, at: arrival.at };
  switch (kept.kind) {
    case 'identity':
      return openIdentity(kept, arrival, envelope);
    case 'message':
      return openMessage(kept, arrival, envelope, deps);
  }
}

interface Frame {
  readonly cause: string;
  readonly sender: Party;
  readonly at: number;
}

function openIdentity(kept: KeptIdentity, { sender }: Arrival, frame: Frame): OpenedArrival {
  const identity = parseFingerprint(kept.identity);
  if (identity === undefined) return { kind: 'ignored', reason: 'broken-event' };
  return {
    kind: 'event',
    event: {
      ...{ ...frame, kind: 'identity-change', name: undefined, person: sender },
      ...{ identity, previous: undefined, verified: false },
    },
  };
}

function openMessage(kept: KeptMessage, arrival: Arrival, frame: Frame, deps: OpenDeps): OpenedArrival {
  const id = parseMessageId(kept.id);
  if (id === undefined) return { kind: 'unsupported', reason: 'broken-event' };
  const came = { ...frame, id };
  const before = kept.before === undefined ? undefined : bytesIn(kept.before);
  const context = withFileBefore(before, came, {
    ...{ open: deps.file, whoIs: (address: string) => whoIs(address, kept, arrival, deps.key) },
  });
  return openPlaintext(bytesIn(kept.padded), came, context).opened;
}

function bytesIn(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

/** In a direct chat there are two whom one can call; others stay as they were written. */
function whoIs(address: string, kept: KeptMessage, arrival: Arrival, key: Uint8Array): Called | undefined {
  if (arrival.receiver !== undefined && address === kept.self)
    return { party: { in: 'matrix', userId: arrival.receiver }, name: localpartOf(arrival.receiver) };
  const parsed = parseAddress(address);
  const person = parsed === undefined ? undefined : personAt(parsed, key);
  if (person?.id !== arrival.sender) return undefined;
  return { party: { in: 'remote', userId: person.id }, name: kept.notify ?? person.id };
}
