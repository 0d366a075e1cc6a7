import { eventually } from '../../../test/conformance/eventually.ts';
import type { Feature } from '../../../src/core/network.ts';
import { rulesEn } from '../../../src/texts/rules-en.ts';
import { isPassing, type Lane } from './lane.ts';

const patienceMs = 20_000;

/** Something that was sent, and the rule that is about it. */
export interface Sent {
  readonly id: string;
  readonly rule: string;
}

/** By what the sender was told of it. */
export function toldOf(lane: Lane, { id, rule }: Sent): readonly string[] {
  const { refusals, changes } = lane.from.told(id, rule);
  return [...refusals, ...changes];
}

/** Nobody was told. */
export function silent(told: readonly string[]): void {
  if (told.length > 0) throw new Error(`the sender was told: ${told.join(' and ')}`);
}

/** Whether a refusal is told: nobody sends signals by hand, and a multi-user room would put the bridge out for an error. */
export function isTold({ chat, way }: Lane, feature: Feature): boolean {
  return !isPassing(feature) && (way === 'to XMPP' || chat === 'direct');
}

/** The Matrix user reads in the management room what was changed, and that it did pass. */
export async function isToldOfChange(lane: Lane, feature: Feature, { id, rule }: Sent): Promise<void> {
  await eventually(
    `a line that tells of the change by ${rule}`,
    () =>
      lane.from.told(id, rule).changes.find((line) => namesFeature(line, feature) && line.includes('XMPP')),
    patienceMs,
  );
  const { refusals } = lane.from.told(id, rule);
  silent(refusals);
}

/** Waits until the sender was told, where that is due, by all that is due. */
export async function isToldOfRefusal(lane: Lane, feature: Feature, { id, rule }: Sent): Promise<void> {
  if (!isTold(lane, feature)) return;
  const complete = (refusals: readonly string[]): boolean =>
    lane.way === 'to XMPP'
      ? refusals.includes('a message status') &&
        refusals.some((line) => namesFeature(line, feature) && line.includes('XMPP'))
      : refusals.some((error) => error.includes('policy-violation') && namesFeature(error, feature));
  let last: readonly string[] = [];
  await eventually(
    `what tells the sender that ${rule} refused it`,
    () => {
      last = lane.from.told(id, rule).refusals;
      return complete(last) ? true : undefined;
    },
    patienceMs,
    () => `Told was: ${last.length === 0 ? 'nothing' : last.join(' and ')}.`,
  );
}

function namesFeature(line: string, feature: Feature): boolean {
  return line.includes(rulesEn[`feature.${feature}`]);
}
