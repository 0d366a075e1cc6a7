import type { Random } from './random.ts';

/** What people write in a run. */
export type Kind = 'text' | 'edit' | 'reaction' | 'file' | 'location';

/** One thing that somebody is to write: what, and when, in milliseconds from the start. */
export interface Step {
  readonly at: number;
  readonly kind: Kind;
}

/** Most of what people write is text. The shares add up to 1. */
const shares: readonly (readonly [Kind, number])[] = [
  ['edit', 0.12],
  ['reaction', 0.12],
  ['file', 0.08],
  ['location', 0.08],
];

/** What is written at each of the moments. The first is a text, which the others can be about. */
export function stepsAt(moments: readonly number[], random: Random): readonly Step[] {
  return moments.map((at, index) => ({ at, kind: index === 0 ? 'text' : kindFor(random.next()) }));
}

function kindFor(drawn: number): Kind {
  let below = 0;
  for (const [kind, share] of shares) {
    below += share;
    if (drawn < below) return kind;
  }
  return 'text';
}

/** The place that a location names: in the middle of the sea, and another for each. */
export const place = { latitude: 10.5, longitude: -40.25 } as const;

/** Each person in a chat has an emoji of their own, so that no two reactions have the same mark. */
export const emojis = { matrix: '🐢', people: ['👍', '🎉', '🚀'] } as const;

/** The file that carries a mark as its name. */
export function fileOf(mark: string): {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
} {
  return { name: `${mark}.txt`, type: 'text/plain', bytes: new TextEncoder().encode(`This is ${mark}.\n`) };
}
