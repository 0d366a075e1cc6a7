import { arrives, isAbsent, plainDeed, ruleFor, type Lane } from './lane.ts';
import type { Scenario, Track } from './scenario.ts';
import type { Stage } from './stage.ts';

type Json = Readonly<Record<string, unknown>>;

/** A dimension, and what names the lane in it. */
interface Place {
  readonly name: string;
  readonly names: Json;
}

/** The dimensions that are about a lane, the weakest first. */
function placesOf({ direct, group }: Stage, lane: Lane): readonly Place[] {
  const room = lane.chat === 'direct' ? direct.room : group.room;
  // What comes into a shared group is nobody's in particular there.
  const isNobodys = lane.chat === 'group' && lane.way === 'to Matrix';
  return [
    { name: 'everywhere', names: {} },
    { name: 'the network', names: { networks: ['xmpp'] } },
    ...(isNobodys ? [] : [{ name: 'a group of users', names: { user_groups: ['readers'] } }]),
    { name: isNobodys ? 'a person' : 'a user', names: lane.doer },
    { name: 'the room', names: { rooms: [room] } },
    { name: 'the time', names: { time: { zone: 'UTC' } } },
  ];
}

/** Of two dimensions the stronger one decides, however the rules are listed; in one dimension the first. */
export function dimensionScenarios(stage: Stage, lane: Lane): Track {
  const places = placesOf(stage, lane);
  const about = { part: 'dimensions', chat: lane.chat, way: lane.way } as const;
  const pairs = places.slice(1).map((stronger, index): Scenario => {
    const weaker = places[index] ?? stronger;
    return {
      ...about,
      name: `${stronger.name} goes before ${weaker.name}`,
      play: () => decides(stage, lane, stronger, weaker),
    };
  });
  const listed: Scenario = {
    ...about,
    name: 'within one dimension the first that is listed decides',
    play: () => firstDecides(stage, lane),
  };
  const groups: Scenario = {
    ...about,
    name: 'a rule for a group of users is not about what comes into a shared group',
    play: () => isNobodys(stage, lane),
  };
  return [...pairs, listed, ...(lane.chat === 'group' && lane.way === 'to Matrix' ? [groups] : [])];
}

/** The weaker one is listed first each time, and the two say the contrary of each other. */
async function decides({ api }: Stage, lane: Lane, stronger: Place, weaker: Place): Promise<void> {
  const rules = (strong: string, weak: string) => [
    ruleFor(lane, 'weaker', { ...weaker.names, features: ['location'], action: weak }),
    ruleFor(lane, 'stronger', { ...stronger.names, features: ['location'], action: strong }),
  ];
  await api.during(rules('allow', 'drop'), () => passes(lane));
  await api.during(rules('drop', 'allow'), () => isStopped(lane));
}

async function firstDecides({ api }: Stage, lane: Lane): Promise<void> {
  const rule = (id: string, action: string) => ruleFor(lane, id, { features: ['location'], action });
  await api.during([rule('first', 'allow'), rule('second', 'drop')], () => passes(lane));
  await api.during([rule('first', 'drop'), rule('second', 'allow')], () => isStopped(lane));
}

async function isNobodys({ api }: Stage, lane: Lane): Promise<void> {
  const rule = { user_groups: ['readers'], features: ['location'], action: 'drop' };
  await api.during([ruleFor(lane, 'readers', rule)], () => passes(lane));
}

async function passes(lane: Lane): Promise<void> {
  const deed = plainDeed('location');
  await lane.from.act(deed);
  await arrives(lane, deed, 'itself');
}

async function isStopped(lane: Lane): Promise<void> {
  const deed = plainDeed('location');
  await lane.from.act(deed);
  await isAbsent(lane, deed);
}
