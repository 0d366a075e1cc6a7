/** What the host counts, by closed names; no identifier is in any of them. */
import type { EnlistmentReason } from '../../interop/enlistment/answer.ts';
import type { EnlistmentWhy } from '../../interop/enlistment/router.ts';
import type { NodeFailure } from '../../interop/node/failed.ts';
import { noiseReasons, type NoiseCounts, type NoiseReason } from '../../interop/noise/failure.ts';
import type { StanzaFailure } from '../../interop/stanza/failed.ts';
import type { TokenFault } from '../../interop/identity/token.ts';

export type Admission = 'no-account' | 'wrong-key' | 'shut-out' | 'full' | 'late' | `token-${TokenFault}`;

export type HostCount =
  | `enlisted-${'new' | 'same' | 'changed'}`
  | `enlistment-refused-${EnlistmentReason}`
  | `enlistment-${EnlistmentWhy}`
  | `gone-${'deleted' | 'unseen' | 'removed'}`
  | `handshake-${'begun' | 'turned-away'}`
  | `channel-${NoiseReason}`
  | 'session-begun'
  | `session-refused-${Admission}`
  | `session-closed-${'replaced' | 'removed' | 'shut-out' | 'silent' | 'unacknowledged' | 'broken' | 'failed'}`
  | `node-${NodeFailure}`
  | `stanza-${StanzaFailure}`
  | 'stanza-unexpected'
  | 'stanza-delayed'
  | `took-${'message' | 'receipt' | 'signal'}`
  | 'message-refused'
  | `asked-${'done' | 'refused'}`
  | `mail-${'kept' | 'repeated' | 'full' | 'acknowledged' | 'refused' | 'expired'}`
  | 'ack-unknown'
  | `prekey-${'given' | 'none-left'}`
  | `push-${'asked' | 'full' | 'pushed' | 'refused' | 'given-up' | 'stopped'}`;

export interface HostCounts {
  add(name: HostCount, times?: number): void;
  read(): ReadonlyMap<HostCount, number>;
  /** The same for the chat channel's failures. */
  readonly noise: NoiseCounts;
}

export function createHostCounts(): HostCounts {
  const counted = new Map<HostCount, number>();
  const add = (name: HostCount, times = 1): void => void counted.set(name, (counted.get(name) ?? 0) + times);
  return {
    add,
    read: () => counted,
    noise: {
      count: (reason) => add(`channel-${reason}`),
      read: () => new Map(noiseReasons.flatMap((reason) => entryOf(reason, counted))),
    },
  };
}

function entryOf(
  reason: NoiseReason,
  counted: ReadonlyMap<HostCount, number>,
): readonly (readonly [NoiseReason, number])[] {
  const times = counted.get(`channel-${reason}`);
  return times === undefined ? [] : [[reason, times]];
}
