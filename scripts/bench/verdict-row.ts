/** A line of the report. */
export type Row = readonly [what: string, figure: string, goal: string, verdict: string, more: string];

export function verdict(reached: boolean): string {
  return reached ? 'reached' : 'falls short';
}
