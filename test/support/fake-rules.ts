import type { ExplainDesk, ExplainedEvent, ExplainedPerson, RuleDesk } from '../../src/rules/desks.ts';
import { RulesInForce } from '../../src/rules/in-force.ts';
import type { AuditEntry, RuleStore, StoredRule } from '../../src/rules/rule-store.ts';
import { Rulebook, type WantedChange } from '../../src/rules/rulebook.ts';
import type { Trial } from '../../src/rules/trial.ts';

/** Rules in memory, with a rulebook that is the true one. `explained` is what can be explained, by what is asked for. */
export interface FakeRules {
  readonly desk: RuleDesk;
  readonly explain: ExplainDesk;
  readonly inForce: RulesInForce;
  readonly trail: AuditEntry[];
  dropped: number;
  trial: Trial;
  /** The changes that were tried, with over how many events. */
  readonly tried: (readonly [WantedChange, number])[];
  readonly events: Map<string, ExplainedEvent>;
  readonly people: Map<string, ExplainedPerson>;
  readonly asked: string[];
}

export function fakeRules(now: () => number): FakeRules {
  const inForce = new RulesInForce();
  const stored = new Map<string, StoredRule>();
  const fake: Omit<FakeRules, 'desk' | 'explain'> = {
    ...{ inForce, trail: [], dropped: 0, tried: [], events: new Map(), people: new Map(), asked: [] },
    trial: { judged: 0, unread: 0, changes: 0, changed: [] },
  };
  const store: RuleStore = {
    list: async () => [...stored.values()],
    change: async ({ put, remove, by, at }) => {
      const note = (id: string, before: string | undefined, after: string | undefined): void => {
        fake.trail.unshift({ seq: fake.trail.length + 1, at, by, id, before, after });
      };
      for (const id of remove) {
        note(id, JSON.stringify(stored.get(id)?.rule), undefined);
        stored.delete(id);
      }
      for (const rule of put) {
        note(rule.id, JSON.stringify(stored.get(rule.id)?.rule), JSON.stringify(rule));
        stored.set(rule.id, { rule, author: by, at });
      }
      return 0;
    },
    audit: async ({ before = Infinity, limit, id }) => ({
      entries: fake.trail
        .filter((entry) => entry.seq < before && (id === undefined || entry.id === id))
        .slice(0, limit),
      dropped: fake.dropped,
    }),
    forgetAuthor: async () => undefined,
  };
  const log = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  };
  const book = new Rulebook({ store, inForce, log, now });
  const desk: RuleDesk = {
    list: () => book.list(),
    find: (id) => book.find(id),
    change: (wanted) => book.change(wanted),
    audit: (page) => store.audit(page),
    test: async (wanted, events) => {
      const candidate = book.candidate(wanted);
      if (candidate.kind !== 'candidate') return candidate;
      fake.tried.push([wanted, events]);
      return { kind: 'tested', trial: fake.trial };
    },
  };
  const explain: ExplainDesk = {
    event: async (id, asker) => {
      fake.asked.push(`event ${id} ${asker.kind}`);
      return fake.events.get(id);
    },
    person: async ({ network, person }, user, asker) => {
      fake.asked.push(`person ${network ?? '-'} ${person} ${user} ${asker.kind}`);
      return fake.people.get(person);
    },
  };
  return Object.assign(fake, { desk, explain });
}
