/** Reads the bridge's metrics: https://prometheus.io/docs/instrumenting/exposition_formats/ */
import { setTimeout as sleep } from 'node:timers/promises';

/** How many events ended in each outcome, over both directions. */
export type Outcomes = Readonly<Record<string, number>>;

/** How long what is still on its way is waited for. */
const settlingMs = 5_000;

/** Asks the bridge at `url` how the events ended, once none is on its way any more. */
export async function readOutcomes(url: string): Promise<Outcomes> {
  const deadline = Date.now() + settlingMs;
  for (;;) {
    const metrics = await readMetrics(url);
    if (/^causeway_queue_events 0$/m.test(metrics) || Date.now() > deadline) return outcomesIn(metrics);
    await sleep(50);
  }
}

async function readMetrics(url: string): Promise<string> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(settlingMs) });
  if (!response.ok) throw new Error(`The metrics of the bridge got ${response.status}.`);
  return response.text();
}

function outcomesIn(metrics: string): Outcomes {
  const counts: Record<string, number> = {};
  for (const [, labels = '', value] of metrics.matchAll(/^causeway_events_ended_total\{([^}]*)\} (\S+)$/gm)) {
    const outcome = /\boutcome="([^"]*)"/.exec(labels)?.[1];
    if (outcome !== undefined) counts[outcome] = (counts[outcome] ?? 0) + Number(value);
  }
  return counts;
}
