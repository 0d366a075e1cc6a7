import { objectOf } from '../marks.ts';
import type { Deed } from './end.ts';
import { arrives, isAbsent, plainDeed, ruleFor, type Lane } from './lane.ts';
import type { RuleJson } from './rule-api.ts';
import type { Scenario, Track } from './scenario.ts';
import type { Stage } from './stage.ts';

type Json = Readonly<Record<string, unknown>>;

/** What programs and people are answered who ask about rules, with an event of a lane. */
export function answerScenarios(stage: Stage, lane: Lane): Track {
  const asked: readonly (readonly [name: string, play: (stage: Stage, lane: Lane) => Promise<void>])[] = [
    ['explain names the rule that stopped an event, and who set it', explains],
    ['rules test tells what a change would do, and changes nothing', tries],
    ['a rule set by command holds from the next event on, until it is removed', commanded],
    ['the audit has what was set and taken away, and by whom', audits],
  ];
  const about = { part: 'answers', chat: lane.chat, way: lane.way } as const;
  return asked.map(([name, play]): Scenario => ({ ...about, name, play: () => play(stage, lane) }));
}

async function explains(stage: Stage, lane: Lane): Promise<void> {
  const deed = plainDeed('location');
  // The content of what was dropped in silence is not kept, so that it is not among what was stopped lately.
  const rule = ruleFor(lane, 'explained', { features: ['location'], action: 'refuse' });
  await stage.api.during([rule], async () => {
    const id = await lane.from.act(deed);
    await isAbsent(lane, deed);
    const event = await outerId(stage, lane, id);
    const { state, decided_by: decided } = await stage.api.get(`/explain?event=${encodeURIComponent(event)}`);
    const [by = {}] = listOf(decided);
    const author = objectOf(by['author'])['kind'];
    expect('state', state, 'blocked');
    expect('what decided', `${String(by['kind'])} ${String(by['name'])}`, `rule ${rule.id}`);
    expect('whose rule it is', author, 'api');
    expect('the feature', by['feature'], 'location');
    if (lane.chat === 'direct') await holds(stage, lane, rule.id);
    if (lane.way === 'to XMPP') await stage.cast.alice.ask(`explain ${event}`, new RegExp(rule.id));
  });
}

/** What is said of a user and a person names the rule for what is to be sent between them. */
async function holds({ api, cast }: Stage, lane: Lane, rule: string): Promise<void> {
  const answer = await api.get(betweenPath(cast.bob.jid));
  const features = listOf(answer[lane.way === 'to XMPP' ? 'to_network' : 'to_matrix']);
  const place = features.find(({ feature }) => feature === 'location');
  expect('the rule between the two', objectOf(place?.['decided_by'])['rule'], rule);
}

function betweenPath(person: string): string {
  const user = encodeURIComponent('@alice:localhost');
  return `/explain?person=${encodeURIComponent(person)}&user=${user}&network=xmpp`;
}

/** The name that the bridge knows an event by: in a direct chat on XMPP only its answers tell it. */
async function outerId({ api, cast, group }: Stage, lane: Lane, id: string): Promise<string> {
  if (lane.way === 'to XMPP') return id;
  if (lane.chat === 'group') return JSON.stringify(['room', group.address, lane.from.nameOf(id)]);
  const { stopped } = await api.get(betweenPath(cast.bob.jid));
  const last = listOf(stopped).find(({ direction }) => direction === 'to-matrix');
  if (last === undefined) throw new Error(`it is not among what was stopped: ${JSON.stringify(stopped)}`);
  return String(last['event']);
}

async function tries({ api }: Stage, lane: Lane): Promise<void> {
  const before = await said(lane);
  const rule = ruleFor(lane, 'tried', { features: ['location'], action: 'refuse' });
  const { status, body } = await api.ask('POST', '/rules/test', { rules: [rule], events: 100 });
  expect('the status', status, 200);
  const changed = listOf(body['changed']).filter(({ would }) => rulesOf(would).includes(rule.id));
  if (changed.length === 0) throw new Error(`the trial missed ${before.mark}: ${JSON.stringify(body)}`);
  expect('what was', objectOf(changed[0]?.['was'])['kind'], 'allow');
  expect('what would be', objectOf(changed[0]?.['would'])['kind'], 'refuse');
  const direction = lane.way === 'to XMPP' ? 'to-network' : 'to-matrix';
  expect('the direction', changed[0]?.['direction'], direction);
  if ((await api.inForce()).includes(rule.id)) throw new Error('the rule that was tried is in force');
  await said(lane);
}

async function commanded({ cast: { root } }: Stage, lane: Lane): Promise<void> {
  const direction = lane.way === 'to XMPP' ? 'to-network' : 'to-matrix';
  const id = `commanded-${lane.chat}-${direction}`;
  const where = `direction=${direction} chats=${lane.chat}`;
  await root.ask(`rules add first ${id} drop location ${where}`, /hold from the next event|holds from/);
  try {
    const deed = plainDeed('location');
    await lane.from.act(deed);
    await isAbsent(lane, deed);
  } finally {
    await root.ask(`rules remove ${id}`, /hold from the next event|holds from/);
  }
  await said(lane);
}

async function audits({ api }: Stage, lane: Lane): Promise<void> {
  const rule: RuleJson = ruleFor(lane, 'audited', { features: ['location'], action: 'allow' });
  await api.during([rule], () => said(lane));
  const { changes } = await api.get(`/rules/audit?id=${rule.id}`);
  const [removed = {}, added = {}] = listOf(changes);
  expect('who took it away', objectOf(removed['by'])['kind'], 'api');
  expect('what is there after that', removed['after'], null);
  expect('what was there before', added['before'], null);
  expect('what was set', objectOf(added['after'])['id'], rule.id);
}

async function said(lane: Lane): Promise<Deed> {
  const deed = plainDeed('location');
  await lane.from.act(deed);
  await arrives(lane, deed, 'itself');
  return deed;
}

function expect(what: string, is: unknown, wanted: unknown): void {
  if (is !== wanted) throw new Error(`${what} is ${JSON.stringify(is)}, not ${JSON.stringify(wanted)}`);
}

function rulesOf(verdict: unknown): readonly unknown[] {
  const { rules } = objectOf(verdict);
  return Array.isArray(rules) ? rules : [];
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}
