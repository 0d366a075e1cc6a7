import { parseMatrixUserId, type MatrixUserId } from '../core/ids.ts';
import {
  mostAudited,
  type AuditEntry,
  type AuditPage,
  type Changer,
  type RuleChange,
  type RuleStore,
  type StoredRule,
  type UnreadableRule,
} from '../rules/rule-store.ts';
import type { Rule } from '../rules/rule.ts';
import { ruleSchema } from '../rules/schema.ts';
import type { Database, Sql } from './database.ts';
import type { GroupCommit } from './group-commit.ts';
import { integer, optionalText, text, type Row } from './rows.ts';

/** The rules that are set while the bridge runs, on SQLite and PostgreSQL. */
export class SqlRuleStore implements RuleStore {
  readonly #database: Database;
  readonly #commit: GroupCommit;
  readonly #most: number;

  /** `most` is how many changes are remembered. */
  constructor(database: Database, commit: GroupCommit, most = mostAudited) {
    this.#database = database;
    this.#commit = commit;
    this.#most = most;
  }

  async list(): Promise<readonly (StoredRule | UnreadableRule)[]> {
    const rows = await this.#database.rows('select * from rules order by position, id');
    return rows.map(ruleOf);
  }

  change(change: RuleChange): Promise<number> {
    return this.#commit.write(async (sql) => {
      const [last] = await sql.rows('select coalesce(max(seq), 0) as seq from rule_changes');
      const trail = new Trail(sql, change, last === undefined ? 0 : integer(last, 'seq'));
      for (const id of change.remove) await removeOne(sql, id, trail);
      const ordered = change.place === 'first' ? change.put.toReversed() : change.put;
      for (const rule of ordered) await putOne(sql, rule, change, trail);
      return trail.written ? sql.run('delete from rule_changes where seq <= ?', [trail.seq - this.#most]) : 0;
    });
  }

  async audit({ before, limit, id }: Parameters<RuleStore['audit']>[0]): Promise<AuditPage> {
    const conditions = [
      ...(before === undefined ? [] : [{ sql: 'seq < ?', value: before }]),
      ...(id === undefined ? [] : [{ sql: 'id = ?', value: id }]),
    ];
    const where = conditions.length === 0 ? '' : `where ${conditions.map(({ sql }) => sql).join(' and ')}`;
    const rows = await this.#database.rows(`select * from rule_changes ${where} order by seq desc limit ?`, [
      ...conditions.map(({ value }) => value),
      limit,
    ]);
    const [oldest] = await this.#database.rows('select coalesce(min(seq), 1) as seq from rule_changes');
    return { entries: rows.map(entryOf), dropped: oldest === undefined ? 0 : integer(oldest, 'seq') - 1 };
  }

  async forgetAuthor(user: MatrixUserId): Promise<void> {
    await this.#commit.write(async (sql) => {
      for (const table of ['rules', 'rule_changes'])
        await sql.run(`update ${table} set author = ? where author = ?`, [erased, user]);
    });
  }
}

const erased = 'erased';

/** Writes down what is changed. */
class Trail {
  readonly #sql: Sql;
  readonly #change: RuleChange;
  readonly #begin: number;
  seq: number;

  constructor(sql: Sql, change: RuleChange, seq: number) {
    this.#sql = sql;
    this.#change = change;
    this.#begin = seq;
    this.seq = seq;
  }

  get written(): boolean {
    return this.seq > this.#begin;
  }

  async write(id: string, before: string | null, after: string | null): Promise<void> {
    this.seq += 1;
    const { at, by } = this.#change;
    await this.#sql.run(
      'insert into rule_changes (seq, changed_at, author, id, before, after) values (?, ?, ?, ?, ?, ?)',
      [this.seq, at, authorText(by), id, before, after],
    );
  }
}

async function removeOne(sql: Sql, id: string, trail: Trail): Promise<void> {
  const [row] = await sql.rows('delete from rules where id = ? returning rule', [id]);
  if (row !== undefined) await trail.write(id, text(row, 'rule'), null);
}

async function putOne(sql: Sql, rule: Rule, { place, by, at }: RuleChange, trail: Trail): Promise<void> {
  const written = JSON.stringify(rule);
  const [there] = await sql.rows('select rule from rules where id = ?', [rule.id]);
  const before = there === undefined ? null : text(there, 'rule');
  if (before === written) return;
  const end = place === 'first' ? 'coalesce(min(position), 0) - 1' : 'coalesce(max(position), 0) + 1';
  await sql.run(
    `insert into rules (id, position, rule, author, set_at) values (?, (select ${end} from rules), ?, ?, ?)
     on conflict (id) do update set rule = excluded.rule, author = excluded.author, set_at = excluded.set_at`,
    [rule.id, written, authorText(by), at],
  );
  await trail.write(rule.id, before, written);
}

function ruleOf(row: Row): StoredRule | UnreadableRule {
  const id = text(row, 'id');
  const rule = readRule(text(row, 'rule'));
  if (rule?.id !== id) return { id, unreadable: true };
  return { rule, author: authorOf(text(row, 'author')), at: integer(row, 'set_at') };
}

/** A rule that a newer release wrote may be none that this one knows. */
function readRule(written: string): Rule | undefined {
  try {
    return ruleSchema.safeParse(JSON.parse(written)).data;
  } catch {
    return undefined;
  }
}

function entryOf(row: Row): AuditEntry {
  return {
    seq: integer(row, 'seq'),
    at: integer(row, 'changed_at'),
    by: authorOf(text(row, 'author')),
    id: text(row, 'id'),
    before: optionalText(row, 'before'),
    after: optionalText(row, 'after'),
  };
}

function authorText(by: Changer): string {
  return by.kind === 'user' ? by.user : by.kind;
}

function authorOf(author: string): Changer {
  const user = parseMatrixUserId(author);
  if (user !== undefined) return { kind: 'user', user };
  return author === 'api' ? { kind: 'api' } : { kind: 'erased' };
}
