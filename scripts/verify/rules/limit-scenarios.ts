import { noise, picture } from '../../../test/conformance/samples.ts';
import type { Deed } from './end.ts';
import { arrives, isAbsent, plainDeed, ruleFor, type Lane } from './lane.ts';
import type { RuleJson } from './rule-api.ts';
import type { Scenario, Track } from './scenario.ts';
import type { Stage } from './stage.ts';
import { isToldOfRefusal } from './told.ts';

/** What passes within a limit, and what is beyond it. */
interface Limit {
  readonly name: string;
  readonly rule: Omit<RuleJson, 'id'>;
  readonly within: () => readonly Deed[];
  readonly beyond: () => Deed;
}

const limits: readonly Limit[] = [
  {
    name: 'a text beyond a size is refused, a shorter one passes',
    rule: { features: ['text'], larger_than_bytes: 100 },
    within: () => [plainDeed('text')],
    beyond: () => long(plainDeed('text')),
  },
  {
    name: 'a file beyond a size is refused, a smaller one passes',
    rule: { features: ['file'], larger_than_bytes: 5_000 },
    within: () => [file(2_000)],
    beyond: () => file(8_000),
  },
  {
    name: 'a file of a type is refused, one of another passes',
    rule: { features: ['image'], types: ['image/webp'] },
    within: () => [image('image/png', 'png')],
    beyond: () => image('image/webp', 'webp'),
  },
  {
    name: 'what is more than so many in a time is refused',
    rule: { features: ['location'], more_than: { events: 2, within_ms: 600_000 } },
    within: () => [plainDeed('location'), plainDeed('location')],
    beyond: () => plainDeed('location'),
  },
];

/** Limits of size, type and amount in a lane. */
export function limitScenarios(stage: Stage, lane: Lane): Track {
  return limits.map((limit, index): Scenario => ({
    ...{ part: 'limits', name: limit.name, chat: lane.chat, way: lane.way },
    play: () => play(stage, lane, limit, index),
  }));
}

async function play({ api }: Stage, lane: Lane, limit: Limit, index: number): Promise<void> {
  const rule = ruleFor(lane, `limit-${index}`, { ...limit.rule, ...lane.doer, action: 'refuse' });
  await api.during([rule], async () => {
    for (const deed of limit.within()) {
      await lane.from.act(deed);
      await arrives(lane, deed, 'itself');
    }
    const beyond = limit.beyond();
    const id = await lane.from.act(beyond);
    await isToldOfRefusal(lane, beyond.feature, { id, rule: rule.id });
    await isAbsent(lane, beyond);
  });
}

function long(deed: Deed): Deed {
  return { ...deed, mark: `${deed.mark} ${'long '.repeat(40)}end` };
}

function file(size: number): Deed {
  const deed = plainDeed('file');
  return { ...deed, file: noise(`${deed.mark}.bin`, size) };
}

function image(type: string, ending: string): Deed {
  const deed = plainDeed('image');
  return { ...deed, file: { ...picture(`${deed.mark}.${ending}`), type } };
}
