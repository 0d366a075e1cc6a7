/**
 * Brings two lists of blocked names in step: the bridge's, and one that is kept elsewhere (an ignore list, the list of an
 * account). What was last on both tells who has changed what since. Where both sides changed a name, the block wins.
 */

/** The names on both sides, as keys. */
export interface TwoLists {
  /** What was on both when they were last in step. */
  readonly agreed: ReadonlySet<string>;
  /** What is on the other list now. */
  readonly listed: ReadonlySet<string>;
  /** What is blocked on the bridge now. */
  readonly blocked: ReadonlySet<string>;
}

export interface Judging {
  /** Whether what is missing on the other list was taken off it by somebody: not where the list is late, cut or lost. */
  readonly trusted: boolean;
  /** Whether the block of a name was made anew since it was agreed on. */
  readonly renewed: (key: string) => boolean;
  /** The same text for all names of a person, who is blocked under all of them or under none. */
  readonly personOf: (key: string) => string;
}

/** What is to change on the bridge. */
export interface Followed {
  readonly ended: readonly string[];
  readonly begun: readonly string[];
}

/** What of the other list the bridge is to follow. A person of whom one name was put on it meanwhile stays blocked. */
export function followed(
  { agreed, listed, blocked }: TwoLists,
  { trusted, renewed, personOf }: Judging,
): Followed {
  const added = [...listed].filter((key) => !agreed.has(key));
  const held = new Set(added.map((key) => personOf(key)));
  const isEnded = (key: string): boolean =>
    !listed.has(key) && blocked.has(key) && !renewed(key) && !held.has(personOf(key));
  return {
    ended: trusted ? [...agreed].filter(isEnded) : [],
    begun: added.filter((key) => !blocked.has(key)),
  };
}

/** What is to be written to the other list, once the bridge has followed it. What others put there is never taken off. */
export function toWrite({ agreed, listed, blocked }: TwoLists): {
  readonly add: readonly string[];
  readonly remove: readonly string[];
} {
  return {
    add: [...blocked].filter((key) => !listed.has(key)),
    remove: [...listed].filter((key) => agreed.has(key) && !blocked.has(key)),
  };
}
