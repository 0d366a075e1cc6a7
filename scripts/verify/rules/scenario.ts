/** In which rooms a run takes place: the Matrix side of both portals, and the management room. */
export type Rooms = 'plain' | 'encrypted';
export type ChatKind = 'direct' | 'group';
export type WayName = 'to Matrix' | 'to XMPP' | 'both ways';

/** What the issue asks for, in its order. */
export const parts = [
  'features',
  'limits',
  'dimensions',
  'room state',
  'answers',
  'opt-in',
  'requests',
  'blocks',
  'strict',
  'bad changes',
] as const;
export type Part = (typeof parts)[number];

/** One thing that is to hold, and how it is found out: `play` rejects with what broke it. */
export interface Scenario {
  readonly part: Part;
  readonly name: string;
  readonly chat: ChatKind;
  readonly way: WayName;
  readonly play: () => Promise<void>;
}

/** How a scenario ended. */
export interface Line extends Omit<Scenario, 'play'> {
  readonly rooms: Rooms;
  readonly ok: boolean;
  /** What broke it; undefined where it held. */
  readonly fault: string | undefined;
  readonly ms: number;
}

/** Scenarios that are played one after the other. */
export type Track = readonly Scenario[];
/** Tracks that are played side by side. */
export type Act = readonly Track[];

const longestMs = 90_000;

/** How a scenario is called, and found. */
export function labelOf({ part, name, chat, way }: Omit<Scenario, 'play'>, rooms: Rooms): string {
  return `${part}: ${name} [${chat}, ${rooms}, ${way}]`;
}

/** Plays acts one after the other; each line is told as soon as it is known. */
export async function playAll(
  acts: readonly Act[],
  rooms: Rooms,
  tell: (line: Line) => void,
): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (const act of acts)
    await Promise.all(
      act.map(async (track) => {
        for (const scenario of track) {
          const line = await played(scenario, rooms);
          lines.push(line);
          tell(line);
        }
      }),
    );
  return lines;
}

async function played({ play, ...about }: Scenario, rooms: Rooms): Promise<Line> {
  const began = performance.now();
  const fault = await withinTime(play()).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  return { ...about, rooms, ok: fault === undefined, fault, ms: Math.round(performance.now() - began) };
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
