/** The rules as the core's policy: facts from an event, the verdict carried out. */
import type { BridgeEvent } from '../core/event.ts';
import type { MatrixUserId, NetworkId, RemoteUserId } from '../core/ids.ts';
import type { Converted, Direction, JudgedChat, Policy, Verdict } from '../core/policy.ts';
import { isConvertible, withoutFeature } from './convert.ts';
import { evaluate } from './evaluate.ts';
import type { Facts } from './facts.ts';
import { featuresOf, hasUnmeasured, sizeOf, typesOf } from './feature.ts';
import { Rates } from './rates.ts';
import type { RuleSet } from './rule-set.ts';
import type { Rule } from './rule.ts';
import type { Decided, RulesVerdict } from './verdict.ts';

export interface RulePolicyDeps {
  readonly rules: () => RuleSet;
  /** The region of a person on a network, where their id tells it (a number with its country). */
  readonly regionOf?: (network: NetworkId, person: RemoteUserId) => string | undefined;
  /** Further regions of a Matrix user, beside what the rules say of them. */
  readonly regionsOf?: (user: MatrixUserId) => readonly string[];
  readonly now?: () => number;
}

/** Each conversion takes a feature away; what needs more of them than this goes round in a circle. */
const mostRounds = 12;
/** So many sizes that rules name are tried for a file of which nobody said how large it is. */
const mostSizes = 64;

export class RulePolicy implements Policy {
  readonly #deps: RulePolicyDeps;
  readonly #rates = new Rates();

  constructor(deps: RulePolicyDeps) {
    this.#deps = deps;
  }

  /** Judges an event, and what it was converted to, until that may pass as it is. */
  judge(event: BridgeEvent, chat: JudgedChat, direction: Direction): Verdict {
    const rules = this.#deps.rules();
    if (rules.rules.length === 0) return { kind: 'pass' };
    const by: Converted[] = [];
    let current = event;
    for (let round = 0; round < mostRounds; round += 1) {
      const asked: Rule[] = [];
      const facts = this.#facts(rules, current, chat, direction, asked);
      const verdict = evaluate(rules, facts);
      switch (verdict.kind) {
        case 'allow':
          this.#count(asked, current, facts);
          return { ...passes(current, event, by), ...this.#bound(rules, current, facts, verdict) };
        case 'drop':
        case 'refuse':
          return blocked(verdict.by, verdict.kind === 'drop');
        case 'convert': {
          const next = converted(current, verdict.by, chat.kind);
          if (next.kind === 'left') return blocked(next.decided, false);
          current = next.event;
          by.push(...next.by);
          if (next.by.length === 0) return blocked(verdict.by[0], false);
        }
      }
    }
    const [last] = by.slice(-1);
    return { kind: 'block', rule: last?.rule ?? '', ...(last && { feature: last.feature }) };
  }

  /** Up to which size this holds for files of which nobody said how large they are. */
  #bound(rules: RuleSet, event: BridgeEvent, facts: Facts, now: RulesVerdict): { readonly upTo?: number } {
    if (rules.sizes.length === 0 || !hasUnmeasured(event)) return {};
    const who = `${facts.network} ${event.sender.userId}`;
    const isBeyond: Facts['isBeyond'] = (rule) => this.#rates.isBeyond(rule, who, event.cause, facts.now);
    const larger = rules.sizes.filter((size) => size >= (facts.size ?? 0)).slice(0, mostSizes);
    const upTo = larger.find((size) => {
      const then = evaluate(rules, { ...facts, isBeyond, size: size + 1 });
      return then.kind !== now.kind || idOf(then) !== idOf(now);
    });
    return upTo === undefined ? {} : { upTo };
  }

  /** The facts of an event, also for whoever explains; `asked` gets the limits that it does not go beyond. */
  facts(event: BridgeEvent, chat: JudgedChat, direction: Direction): Facts {
    return this.#facts(this.#deps.rules(), event, chat, direction, []);
  }

  #facts(rules: RuleSet, event: BridgeEvent, chat: JudgedChat, direction: Direction, asked: Rule[]): Facts {
    const now = (this.#deps.now ?? Date.now)();
    const { network } = chat.key;
    const { user, person } = peopleOf(event, chat);
    const region = person === undefined ? undefined : this.#deps.regionOf?.(network, person);
    const known =
      user === undefined ? [] : [...rules.regionsOf(user), ...(this.#deps.regionsOf?.(user) ?? [])];
    const who = `${network} ${event.sender.userId}`;
    return {
      ...{ network, direction, user, person, now, chats: chat.kind, chat: chat.key.chat },
      features: featuresOf(event, chat.kind),
      room: 'room' in chat ? chat.room : undefined,
      regions: region === undefined ? known : [...known, region],
      size: sizeOf(event),
      types: typesOf(event),
      isBeyond: (rule) => {
        const isBeyond = this.#rates.isBeyond(rule, who, event.cause, now);
        if (!isBeyond) asked.push(rule);
        return isBeyond;
      },
    };
  }

  #count(asked: readonly Rule[], event: BridgeEvent, { network, now }: Facts): void {
    for (const rule of asked) this.#rates.passed(rule, `${network} ${event.sender.userId}`, event.cause, now);
  }
}

function passes(
  current: BridgeEvent,
  event: BridgeEvent,
  by: readonly Converted[],
): Extract<Verdict, { kind: 'pass' | 'convert' }> {
  return current === event ? { kind: 'pass' } : { kind: 'convert', event: current, by };
}

function idOf({ by }: RulesVerdict): string | undefined {
  return by === undefined || !('by' in by) ? undefined : by.by.rule.id;
}

/** The Matrix user and the person whom an event is about, as far as it is about one. */
function peopleOf(event: BridgeEvent, chat: JudgedChat): Pick<Facts, 'user' | 'person'> {
  if (chat.kind === 'direct') {
    const person = 'remote' in chat ? chat.remote : undefined;
    return { user: chat.key.receiver, person };
  }
  const { sender } = event;
  if (sender.in === 'matrix') return { user: sender.userId, person: undefined };
  const invited = event.kind === 'membership' && event.member.in === 'matrix' ? event.member : undefined;
  return { user: invited?.userId, person: sender.userId };
}

function converted(
  event: BridgeEvent,
  decided: readonly Decided[],
  chats: 'direct' | 'group',
):
  | { readonly kind: 'event'; readonly event: BridgeEvent; readonly by: readonly Converted[] }
  | { readonly kind: 'left'; readonly decided: Decided } {
  const by: Converted[] = [];
  let current = event;
  for (const one of decided) {
    const { feature } = one;
    if (!featuresOf(current, chats).includes(feature)) continue;
    const next = isConvertible(feature) ? withoutFeature(current, feature) : undefined;
    if (next === undefined) return { kind: 'left', decided: one };
    current = next;
    by.push({ feature, rule: one.by.rule.id });
  }
  return { kind: 'event', event: current, by };
}

function blocked({ by, feature }: Decided, silently: boolean): Verdict {
  return { kind: 'block', rule: by.rule.id, feature, ...(silently && { told: 'nobody' }) };
}
