/** Which way something goes. */
export type WayName = 'to Matrix' | 'to the app' | 'A to B' | 'B to A' | 'both ways';

/** One thing that is to hold, and how it is found out: `play` rejects with what broke it. */
export interface Scenario {
  readonly part: string;
  readonly name: string;
  readonly way: WayName;
  readonly play: () => Promise<void>;
}

/** How a scenario ended. */
export interface Line extends Omit<Scenario, 'play'> {
  readonly ok: boolean;
  /** What broke it; undefined where it held. */
  readonly fault: string | undefined;
  readonly ms: number;
}

const longestMs = 180_000;

/** How a scenario is called, and found. */
export function labelOf({ part, name, way }: Omit<Scenario, 'play'>): string {
  return `${part}: ${name} [${way}]`;
}

/** Plays one after the other; each line is told as soon as it is known. */
export async function playAll(
  scenarios: readonly Scenario[],
  tell: (line: Line) => void,
): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (const { play, ...about } of scenarios) {
    const began = performance.now();
    const fault = await withinTime(play()).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    const line = { ...about, ok: fault === undefined, fault, ms: Math.round(performance.now() - began) };
    lines.push(line);
    tell(line);
  }
  return lines;
}

/** Prints a line as people read it. */
export function show(line: Line): void {
  console.log(`${line.ok ? '✓' : '✗'} ${labelOf(line)}, ${(line.ms / 1_000).toFixed(1)} s`);
  if (line.fault !== undefined) console.log(`    ${line.fault.slice(0, 600)}`);
}

async function withinTime(work: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`not over after ${longestMs / 1_000} s`)), longestMs);
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
