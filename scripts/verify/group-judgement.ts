import { doubled, lost, outOfOrder, renamed, repeatsIn } from './comparisons.ts';
import { guarantee, type Guarantee } from './guarantee.ts';
import type { GroupRecord, RunRecord } from './record.ts';

/** Counts over all groups. */
export interface GroupFigures {
  readonly accepted: number;
  readonly arrived: number;
  readonly repeats: number;
  readonly repeatsAllowed: number;
  /** What the multi-user rooms said to all. */
  readonly reflected: number;
  readonly shown: number;
  readonly rooms: number;
}

/** What of a run is about groups. */
export type Judged = Pick<RunRecord, 'groups' | 'kills' | 'wantedInGroups'>;

/** The guarantees of groups; none where a run has no groups. Pure. */
export function groupGuarantees(run: Judged): readonly Guarantee[] {
  const { groups, wantedInGroups } = run;
  if (groups.length === 0) return [];
  const figures = groupFigures(run);
  const said = `${figures.accepted} / ${figures.reflected} of ${wantedInGroups}`;
  return [guarantee('the load of groups flowed', loadFaults(run, figures), said), ...passage(run)];
}

/** What is promised of everything that is said in groups, however much it is. Pure. */
export function passage(run: Judged): readonly Guarantee[] {
  const { groups } = run;
  const figures = groupFigures(run);
  const { accepted, arrived, repeats, repeatsAllowed, reflected, shown, rooms } = figures;
  return [
    guarantee(
      'to rooms: every event arrives',
      faults(run, (group) => lost(group.accepted, textsOf(group.delivered))),
      `${arrived} of ${accepted}`,
    ),
    guarantee(
      'to rooms: in order',
      faults(run, (group) => outOfOrder(group.accepted, textsOf(group.delivered))),
      `${groups.length} groups`,
    ),
    guarantee(
      'to rooms: repeats are few and carry the same id',
      [...faults(run, ({ delivered }) => renamed(delivered)), ...tooManyRepeats(figures)],
      `${repeats}, at most ${repeatsAllowed}`,
    ),
    guarantee(
      'from rooms: what the room said is there once',
      faults(run, notOnce),
      `${shown} of ${reflected}`,
    ),
    guarantee(
      'from rooms: in order',
      faults(run, (group) => outOfOrder(textsOf(group.reflected), textsOf(group.shown))),
      `${shown} shown`,
    ),
    guarantee('one room for each group', faults(run, roomFaults), `${rooms} rooms, ${groups.length} groups`),
  ];
}

/** Counts what was said in groups, and what arrived of it. */
export function groupFigures({ groups, kills }: Judged): GroupFigures {
  const sum = (count: (group: GroupRecord) => number): number =>
    groups.reduce((total, group) => total + count(group), 0);
  const arrived = ({ accepted, delivered }: GroupRecord): number => {
    const texts = new Set(textsOf(delivered));
    return accepted.filter((text) => texts.has(text)).length;
  };
  return {
    accepted: sum(({ accepted }) => accepted.length),
    arrived: sum(arrived),
    repeats: sum(({ delivered }) => repeatsIn(delivered)),
    repeatsAllowed: kills * groups.length,
    reflected: sum(({ reflected }) => reflected.length),
    shown: sum(({ shown }) => shown.length),
    rooms: sum(({ rooms }) => rooms.length),
  };
}

function loadFaults({ wantedInGroups }: Judged, { accepted, reflected }: GroupFigures): readonly string[] {
  return [
    ...(accepted < wantedInGroups
      ? [`only ${accepted} of ${wantedInGroups} messages were sent on Matrix`]
      : []),
    ...(reflected < wantedInGroups ? [`only ${reflected} of ${wantedInGroups} were said in rooms`] : []),
  ];
}

function notOnce({ reflected, shown }: GroupRecord): readonly string[] {
  const there = new Set(textsOf(shown));
  return [
    ...textsOf(reflected)
      .filter((text) => !there.has(text))
      .map((text) => `${text} is lost`),
    ...doubled(textsOf(reflected), textsOf(shown)),
  ];
}

function tooManyRepeats({ repeats, repeatsAllowed }: GroupFigures): readonly string[] {
  return repeats > repeatsAllowed ? [`${repeats} repeats, more than ${repeatsAllowed}`] : [];
}

function roomFaults({ rooms }: GroupRecord): readonly string[] {
  return rooms.length === 1 ? [] : [`the user is in ${rooms.length} rooms of it`];
}

function faults(run: Judged, find: (group: GroupRecord) => readonly string[]): readonly string[] {
  return run.groups.flatMap((group) => find(group).map((fault) => `${group.group}: ${fault}`));
}

function textsOf(messages: readonly { readonly text: string }[]): readonly string[] {
  return messages.map(({ text }) => text);
}
