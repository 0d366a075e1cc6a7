import { groupFigures, passage, type GroupFigures } from './group-judgement.ts';
import { guarantee, type Guarantee } from './guarantee.ts';
import { openEvents } from './open-events.ts';
import type { GroupRecord, RunRecord } from './record.ts';

/** A time in which the bridge heard nothing of one group. */
export interface GapRecord {
  readonly name: string;
  readonly group: string;
  /** What was said meanwhile, by marks. */
  readonly said: ReadonlySet<string>;
  /** How many messages were to be said. */
  readonly wanted: number;
  /** From the moment from which it could hear again until all of it was on Matrix, in milliseconds. */
  readonly ms: number | undefined;
}

/** A run in which the bridge is away while people talk. */
export interface CatchUpRecord extends Pick<RunRecord, 'groups' | 'kills' | 'states' | 'unexpectedEnds'> {
  readonly gaps: readonly GapRecord[];
}

/** What became of the guarantees. */
export interface CatchUpJudgement {
  readonly ok: boolean;
  readonly guarantees: readonly Guarantee[];
  readonly figures: GroupFigures & {
    readonly gaps: readonly {
      readonly name: string;
      readonly said: number;
      readonly ms: number | undefined;
    }[];
    /** How far the time of a message is from the archive's, at most, in milliseconds. */
    readonly worstTime: number;
  };
}

/** The clock of an archive may be written in whole seconds. */
const toleranceMs = 1_000;

/** Compares what was said while the bridge was away with what is on Matrix. Pure. */
export function judgeCatchUp(run: CatchUpRecord): CatchUpJudgement {
  const { groups, gaps, kills, unexpectedEnds } = run;
  const judged = { groups, kills, wantedInGroups: 0 };
  const off = gaps.flatMap((gap) => timesOff(gap, groups));
  const worstTime = Math.max(0, ...off.map(({ ms }) => ms));
  const missed = gaps.reduce((sum, { said }) => sum + said.size, 0);
  const guarantees = [
    guarantee('people talked while it was away', tooQuiet(gaps), `${missed} in ${gaps.length} gaps`),
    guarantee('what was said meanwhile came in', notIn(run), gapsText(gaps)),
    guarantee('with its own times', wrongTimes(off), `at most ${worstTime} ms off`),
    ...passage(judged),
    guarantee('every event ended in one outcome', openEvents(run.states), ''),
    guarantee('the bridge ended only when told to', unexpectedEnds, `${kills} ends`),
  ];
  const told = gaps.map(({ name, said, ms }) => ({ name, said: said.size, ms }));
  const figures = { ...groupFigures(judged), gaps: told, worstTime };
  return { ok: guarantees.every(({ ok }) => ok), guarantees, figures };
}

function tooQuiet(gaps: readonly GapRecord[]): readonly string[] {
  return gaps
    .filter(({ said, wanted }) => said.size < wanted)
    .map(({ name, said, wanted }) => `${name}: only ${said.size} of ${wanted} were said`);
}

function notIn({ gaps, groups }: CatchUpRecord): readonly string[] {
  return gaps.flatMap((gap) => {
    const shown = new Set(groupOf(gap, groups)?.shown.map(({ text }) => text));
    return [...gap.said].filter((text) => !shown.has(text)).map((text) => `${gap.name}: ${text} is lost`);
  });
}

interface TimeOff {
  readonly text: string;
  readonly ms: number;
}

function timesOff(gap: GapRecord, groups: readonly GroupRecord[]): readonly TimeOff[] {
  const group = groupOf(gap, groups);
  const times = new Map(group?.reflected.map(({ text, at }) => [text, at]));
  return (group?.shown ?? []).flatMap(({ text, at }) => {
    const said = times.get(text);
    return said === undefined || !gap.said.has(text) ? [] : [{ text, ms: Math.abs(at - said) }];
  });
}

function wrongTimes(off: readonly TimeOff[]): readonly string[] {
  return off.filter(({ ms }) => ms > toleranceMs).map(({ text, ms }) => `${text} is ${ms} ms off`);
}

function gapsText(gaps: readonly GapRecord[]): string {
  return gaps
    .map(({ name, ms }) => `${name} ${ms === undefined ? 'never' : `${Math.round(ms / 100) / 10} s`}`)
    .join(', ');
}

function groupOf(gap: GapRecord, groups: readonly GroupRecord[]): GroupRecord | undefined {
  return groups.find(({ group }) => group === gap.group);
}
