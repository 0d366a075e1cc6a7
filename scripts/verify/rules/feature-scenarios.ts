import { eventually } from '../../../test/conformance/eventually.ts';
import { features, type Feature } from '../../../src/core/network.ts';
import { isConvertible } from '../../../src/rules/convert.ts';
import type { Action } from '../../../src/rules/rule.ts';
import type { Deed } from './end.ts';
import { arrives, deedOf, exchange, isAbsent, ruleFor, type Lane } from './lane.ts';
import type { Act, Scenario, Track } from './scenario.ts';
import type { Stage } from './stage.ts';
import { isTold, isToldOfChange, isToldOfRefusal, silent, toldOf, type Sent } from './told.ts';

/** What a lane cannot carry at all, whatever the rules say. */
const impossible: Readonly<Record<Lane['chat'] | Lane['way'], readonly Feature[]>> = {
  // Presence is a person's, not a chat's; a room of XMPP has no receipts of delivery.
  group: ['presence', 'delivery-receipt'],
  direct: ['group'],
  // XMPP has no voice messages and no polls.
  'to Matrix': ['voice', 'poll'],
  // The bridge says by itself that it has taken a message: that it arrived is no word of the user's.
  'to XMPP': ['delivery-receipt'],
};
/** Calls are not carried: what becomes of them, by rules too, the conformance suite tries on the same servers. */
const nowhere: readonly Feature[] = ['call'];

/** What messages that are only there to be answered or corrected use too. */
const ofEveryWord: readonly Feature[] = ['text', 'group'];

/** Each feature that a lane carries, with each action that there is for it. */
export function featureActs(
  stage: Stage,
  lanes: readonly Lane[],
  order: readonly Feature[] = features,
): readonly Act[] {
  const track = (lane: Lane, wanted: (feature: Feature) => boolean): Track => {
    const left = new Set([...nowhere, ...impossible[lane.chat], ...impossible[lane.way]]);
    return order
      .filter((feature) => wanted(feature) && !left.has(feature))
      .flatMap((feature) => actionsOn(stage, lane, feature));
  };
  return [
    lanes.map((lane) => track(lane, (feature) => !ofEveryWord.includes(feature))),
    // One way after the other: what shuts out every word of one lane would shut out what another needs.
    (['direct', 'group'] as const).map((chat) =>
      lanes
        .filter((lane) => lane.chat === chat)
        .flatMap((lane) => track(lane, (feature) => ofEveryWord.includes(feature))),
    ),
  ];
}

function actionsOn(stage: Stage, lane: Lane, feature: Feature): readonly Scenario[] {
  const actions: readonly Action[] = isConvertible(feature)
    ? ['allow', 'convert', 'drop', 'refuse']
    : ['allow', 'drop', 'refuse'];
  return actions.map((action) => ({
    ...{ part: 'features', name: `${feature}, ${action}`, chat: lane.chat, way: lane.way },
    play: () => play(stage, lane, feature, action),
  }));
}

async function play({ api }: Stage, lane: Lane, feature: Feature, action: Action): Promise<void> {
  const deed = await deedOf(lane, feature);
  // In a group what comes after is said by somebody else, whom a rule about every word there must not concern.
  const own = lane.chat === 'group' && (feature === 'text' || feature === 'group') ? lane.doer : {};
  const rule = ruleFor(lane, `${feature}-${action}`, { features: [feature], action, ...own });
  await api.during([rule], async () => {
    const done = feature === 'delivery-receipt' ? await receipted(lane, deed) : deed;
    const id = await lane.from.act(done);
    try {
      await outcome(lane, done, { id, rule: rule.id }, action);
    } finally {
      await ended(lane, done);
    }
  });
}

/** What a client says of its own accord is about a message that comes now. */
async function receipted(lane: Lane, deed: Deed): Promise<Deed> {
  return { ...deed, other: await exchange(lane.to, lane.from, `yours of ${deed.mark}`) };
}

/** The end is for the rule that was for the beginning: a rule to come would keep it from being seen. */
async function ended(lane: Lane, deed: Deed): Promise<void> {
  await lane.from.end(deed);
  if (deed.feature !== 'typing') return;
  const isOver = async (): Promise<true | undefined> =>
    (await lane.to.sees(deed)) === undefined ? true : undefined;
  await eventually('that nobody writes any more', isOver);
}

async function outcome(lane: Lane, deed: Deed, sent: Sent, action: Action): Promise<void> {
  switch (action) {
    case 'allow':
      await arrives(lane, deed, 'itself');
      break;
    case 'convert':
      await arrives(lane, deed, 'converted');
      if (lane.way === 'to XMPP') return isToldOfChange(lane, deed.feature, sent);
      break;
    case 'drop':
      await isAbsent(lane, deed);
      break;
    case 'refuse':
      await isToldOfRefusal(lane, deed.feature, sent);
      await isAbsent(lane, deed);
      if (isTold(lane, deed.feature)) return;
      break;
  }
  silent(toldOf(lane, sent));
}
