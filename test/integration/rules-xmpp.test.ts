import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { answerScenarios } from '../../scripts/verify/rules/answer-scenarios.ts';
import { changeScenarios } from '../../scripts/verify/rules/change-scenarios.ts';
import { dimensionScenarios } from '../../scripts/verify/rules/dimension-scenarios.ts';
import { featureActs } from '../../scripts/verify/rules/feature-scenarios.ts';
import { lanesOf, type Lane } from '../../scripts/verify/rules/lane.ts';
import { limitScenarios } from '../../scripts/verify/rules/limit-scenarios.ts';
import { roomStateScenarios } from '../../scripts/verify/rules/room-state-scenarios.ts';
import { playAll, type Act, type Line, type Track } from '../../scripts/verify/rules/scenario.ts';
import { Stage } from '../../scripts/verify/rules/stage.ts';
import { makeRunDir } from '../support/run-dir.ts';

/** `npm run verify -- rules` plays all that there is; these are the ones that everything else stands on. */
describe('rules, on Synapse and Prosody', { timeout: 300_000 }, () => {
  const stack = new AsyncDisposableStack();
  let stage: Stage;
  let lanes: readonly Lane[];

  before(async () => {
    const dir = stack.use(await makeRunDir('rules-xmpp'));
    stage = stack.use(await Stage.open(dir.path, 'plain'));
    lanes = lanesOf(stage);
  });
  after(() => stack.disposeAsync());

  async function allHold(acts: readonly Act[], wanted: number): Promise<void> {
    const told: Line[] = [];
    await playAll(acts, 'plain', (line) => told.push(line));
    assert.deepEqual(
      told.filter(({ ok }) => !ok),
      [],
    );
    assert.equal(told.length, wanted);
  }
  const named = (track: Track, ...names: readonly string[]): Track =>
    track.filter(({ name }) => names.some((part) => name.includes(part)));

  it('let pass, change, drop and refuse on the next event, both ways, and tell who is to be told', () =>
    allHold(featureActs(stage, lanes, ['location', 'edit', 'text']), 4 * (4 + 4 + 3)));

  it('hold by size, by amount and by where they stand', () =>
    allHold(
      [
        lanes.map((lane) => [
          ...named(limitScenarios(stage, lane), 'a text beyond', 'more than so many'),
          ...named(dimensionScenarios(stage, lane), 'the room goes before'),
        ]),
      ],
      4 * 3,
    ));

  it('are set by command and over HTTP, refused as a whole, tried, explained and accounted for', () =>
    allHold(
      [
        lanes.map((lane) => [
          ...answerScenarios(stage, lane),
          ...named(changeScenarios(stage, lane), 'a bad pattern', 'a command with a mistake'),
        ]),
      ],
      4 * (4 + 1) + 2,
    ));

  it('tell rooms what can be sent in them', () =>
    allHold([[roomStateScenarios(stage, 'direct'), roomStateScenarios(stage, 'group')]], 8));
});
