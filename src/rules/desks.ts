/** What commands and the HTTP API ask of the rules. */
import type { MatrixUserId, NetworkId, RemoteUserId } from '../core/ids.ts';
import type { DoorExplained } from '../core/door-explained.ts';
import type { Feature } from '../core/network.ts';
import type { Direction } from '../core/policy.ts';
import type { EventRecord } from '../core/stores.ts';
import type { FeatureExplained } from './explain.ts';
import type { AuditEntry, AuditPage, RuleStore } from './rule-store.ts';
import type { Candidate, ChangeResult, RuleInForce, Rulebook, WantedChange } from './rulebook.ts';
import type { Trial } from './trial.ts';

/** How many events a dry run looks at, where nobody says otherwise. */
export const usualTrial = 200;

/** What a dry run comes to, or why the change would be refused. */
export type Tested =
  { readonly kind: 'tested'; readonly trial: Trial } | Exclude<Candidate, { kind: 'candidate' }>;

/** Shows and changes rules. */
export interface RuleDesk extends Pick<Rulebook, 'list' | 'find' | 'change'> {
  change(wanted: WantedChange): Promise<ChangeResult>;
  /** Judges the last `events` events (at most `mostLookedThrough`) as if the change were made. Changes nothing. */
  test(wanted: WantedChange, events: number): Promise<Tested>;
  audit(page: Parameters<RuleStore['audit']>[0]): Promise<AuditPage>;
}

/** Who or what decided, by the name that was written down with the outcome. */
export type Decider =
  | {
      readonly kind: 'rule';
      readonly name: string;
      readonly rule: RuleInForce;
      /** It was changed after it had decided. */
      readonly since: boolean;
    }
  /** A rule that is not in force any more; `last` is the last change of it that is remembered. */
  | { readonly kind: 'past-rule'; readonly name: string; readonly last: AuditEntry }
  /**
   * What decides who may reach whom (a block, a request, an ignore list), with who set it where that is known; without
   * `door`, what is no longer known.
   */
  | { readonly kind: 'door'; readonly name: string; readonly door?: DoorExplained };

export interface DecidedBy {
  readonly decider: Decider;
  readonly feature: Feature | undefined;
}

/** An event, how it ended and who decided that, and what the rules that are in force say of it now. */
export interface ExplainedEvent {
  readonly kind: 'event';
  readonly id: string;
  readonly record: EventRecord;
  /** Who stopped it, or changed something of it, and which feature that is about. */
  readonly decided: readonly DecidedBy[];
  /** Undefined where its content is not kept any more, or it is of no chat. */
  readonly now: readonly FeatureExplained[] | undefined;
}

/** An event of a person that was stopped. */
export interface Stopped {
  readonly id: string;
  readonly direction: Direction;
  readonly endedAt: number | undefined;
  readonly decider: Decider;
}

/** What holds between a user and a person, in a direct chat, and what of theirs was stopped lately. */
export interface ExplainedPerson {
  readonly kind: 'person';
  readonly user: MatrixUserId;
  readonly network: NetworkId;
  readonly person: RemoteUserId;
  /** By direction, only features that a rule is about. */
  readonly rules: Readonly<Record<Direction, readonly FeatureExplained[]>>;
  /** The door that would stop a message, by direction, or hold it; of none where nothing would. */
  readonly doors?: Readonly<Partial<Record<Direction, Decider>>>;
  /** The newest first. */
  readonly stopped: readonly Stopped[];
}

/** Says why. What is not the asker's own is unknown to them, unless they administer the bridge. */
export interface ExplainDesk {
  event(id: string, asker: Asker): Promise<ExplainedEvent | undefined>;
  /** `person` is an address on the network, or the Matrix ID of a ghost; undefined where there can be nobody such. */
  person(
    which: { readonly network: string | undefined; readonly person: string },
    user: MatrixUserId,
    asker: Asker,
  ): Promise<ExplainedPerson | undefined>;
}

/** Who asks: a user for what is their own, or whoever may see everything. */
export type Asker = { readonly kind: 'user'; readonly user: MatrixUserId } | { readonly kind: 'admin' };
