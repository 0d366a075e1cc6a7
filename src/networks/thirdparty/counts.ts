/** What the homeserver users' ends meet that nobody is told of in another way. */
export const troubles = [
  /** For somebody who is not there, or not to be reached. */
  'no-receiver',
  /** Without a name that one may have. */
  'nameless',
  /** It does not open: asked for again, or closed. */
  'asked-again',
  'closed',
  /** Of what was asked for again, not to be sent again. */
  'not-sent-again',
  /** A receipt, signal or question that means nothing here. */
  'meaningless',
  /** A provider's user has blocked as many as one may. */
  'too-many-blocked',
  /** No one-time prekey was left to hand out. */
  'no-prekey',
  /** A signal that came while too many were being looked at, or receipts about more messages than anybody was sent. */
  'flooded',
] as const;
export type Trouble = (typeof troubles)[number];

/** How often each was met. */
export interface Counts {
  count(trouble: Trouble): void;
  readonly read: () => ReadonlyMap<Trouble, number>;
}

export function createCounts(): Counts {
  const met = new Map<Trouble, number>();
  return {
    count: (trouble) => void met.set(trouble, (met.get(trouble) ?? 0) + 1),
    read: () => met,
  };
}
