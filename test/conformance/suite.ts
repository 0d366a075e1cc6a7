import { after, before, describe } from 'node:test';
import { openingCases } from './opening-cases.ts';
import { messageCases } from './message-cases.ts';
import { troubleCases } from './trouble-cases.ts';
import { peopleCases } from './people-cases.ts';
import { signalCases } from './signal-cases.ts';
import type { Rig } from './rig.ts';
import { acquaint, type Pair, type Stage } from './stage.ts';

/**
 * Registers every case for a network, `more` that its rig can do, and what is to come `last`. One rig serves all of them; it is made before the
 * first and ended after the last.
 */
export function conformance<R extends Rig>(
  name: string,
  makeRig: () => Promise<R>,
  more: (stage: { rig(): R }) => void = () => undefined,
  last: (stage: { rig(): R }) => void = () => undefined,
): void {
  describe(`a network: ${name}`, { timeout: 600_000 }, () => {
    let rig: R | undefined;
    let pair: Pair | undefined;
    const stage: Stage & { rig(): R } = { rig: () => present(rig), pair: () => present(pair) };
    before(async () => {
      rig = await makeRig();
      pair = await acquaint(rig);
    });
    after(async () => {
      await rig?.[Symbol.asyncDispose]();
    });
    messageCases(stage);
    openingCases(stage);
    more(stage);
    signalCases(stage);
    peopleCases(stage);
    troubleCases(stage);
    last(stage);
  });
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the rig could not be made');
  return value;
}
