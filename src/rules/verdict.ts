/** What a set of rules says of one event. */
import type { Feature } from '../core/network.ts';
import type { Action, AuthoredRule, Dimension } from './rule.ts';

/** The rule that decided for a feature that the event uses. */
export interface Decided {
  readonly feature: Feature;
  readonly by: AuthoredRule;
  readonly dimension: Dimension;
  readonly action: Action;
}

/**
 * What is decided, and by which rules. Of the features that an event uses the strictest decides: `drop`, then `refuse`,
 * then `convert`, of which there may be several at once.
 */
export type RulesVerdict =
  /** `by` is the rule that allowed it; none where no rule is about it. */
  | { readonly kind: 'allow'; readonly by: Decided | undefined }
  | { readonly kind: 'convert'; readonly by: readonly [Decided, ...Decided[]] }
  | { readonly kind: 'drop' | 'refuse'; readonly by: Decided };
