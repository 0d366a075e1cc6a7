/** What rules cost: the time of one evaluation among many rules, and of loading them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { matrixUserId, networkId, remoteChatId, remoteUserId, roomId } from '../../src/core/ids.ts';
import { features } from '../../src/core/network.ts';
import { readRules } from '../../src/rule-files.ts';
import { compile } from '../../src/rules/compile.ts';
import { rulesSchema } from '../../src/rules/config.ts';
import { isConvertible } from '../../src/rules/convert.ts';
import { evaluate } from '../../src/rules/evaluate.ts';
import type { Facts } from '../../src/rules/facts.ts';
import type { AuthoredRule, Rule } from '../../src/rules/rule.ts';
import { verdict, type Row } from './verdict-row.ts';
import { benchDir, type Stage } from './stage.ts';
import { median, percentile, rounded } from './statistics.ts';

export interface RulesFigures {
  readonly rules: number;
  readonly evaluations: number;
  /** Of one evaluation, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
  /** From data to rules that can be asked, each round. */
  readonly compiled: readonly Timed[];
  /** From a file to rules that can be asked, written in JSON and in YAML. */
  readonly json: readonly Timed[];
  readonly yaml: readonly Timed[];
}

/** One round, in milliseconds: by the clock, and of CPU, which says more where the machine does other work. */
interface Timed {
  readonly ms: number;
  readonly cpu: number;
}

const networks = ['xmpp', 'loopback', 'whatsapp'].map(networkId);
const groups = Array.from({ length: 50 }, (_, at) => `group${at}`);

/** Measures with 10,000 rules of all dimensions: most of them for users, rooms and groups, as administrators write them. */
export async function benchRules(stage: Stage): Promise<RulesFigures> {
  const count = stage.quick ? 1_000 : 10_000;
  const rules = Array.from({ length: count }, (_, at) => ruleAt(at));
  const around = {
    userGroups: Object.fromEntries(
      groups.map((name, at) => [name, [`@user${at}:example.org`, `/@user${at}.*:example\\.com/`]]),
    ),
    regions: { DE: ['example.org'], FR: ['example.com'] },
  };
  const authored = rules.map((rule): AuthoredRule => ({ rule, author: { kind: 'config' } }));
  const compiledRounds: Timed[] = [];
  const rounds = stage.quick ? 1 : 5;
  for (let round = 0; round < rounds; round += 1) compiledRounds.push(timed(() => compile(authored, around)));
  const json = await fromFile('rules.json', rules, around, rounds);
  const yaml = await fromFile('rules.yaml', rules, around, rounds);
  const compiled = compile(authored, around);
  if (compiled.kind === 'refused') throw new Error(JSON.stringify(compiled.problems[0]));
  const evaluations = stage.quick ? 10_000 : 200_000;
  const times = new Float64Array(evaluations);
  for (let at = -evaluations / 10; at < evaluations; at += 1) {
    const facts = factsAt(Math.abs(at));
    const begun = performance.now();
    evaluate(compiled.rules, facts);
    if (at >= 0) times[at] = performance.now() - begun;
  }
  const all = [...times];
  return {
    ...{ rules: count, evaluations, compiled: compiledRounds, json, yaml },
    p50: rounded(percentile(all, 0.5), 4),
    p99: rounded(percentile(all, 0.99), 4),
    most: rounded(percentile(all, 1), 2),
  };
}

/** The figures as rows of the report. */
export function rulesRows(figures: RulesFigures): readonly Row[] {
  const { p50, p99, most, evaluations, json, yaml, compiled } = figures;
  return [
    [
      'one evaluation, p99',
      `${p99} ms`,
      '< 0.1 ms',
      verdict(p99 < 0.1),
      `p50 ${p50} ms, most ${most} ms of ${evaluations}`,
    ],
    loading('loading them from a file (JSON)', json),
    loading('loading them from a file (YAML)', yaml),
    ['compiling them', `${medianOf(compiled)} ms`, '', '', detail(compiled)],
  ];
}

function loading(what: string, rounds: readonly Timed[]): Row {
  const ms = medianOf(rounds);
  return [what, `${ms} ms`, '< 1000 ms', verdict(ms < 1_000), detail(rounds)];
}

function medianOf(rounds: readonly Timed[]): number {
  return median(rounds.map(({ ms }) => ms));
}

function detail(rounds: readonly Timed[]): string {
  return `CPU ${median(rounds.map(({ cpu }) => cpu))} ms; ${rounds.map(({ ms }) => ms).join(', ')} ms`;
}

async function fromFile(
  name: string,
  rules: readonly Rule[],
  around: { readonly userGroups: Readonly<Record<string, readonly string[]>>; readonly regions: object },
  rounds: number,
): Promise<readonly Timed[]> {
  await using dir = await benchDir();
  const file = join(dir.path, name);
  const written = { rules: rules.map(inFile) };
  await writeFile(file, name.endsWith('.json') ? JSON.stringify(written) : stringify(written));
  const { userGroups, ...parts } = around;
  const section = { ...rulesSchema.parse({ ...parts, files: [file] }), userGroups };
  const times: Timed[] = [];
  for (let round = 0; round < rounds; round += 1) {
    times.push(
      timed(() => {
        const read = readRules(section, [], dir.path, () => ({ kind: 'nowhere' }));
        if (read.kind === 'errors') throw new Error(JSON.stringify(read.problems[0]));
      }),
    );
  }
  return times;
}

/** A rule with the names that it has in a file. */
function inFile({ userGroups, largerThanBytes, moreThan, ...rule }: Rule): object {
  return {
    ...rule,
    ...(userGroups === undefined ? {} : { user_groups: userGroups }),
    ...(largerThanBytes === undefined ? {} : { larger_than_size: largerThanBytes }),
    ...(moreThan === undefined ? {} : { more_than: { events: moreThan.events, within: moreThan.withinMs } }),
  };
}

function timed(work: () => unknown): Timed {
  const [begun, before] = [performance.now(), process.cpuUsage()];
  work();
  const { user, system } = process.cpuUsage(before);
  return { ms: rounded(performance.now() - begun), cpu: rounded((user + system) / 1_000) };
}

function ruleAt(at: number): Rule {
  const feature = features[at % features.length] ?? 'text';
  const action = at % 3 === 0 ? 'drop' : at % 3 === 1 && isConvertible(feature) ? 'convert' : 'refuse';
  const rule = { id: `rule-${at}`, features: [feature], action } as const;
  const on = { ...rule, networks: [networks[at % networks.length] ?? 'xmpp'] };
  switch (at % 10) {
    case 0:
    case 1:
    case 2:
    case 3:
      return { ...on, users: [`@user${at % 4_000}:example.org`] };
    case 4:
    case 5:
      return { ...on, rooms: [`!room${at % 2_000}:example.org`] };
    case 6:
      return { ...on, userGroups: [groups[at % groups.length] ?? ''], direction: 'to-network' };
    case 7:
      return { ...on, people: [`person${at % 1_000}@example.net`] };
    case 8:
      return { ...on, users: [`/@user${at}x.*:example\\.org/`], chats: 'group' };
    default:
      return {
        ...on,
        regions: ['DE'],
        time: { days: ['sat', 'sun'], from: '22:00', to: '06:00', zone: 'Europe/Berlin' },
      };
  }
}

function factsAt(at: number): Facts {
  return {
    network: networks[at % networks.length] ?? networkId('xmpp'),
    direction: at % 2 === 0 ? 'to-network' : 'to-matrix',
    features: ['group', features[at % features.length] ?? 'text', 'text', 'formatting', 'reply'],
    chats: at % 3 === 0 ? 'direct' : 'group',
    chat: remoteChatId(`chat${at % 3_000}@example.net`),
    room: roomId(`!room${at % 3_000}:example.org`),
    user: matrixUserId(`@user${at % 5_000}:example.org`),
    person: remoteUserId(`person${at % 2_000}@example.net`),
    regions: at % 2 === 0 ? ['DE'] : [],
    now: 1_700_000_000_000 + at * 1_000,
    size: 1_000,
    types: [],
    isBeyond: () => false,
  };
}
