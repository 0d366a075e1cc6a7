import { eventually } from '../../../test/conformance/eventually.ts';
import { objectOf } from '../marks.ts';
import type { RuleJson } from './rule-api.ts';
import type { ChatKind, Scenario, Track } from './scenario.ts';
import type { Stage } from './stage.ts';

type Json = Readonly<Record<string, unknown>>;

const patienceMs = 20_000;

/** What a rule makes of the state that tells clients what can be sent in a room. */
interface Change {
  readonly name: string;
  readonly rule: Omit<RuleJson, 'id'>;
  /** What the state says of it: as it usually is, and while the rule is in force. */
  readonly of: (features: Json) => unknown;
  readonly usual: unknown;
  readonly ruled: unknown;
}

const changes: readonly Change[] = [
  {
    name: 'what is refused is greyed out, and comes back',
    rule: { features: ['sticker'], action: 'refuse' },
    of: (features) => 'm.sticker' in fileOf(features),
    usual: true,
    ruled: false,
  },
  {
    name: 'what is converted is shown as passing less well, and comes back',
    rule: { features: ['edit'], action: 'convert' },
    of: ({ edit }) => edit,
    usual: 2,
    ruled: 0,
  },
  {
    name: 'a bound of size is told, and taken back',
    rule: { features: ['image'], larger_than_bytes: 12_345, action: 'refuse' },
    of: (features) => objectOf(fileOf(features)['m.image'])['max_size'] === 12_345,
    usual: false,
    ruled: true,
  },
  {
    name: 'a type is told, and taken back',
    rule: { features: ['video'], types: ['video/mp4'], action: 'refuse' },
    of: (features) => objectOf(objectOf(fileOf(features)['m.video'])['mime_types'])['video/mp4'],
    usual: undefined,
    ruled: -2,
  },
];

/** The room's capability state follows rules, in the direct chat and in the group. */
export function roomStateScenarios(stage: Stage, chat: ChatKind): Track {
  return changes.map((change, index): Scenario => ({
    ...{ part: 'room state', name: change.name, chat, way: 'to XMPP' },
    play: () => play(stage, chat, change, index),
  }));
}

async function play(stage: Stage, chat: ChatKind, change: Change, index: number): Promise<void> {
  await becomes(stage, chat, change, change.usual);
  const rule = { ...change.rule, id: `state-${chat}-${index}`, chats: chat, direction: 'to-network' };
  await stage.api.during([rule], () => becomes(stage, chat, change, change.ruled));
  await becomes(stage, chat, change, change.usual);
}

async function becomes(stage: Stage, chat: ChatKind, change: Change, wanted: unknown): Promise<void> {
  const { room } = stage[chat];
  const { sdk } = stage.cast.alice.user;
  let last: unknown;
  await eventually(
    `com.beeper.room_features with ${String(wanted)}`,
    async () => {
      last = change.of(await sdk.getStateEvent(room, 'com.beeper.room_features', ''));
      return last === wanted ? true : undefined;
    },
    patienceMs,
    () => `It says ${String(last)}.`,
  );
}

function fileOf(features: Json): Json {
  return objectOf(features['file']);
}
