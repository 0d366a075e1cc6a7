/** Events as rows. */
import { laneId, networkId, portalId } from '../core/ids.ts';
import type { KeptContent } from '../core/kept-events.ts';
import { type EventState, type Outcome, type ReasonCode, reasons } from '../core/outcome.ts';
import { features, type Feature } from '../core/network.ts';
import type { Converted } from '../core/policy.ts';
import type { EventRecord, KeptEvent, NewEvent, Source } from '../core/stores.ts';
import type { Cipher } from './cipher.ts';
import { StorageError } from './errors.ts';
import { integer, optionalBytes, optionalInteger, optionalText, type Row, text } from './rows.ts';
import { storable } from './stored-text.ts';

/** The columns of a record, without the payload itself. */
export const recordColumns =
  'seq, source, outer_key, long_outer_id, lane, state, reason, attempts, received_at, ended_at, payload is not null as retryable, waits_for_key';

/** Where an event's payload belongs, for the cipher. */
export function payloadPlace(event: Pick<NewEvent, 'source' | 'outerId'>): readonly string[] {
  return ['events', event.source, storable(event.outerId)];
}

export function sourceOf(row: Row): Source {
  const source = text(row, 'source');
  return source === 'matrix' ? source : networkId(source);
}

export function outerIdOf(row: Row): string {
  return optionalText(row, 'long_outer_id') ?? text(row, 'outer_key');
}

/** A pending event, decrypted. */
export function keptOf(row: Row, cipher: Cipher): KeptEvent {
  const identity = { source: sourceOf(row), outerId: outerIdOf(row) };
  const waitedFor = optionalText(row, 'waits_for_key');
  return {
    ...identity,
    ...(waitedFor === undefined ? {} : { waitedFor }),
    seq: integer(row, 'seq'),
    lane: laneId(text(row, 'lane')),
    payload: payloadOf(row, identity, cipher),
    receivedAt: integer(row, 'received_at'),
    attempts: integer(row, 'attempts'),
  };
}

/** An event's payload, decrypted. One that is gone or damaged reads as nothing: its event ends as broken, and alone. */
export function payloadOf(row: Row, identity: Pick<NewEvent, 'source' | 'outerId'>, cipher: Cipher): string {
  const payload = optionalBytes(row, 'payload');
  try {
    return payload === undefined ? '' : cipher.open(payload, payloadPlace(identity));
  } catch (error) {
    if (error instanceof StorageError && error.code === 'undecryptable') return '';
    throw error;
  }
}

/** An event with its content, decrypted, and the portal that it ended in. */
export function contentOf(row: Row, cipher: Cipher): KeptContent {
  const record = recordOf(row);
  const portal = optionalText(row, 'portal');
  return {
    record,
    payload: payloadOf(row, record, cipher),
    portal: portal === undefined ? undefined : portalId(portal),
  };
}

export function recordOf(row: Row): EventRecord {
  const outcome = outcomeOf(text(row, 'state'), optionalText(row, 'reason'));
  const retryable = row['retryable'];
  const waitsFor = optionalText(row, 'waits_for_key');
  return {
    seq: integer(row, 'seq'),
    source: sourceOf(row),
    outerId: outerIdOf(row),
    lane: laneId(text(row, 'lane')),
    state: outcome?.kind ?? waiting(text(row, 'state')),
    outcome,
    attempts: integer(row, 'attempts'),
    receivedAt: integer(row, 'received_at'),
    endedAt: optionalInteger(row, 'ended_at'),
    retryable: retryable === true || retryable === 1,
    ...(waitsFor === undefined ? {} : { waitsFor }),
  };
}

/** What no id of a rule has in it. */
const apart = '\t';

/** What `outcomeOf` reads back. */
export function reasonOf(outcome: Outcome): string | null {
  switch (outcome.kind) {
    case 'sent':
      return outcome.converted === undefined
        ? null
        : outcome.converted.map(({ rule, feature }) => `${rule}${apart}${feature}`).join(apart);
    case 'blocked':
      return outcome.feature === undefined ? outcome.rule : `${outcome.rule}${apart}${outcome.feature}`;
    case 'ignored':
    case 'unsupported':
    case 'failed':
      return outcome.reason;
  }
}

function outcomeOf(state: string, reason: string | undefined): Outcome | undefined {
  switch (state) {
    case 'sent':
      return reason === undefined ? { kind: 'sent' } : { kind: 'sent', converted: convertedIn(reason) };
    case 'blocked': {
      const [rule = '', name] = (reason ?? '').split(apart);
      const feature = featureOf(name);
      return { kind: 'blocked', rule, ...(feature && { feature }) };
    }
    case 'ignored':
    case 'unsupported':
    case 'failed':
      return { kind: state, reason: reasonCode(reason) };
    default:
      return undefined;
  }
}

function convertedIn(reason: string): readonly Converted[] {
  const words = reason.split(apart);
  return words.flatMap((rule, index): readonly Converted[] => {
    const feature = index % 2 === 0 ? featureOf(words[index + 1]) : undefined;
    return feature === undefined ? [] : [{ rule, feature }];
  });
}

function featureOf(name: string | undefined): Feature | undefined {
  return features.find((feature) => feature === name);
}

/** A reason that an older or newer release wrote and this one does not know reads as `internal`. */
function reasonCode(reason: string | undefined): ReasonCode {
  return reasons.find((known) => known === reason) ?? 'internal';
}

function waiting(state: string): EventState {
  return state === 'held' || state === 'waiting-for-key' ? state : 'pending';
}
