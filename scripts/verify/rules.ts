import { makeRunDir } from '../../test/support/run-dir.ts';
import { features } from '../../src/core/network.ts';
import { Random } from './random.ts';
import { answerScenarios } from './rules/answer-scenarios.ts';
import { banScenarios } from './rules/ban-scenarios.ts';
import { blockScenarios } from './rules/block-scenarios.ts';
import { changeScenarios } from './rules/change-scenarios.ts';
import { dimensionScenarios } from './rules/dimension-scenarios.ts';
import { featureActs } from './rules/feature-scenarios.ts';
import { lanesOf } from './rules/lane.ts';
import { limitScenarios } from './rules/limit-scenarios.ts';
import { optInScenarios } from './rules/opt-in-scenarios.ts';
import { requestScenarios } from './rules/request-scenarios.ts';
import { roomStateScenarios } from './rules/room-state-scenarios.ts';
import { labelOf, parts, playAll, type Act, type Line, type Rooms } from './rules/scenario.ts';
import { Stage } from './rules/stage.ts';
import { strictScenarios } from './rules/strict-scenarios.ts';

/** What of the scenarios is to be played. */
export interface RulesPlan {
  readonly only: readonly Rooms[];
  /** Only scenarios whose line has this in it. */
  readonly filter: string;
  /** It decides in which order features are tried. */
  readonly seed: number;
}

/** What a run found. */
export interface RulesReport {
  readonly ok: boolean;
  readonly seed: number;
  readonly held: number;
  readonly lines: readonly Line[];
}

const longestShown = 400;

/** Plays every scenario of who may reach whom and what may pass, in plain rooms and in encrypted ones; prints a line for each. */
export async function verifyRules({ only, filter, seed }: RulesPlan): Promise<RulesReport> {
  const lines: Line[] = [];
  for (const rooms of only) {
    await using dir = await makeRunDir('verify');
    console.log(`rules in ${rooms} rooms, seed ${seed}, in ${dir.path}`);
    lines.push(...(await inRooms(dir.path, rooms, filter, new Random(seed))));
  }
  const held = lines.filter(({ ok }) => ok).length;
  summarise(lines);
  return { ok: lines.length > 0 && held === lines.length, seed, held, lines };
}

async function inRooms(dir: string, rooms: Rooms, filter: string, random: Random): Promise<readonly Line[]> {
  await using stage = await Stage.open(dir, rooms);
  const acts = actsOf(stage, random).map((act) =>
    act.map((track) => track.filter((scenario) => labelOf(scenario, rooms).includes(filter))),
  );
  return await playAll(acts, rooms, show);
}

/** Features first, since they want the chats for themselves; bans last, since they are for everybody. */
function actsOf(stage: Stage, random: Random): readonly Act[] {
  const order = [...features]
    .map((feature) => ({ feature, at: random.next() }))
    .sort((one, other) => one.at - other.at)
    .map(({ feature }) => feature);
  const lanes = lanesOf(stage);
  return [
    ...featureActs(stage, lanes, order),
    lanes.map((lane) => [
      ...limitScenarios(stage, lane),
      ...dimensionScenarios(stage, lane),
      ...answerScenarios(stage, lane),
      ...changeScenarios(stage, lane),
    ]),
    [
      roomStateScenarios(stage, 'direct'),
      roomStateScenarios(stage, 'group'),
      optInScenarios(stage),
      requestScenarios(stage),
      strictScenarios(stage),
      ...blockScenarios(stage),
    ],
    [banScenarios(stage, lanes)],
  ];
}

function show(line: Line): void {
  console.log(`${line.ok ? '✓' : '✗'} ${labelOf(line, line.rooms)}, ${(line.ms / 1_000).toFixed(1)} s`);
  if (line.fault !== undefined) console.log(`    ${line.fault.slice(0, longestShown)}`);
}

function summarise(lines: readonly Line[]): void {
  for (const part of parts) {
    const own = lines.filter((line) => line.part === part);
    if (own.length > 0) console.log(`  ${part}: ${own.filter(({ ok }) => ok).length} of ${own.length} held`);
  }
  console.log(`${lines.filter(({ ok }) => ok).length} of ${lines.length} held`);
}
