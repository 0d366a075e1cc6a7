import type { Blocked } from '../core/block-store.ts';
import type { ListKind, ListRule } from '../core/policy-list.ts';
import type { PolicyListBook } from '../core/policy-list-book.ts';
import type { ListFollower } from '../core/policy-list-follower.ts';

/** What a name of a rule or exemption is about. */
export interface ListTarget {
  readonly kind: ListKind;
  readonly name: string;
}

/** What the commands on policy lists need. */
export interface PolicyDesk
  extends
    Pick<ListFollower, 'follow' | 'unfollow'>,
    Pick<
      PolicyListBook,
      'lists' | 'list' | 'rules' | 'size' | 'refused' | 'exempt' | 'unexempt' | 'exemptions'
    > {
  /** The rule of a list by which somebody or something is shut out, exempted or not. */
  shuts(blocked: Blocked): ListRule | undefined;
  /** What is to be exempted so that no list shuts it out; undefined where lists cannot mean it. */
  target(blocked: Blocked): ListTarget | undefined;
}
