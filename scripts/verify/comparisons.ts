import type { DeliveredMessage } from './record.ts';

/** What was sent and is not among what arrived, and the other way round. */
export function lost(accepted: readonly string[], delivered: readonly string[]): readonly string[] {
  const arrived = new Set(delivered);
  const sent = new Set(accepted);
  return [
    ...accepted.filter((text) => !arrived.has(text)).map((text) => `${text} is lost`),
    ...[...arrived].filter((text) => !sent.has(text)).map((text) => `${text} arrived but was not sent here`),
  ];
}

/** What arrived after something that was sent later. A repeat may only follow at once on what it repeats. */
export function outOfOrder(sent: readonly string[], arrived: readonly string[]): readonly string[] {
  const place = new Map(sent.map((text, index) => [text, index]));
  const found: string[] = [];
  let last: string | undefined;
  for (const text of arrived) {
    const before = last === undefined ? undefined : place.get(last);
    const now = place.get(text);
    if (before !== undefined && now !== undefined && now < before)
      found.push(`${text} after ${String(last)}`);
    last = text;
  }
  return found;
}

/** Repeats under another id than the first time, and ids that two messages have. */
export function renamed(delivered: readonly DeliveredMessage[]): readonly string[] {
  const idOf = new Map<string, string>();
  const textOf = new Map<string, string>();
  const found: string[] = [];
  for (const { text, id } of delivered) {
    const earlier = idOf.get(text);
    if (earlier !== undefined && earlier !== id) found.push(`${text} came again under another id`);
    const other = textOf.get(id);
    if (other !== undefined && other !== text) found.push(`${text} has the id of ${other}`);
    if (id === '') found.push(`${text} has no id`);
    idOf.set(text, id);
    textOf.set(id, text);
  }
  return found;
}

/** What is there more than once, or was never sent. */
export function doubled(sent: readonly string[], shown: readonly string[]): readonly string[] {
  const known = new Set(sent);
  const times = new Map<string, number>();
  for (const text of shown) times.set(text, (times.get(text) ?? 0) + 1);
  return [
    ...[...times].filter(([, count]) => count > 1).map(([text, count]) => `${text} is there ${count} times`),
    ...[...times.keys()]
      .filter((text) => !known.has(text))
      .map((text) => `${text} is there but was not sent here`),
  ];
}

/** How many of what arrived had arrived before. */
export function repeatsIn(delivered: readonly DeliveredMessage[]): number {
  return delivered.length - new Set(delivered.map(({ text }) => text)).size;
}
