/** Reads the bridge's metrics: https://prometheus.io/docs/instrumenting/exposition_formats/ */

/** How many events ended in each outcome, over both directions. */
export type Outcomes = Readonly<Record<string, number>>;

/** Asks the bridge at `url` how the events ended. */
export async function readOutcomes(url: string): Promise<Outcomes> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`The metrics of the bridge got ${response.status}.`);
  return outcomesIn(await response.text());
}

function outcomesIn(metrics: string): Outcomes {
  const counts: Record<string, number> = {};
  for (const [, labels = '', value] of metrics.matchAll(/^causeway_events_ended_total\{([^}]*)\} (\S+)$/gm)) {
    const outcome = /\boutcome="([^"]*)"/.exec(labels)?.[1];
    if (outcome !== undefined) counts[outcome] = (counts[outcome] ?? 0) + Number(value);
  }
  return counts;
}
