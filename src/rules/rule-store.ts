/** What is kept of rules that are set while the bridge runs, and of every change of them. */
import type { MatrixUserId } from '../core/ids.ts';
import type { Rule } from './rule.ts';

/** Who changed rules while the bridge ran: a user, whoever has the secret of the HTTP API, or a user who is erased. */
export type Changer =
  | { readonly kind: 'user'; readonly user: MatrixUserId }
  | { readonly kind: 'api' }
  | { readonly kind: 'erased' };

/** A rule that was set while the bridge ran. */
export interface StoredRule {
  readonly rule: Rule;
  readonly author: Changer;
  /** When it was set, milliseconds since the epoch. */
  readonly at: number;
}

/** A row that this release cannot read as a rule: nothing may be taken for granted of it. */
export interface UnreadableRule {
  readonly id: string;
  readonly unreadable: true;
}

/** One change of one rule. `seq` rises by one with each. */
export interface AuditEntry {
  readonly seq: number;
  readonly at: number;
  readonly by: Changer;
  readonly id: string;
  /** The rule before the change, as JSON; undefined where it was not there. */
  readonly before: string | undefined;
  /** The rule after it, as JSON; undefined where it was taken away. */
  readonly after: string | undefined;
}

/** How many changes are remembered. Beyond it the oldest are dropped; how many these were is always told. */
export const mostAudited = 10_000;

/** A page of the audit trail. */
export interface AuditPage {
  /** The newest first. */
  readonly entries: readonly AuditEntry[];
  /** How many older changes are not remembered any more. */
  readonly dropped: number;
}

/** What becomes of the kept rules in one transaction: first `remove`, then `put`. */
export interface RuleChange {
  /** A rule of an id that is there takes its place; others are added at `place`, in their order. */
  readonly put: readonly Rule[];
  readonly remove: readonly string[];
  /** Before or after all others that are kept. */
  readonly place: 'first' | 'last';
  readonly by: Changer;
  readonly at: number;
}

/** The rules that are set while the bridge runs. */
export interface RuleStore {
  /** All, in their order. */
  list(): Promise<readonly (StoredRule | UnreadableRule)[]>;
  /**
   * Changes rules and writes down what was there before and after, all or nothing; durable when it resolves. What changes
   * nothing leaves no trace. Answers how many of the oldest changes were dropped for it.
   */
  change(change: RuleChange): Promise<number>;
  /** Changes before a number (the newest where undefined), of one rule or of all. */
  audit(page: {
    readonly before: number | undefined;
    readonly limit: number;
    readonly id?: string | undefined;
  }): Promise<AuditPage>;
  /** A user is erased: what they set stays, and is nobody's. */
  forgetAuthor(user: MatrixUserId): Promise<void>;
}
