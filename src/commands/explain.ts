import { parseMatrixUserId } from '../core/ids.ts';
import type { Feature } from '../core/network.ts';
import { ignoredByUser } from '../core/puppet.ts';
import { isStrictRule, type StrictRule } from '../core/strict-door.ts';
import type { Asker, Decider, ExplainedEvent, ExplainedPerson } from '../rules/desks.ts';
import { authorText, explanationLines } from '../rules/explain-text.ts';
import type { FeatureExplained } from '../rules/explain.ts';
import { ruleAsLine } from '../rules/rule-input.ts';
import { ago, text, type Language } from '../texts/catalogue.ts';
import type { Answer, Block, Call, Command } from './command.ts';
import { line } from './reply.ts';
import type { Services } from './services.ts';

/** `explain`: why an event ended as it did, or what holds for a person: for users what is theirs, else for administrators. */
export const explain: Command = {
  name: 'explain',
  admin: false,
  run: async (call, services) => {
    const [first, ...more] = call.words;
    if (first === undefined || more.length > 2) return 'usage';
    const asker: Asker = call.admin ? { kind: 'admin' } : { kind: 'user', user: call.user };
    if (more.length === 0) {
      const event = await services.explain.event(first, asker);
      if (event !== undefined) return explained(call, services, event);
    }
    const which = ownWords(call, services);
    if (which === undefined) return 'usage';
    const person = first.startsWith('$')
      ? undefined
      : await services.explain.person(which, which.user, asker);
    return person === undefined
      ? [line(call.language, 'explain.unknown', { which: call.words.join(' ') })]
      : between(call, services, person);
  },
};

/** `[network] <person> [user]`; only administrators ask for others. */
function ownWords(
  { words, user, admin }: Call,
  { networks }: Services,
):
  { readonly network: string | undefined; readonly person: string; readonly user: Call['user'] } | undefined {
  const [first = ''] = words;
  const network = words.length > 1 && networks.has(first.toLowerCase()) ? first.toLowerCase() : undefined;
  const [person, whose, ...rest] = network === undefined ? words : words.slice(1);
  if (person === undefined || rest.length > 0) return undefined;
  if (whose === undefined) return { network, person, user };
  const other = parseMatrixUserId(whose);
  return other === undefined || (!admin && other !== user) ? undefined : { network, person, user: other };
}

function explained(call: Call, services: Services, { id, record, decided, now }: ExplainedEvent): Answer {
  const { language } = call;
  const state = text(language, `event.${record.state}`);
  return [
    line(language, record.endedAt === undefined ? 'explain.open' : 'explain.event', { id, state }),
    ...reasonLine(language, record),
    ...decided.flatMap((by) => deciderLines(language, by.decider, services.now(), by.feature)),
    ...(now === undefined
      ? [line(language, 'explain.not-kept')]
      : [line(language, 'explain.now'), ...featureLines(language, now)]),
  ];
}

function reasonLine(language: Language, { outcome }: ExplainedEvent['record']): readonly Block[] {
  if (outcome === undefined || outcome.kind === 'sent' || outcome.kind === 'blocked') return [];
  return [line(language, `reason.${outcome.reason}`)];
}

function between(call: Call, services: Services, found: ExplainedPerson): Answer {
  const { language } = call;
  const { user, person, network, rules, stopped } = found;
  const lines: Block[] = [line(language, 'explain.person', { user, person, network })];
  for (const direction of ['to-matrix', 'to-network'] as const)
    lines.push(
      line(language, `explain.${direction}`, { user, person }),
      ...featureLines(language, rules[direction]),
    );
  lines.push(line(language, 'explain.limits'));
  if (stopped.length > 0) lines.push(line(language, 'explain.stopped'));
  for (const { id, decider } of stopped)
    lines.push(
      line(language, 'explain.event', { id, state: text(language, 'event.blocked') }),
      ...deciderLines(language, decider, services.now()),
    );
  return lines;
}

function featureLines(language: Language, features: readonly FeatureExplained[]): readonly Block[] {
  if (features.length === 0) return [line(language, 'explain.no-rules')];
  const own = features.map(({ feature, decided }) => ({ feature, decided, next: [] }));
  return explanationLines(language, { features: own }).map((rendered) => ({ kind: 'line', line: rendered }));
}

function deciderLines(
  language: Language,
  decider: Decider,
  now: number,
  feature?: Feature,
): readonly Block[] {
  const about =
    feature === undefined
      ? []
      : [line(language, 'explain.feature', { feature: text(language, `feature.${feature}`) })];
  return [...about, ...deciderLine(language, decider, now)];
}

function deciderLine(language: Language, decider: Decider, now: number): readonly Block[] {
  switch (decider.kind) {
    case 'rule': {
      const { rule, author } = decider.rule;
      return [
        line(language, 'explain.rule', { rule: decider.name, author: authorText(language, author) }),
        ...(decider.since ? [line(language, 'explain.rule-since')] : []),
        line(language, 'explain.rule-says', { line: ruleAsLine(rule) }),
      ];
    }
    case 'past-rule': {
      const { by, at } = decider.last;
      const said = { rule: decider.name, author: authorText(language, by), when: ago(language, at, now) };
      return [line(language, 'explain.past-removed', said)];
    }
    case 'door':
      return [line(language, doorKey(decider.name), { name: decider.name })];
  }
}

function doorKey(name: string): 'explain.ignored' | 'explain.door' | `explain.${StrictRule}` {
  if (isStrictRule(name)) return `explain.${name}`;
  return name === ignoredByUser ? 'explain.ignored' : 'explain.door';
}
