/**
 * The identity of a topic that a room tells (XEP-0045, 8.1), so that it counts once: who enters is told the topic that is,
 * known by its name or by when it was set, or by being the first. A room that was joined only now has a new room on
 * Matrix, for which the first is news even where an earlier one has shown it.
 */
export function topicMark(
  known: string | number | undefined,
  first: { readonly joinedAt: number | undefined } | undefined,
  now: number,
): string {
  const mark = ['topic', known ?? (first === undefined ? now : 'first')];
  return JSON.stringify(first?.joinedAt === undefined ? mark : [...mark, first.joinedAt]);
}
