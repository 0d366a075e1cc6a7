import { arrives, plainDeed, ruleFor, type Lane } from './lane.ts';
import type { RuleJson } from './rule-api.ts';
import type { Scenario, Track } from './scenario.ts';
import type { Stage } from './stage.ts';

type Json = Readonly<Record<string, unknown>>;

/** What is wrong with a rule, beside one that is right. */
const mistakes: readonly { readonly what: string; readonly rule: Json; readonly status: number }[] = [
  { what: 'an unknown feature', rule: { features: ['telepathy'], action: 'drop' }, status: 400 },
  { what: 'an unknown key', rule: { features: ['text'], action: 'drop', colour: 'red' }, status: 400 },
  { what: 'a bad pattern', rule: { features: ['text'], action: 'drop', people: ['/(?=bob)/'] }, status: 422 },
  {
    what: 'an unknown group',
    rule: { features: ['text'], action: 'drop', user_groups: ['nobodies'] },
    status: 422,
  },
  { what: 'nothing to convert to', rule: { features: ['text'], action: 'convert' }, status: 422 },
  {
    what: 'an id that is there twice',
    rule: { id: 'good', features: ['text'], action: 'drop' },
    status: 409,
  },
];

/** A change with one mistake in it is refused as a whole, and the rules in force stay. */
export function changeScenarios(stage: Stage, lane: Lane): Track {
  const about = { part: 'bad changes', chat: lane.chat, way: lane.way } as const;
  const overHttp = mistakes.map(({ what, rule, status }): Scenario => ({
    ...about,
    name: `${what} refuses the whole change`,
    play: () => play(stage, lane, rule, status),
  }));
  const byCommand: Scenario = {
    ...about,
    name: 'a command with a mistake changes nothing and says what is wrong',
    play: () => commanded(stage, lane),
  };
  return [...overHttp, ...(lane.chat === 'direct' ? [byCommand] : [])];
}

async function play({ api }: Stage, lane: Lane, rule: Json, status: number): Promise<void> {
  const stays = ruleFor(lane, 'stays', { features: ['location'], action: 'allow' });
  await api.during([stays], async () => {
    const good = ruleFor(lane, 'good', { features: ['location'], action: 'drop' });
    const bad: RuleJson = { ...ruleFor(lane, 'bad', rule), ...(rule['id'] === 'good' && { id: good.id }) };
    const answer = await api.ask('POST', '/rules', { rules: [good, bad], remove: [stays.id] });
    if (answer.status !== status)
      throw new Error(`it was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    const { problems, rule: named } = answer.body;
    const isSaid = named === good.id || (Array.isArray(problems) && problems.length > 0);
    if (!isSaid) throw new Error(`it is not said what is wrong: ${JSON.stringify(answer.body)}`);
    await unchanged({ api }, lane, stays.id, [good.id, bad.id]);
  });
}

async function commanded({ api, cast }: Pick<Stage, 'api' | 'cast'>, lane: Lane): Promise<void> {
  const stays = ruleFor(lane, 'stays', { features: ['location'], action: 'allow' });
  await api.during([stays], async () => {
    const id = `commanded-${lane.way === 'to XMPP' ? 'out' : 'in'}`;
    await cast.root.ask(`rules add first ${id} convert location,text`, new RegExp(`${id}.*cannot convert`));
    await unchanged({ api }, lane, stays.id, [id]);
  });
}

async function unchanged(
  { api }: Pick<Stage, 'api'>,
  lane: Lane,
  stays: string,
  not: readonly string[],
): Promise<void> {
  const inForce = await api.inForce();
  if (!inForce.includes(stays)) throw new Error(`${stays} is not in force any more`);
  const there = not.filter((id) => inForce.includes(id));
  if (there.length > 0) throw new Error(`${there.join(' and ')} came in force`);
  const deed = plainDeed('location');
  await lane.from.act(deed);
  await arrives(lane, deed, 'itself');
}
