import { makeRunDir } from '../../test/support/run-dir.ts';
import { kindScenarios } from './thirdparty/kind-scenarios.ts';
import { blockScenarios } from './thirdparty/block-scenarios.ts';
import { deletionScenarios } from './thirdparty/deletion-scenarios.ts';
import { reachScenarios } from './thirdparty/reach-scenarios.ts';
import { labelOf, playAll, show, type Line } from './thirdparty/scenario.ts';
import { Stage } from './thirdparty/stage.ts';
import { troubleScenarios } from './thirdparty/trouble-scenarios.ts';

/** What a run found. */
export interface ThirdPartyReport {
  readonly ok: boolean;
  readonly held: number;
  readonly lines: readonly Line[];
}

/** Plays every scenario between the partner app and Matrix users whose line has a part of `filter` in it (parts stand between `|`); prints a line for each. */
export async function verifyThirdParty(filter: string): Promise<ThirdPartyReport> {
  await using dir = await makeRunDir('verify');
  console.log(`thirdparty, in ${dir.path}`);
  await using stage = await Stage.open(dir.path);
  const all = [
    ...kindScenarios(stage),
    ...reachScenarios(stage),
    ...troubleScenarios(stage),
    ...deletionScenarios(stage),
    ...blockScenarios(stage),
  ];
  const lines = await playAll(
    all.filter((scenario) => filter.split('|').some((part) => labelOf(scenario).includes(part))),
    show,
  );
  const held = lines.filter(({ ok }) => ok).length;
  console.log(`${held} of ${lines.length} held`);
  return { ok: lines.length > 0 && held === lines.length, held, lines };
}
