/** What a running bridge answers to the doctor on `/ready`. */
import { troubles } from './core/trouble.ts';
import type { BridgePart, BridgeProbe } from './doctor/context.ts';

const patience = 20_000;

/** Asks once, however many checks want to know. */
export function bridgeProbe(bind: { readonly host: string; readonly port: number }): BridgeProbe {
  let answer: Promise<readonly BridgePart[] | undefined> | undefined;
  return { look: () => (answer ??= ready(bind)) };
}

/** Undefined where no bridge runs there. */
async function ready({
  host: on,
  port,
}: {
  readonly host: string;
  readonly port: number;
}): ReturnType<BridgeProbe['look']> {
  const host = on === '0.0.0.0' || on === '::' ? 'localhost' : on;
  try {
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/ready`;
    const response = await fetch(url, { signal: AbortSignal.timeout(patience) });
    const body: unknown = await response.json();
    return partsIn(body);
  } catch {
    return undefined;
  }
}

/** The parts of an answer; undefined where it is no answer of a bridge. */
export function partsIn(body: unknown): readonly BridgePart[] | undefined {
  if (!isObject(body) || !isObject(body['parts'])) return undefined;
  return Object.entries(body['parts']).flatMap(([name, part]) => {
    if (!isObject(part)) return [];
    const { state, code } = part;
    if (state !== 'ok' && state !== 'degraded' && state !== 'failed') return [];
    return [{ name, state, trouble: troubles.find((trouble) => trouble === code) }];
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
