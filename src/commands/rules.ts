import { mostLookedThrough } from '../core/kept-events.ts';
import { usualTrial, type Tested } from '../rules/desks.ts';
import { authorText } from '../rules/explain-text.ts';
import { ruleAsLine } from '../rules/rule-input.ts';
import type { AuditEntry } from '../rules/rule-store.ts';
import type { ShortVerdict } from '../rules/trial.ts';
import { ago, render, text, type Language, type Rendered } from '../texts/catalogue.ts';
import type { Answer, Block, Call, Command } from './command.ts';
import { pageOf, pageSize } from './page.ts';
import { cell, code, line, table } from './reply.ts';
import { refusedChange, wantedChange, warningLines } from './rule-change.ts';
import type { Services } from './services.ts';

/** `rules`: the rules in force, changed, tried and accounted for. */
export const rules: Command = {
  name: 'rules',
  admin: true,
  run: async (call, services) => {
    const [word, ...words] = call.words;
    switch (word?.toLowerCase()) {
      case 'add':
      case 'remove':
        return change(call, services);
      case 'test':
        return test(call, services);
      case 'audit':
        return audit(call, services, words);
      default:
        return shown(call, services);
    }
  },
};

function shown({ language, words }: Call, services: Services): Answer {
  const page = pageOf(words);
  if (page === undefined) return 'usage';
  const { rules: all, warnings } = services.rules.list();
  if (all.length === 0) return [line(language, 'rules.none')];
  const from = (page - 1) * pageSize;
  const found = all.slice(from, from + pageSize);
  if (found.length === 0) return [line(language, 'command.nothing-on-page')];
  const head = (['rule', 'says', 'author', 'when'] as const).map((name) =>
    render(language, `rules.column.${name}`),
  );
  const rows = found.map(({ rule, author, at }) => [
    cell(rule.id),
    code(ruleAsLine(rule)),
    cell(authorText(language, author)),
    at === undefined ? render(language, 'rules.always') : cell(ago(language, at, services.now())),
  ]);
  return [
    line(language, 'rules.head', { count: all.length }),
    table(head, rows),
    ...warningLines(language, warnings),
    ...(all.length > from + pageSize ? [line(language, 'command.page', { next: `rules ${page + 1}` })] : []),
  ];
}

async function change(call: Call, services: Services): Promise<Answer> {
  const { language, user } = call;
  const wanted = wantedChange(call.rest, { kind: 'user', user });
  if (wanted.kind === 'usage') return 'usage';
  if (wanted.kind === 'wrong') return wanted.blocks(language);
  const result = await services.rules.change(wanted.change);
  if (result.kind === 'unchanged') return [line(language, 'rules.unchanged')];
  if (result.kind !== 'changed') return refusedChange(language, result);
  const count = result.added.length + result.replaced.length + result.removed.length;
  return [line(language, 'rules.changed', { count }), ...warningLines(language, result.warnings)];
}

async function test(call: Call, services: Services): Promise<Answer> {
  const { language, user } = call;
  const rest = call.rest.replace(/^\S+\s*/, '');
  const [, last, behind = ''] = /^last=(\d{1,6})(?:\s+([^]*))?$/.exec(rest) ?? [undefined, undefined, rest];
  const events = last === undefined ? usualTrial : Math.min(Number(last), mostLookedThrough);
  const verb = /^(?:add|remove)\b/i.test(behind) ? '' : 'add ';
  const wanted = wantedChange(`${verb}${behind}`, { kind: 'user', user });
  if (wanted.kind === 'usage') return 'usage';
  if (wanted.kind === 'wrong') return wanted.blocks(language);
  return tested(language, await services.rules.test(wanted.change, events));
}

function tested(language: Language, result: Tested): Answer {
  if (result.kind === 'unchanged') return [line(language, 'rules.unchanged')];
  if (result.kind !== 'tested') return refusedChange(language, result);
  const { judged, unread, changes, changed } = result.trial;
  const head = (['event', 'was', 'would'] as const).map((name) => render(language, `rules.test.${name}`));
  const blocks: Block[] = [line(language, 'rules.test.head', { judged, changes })];
  if (unread > 0) blocks.push(line(language, 'rules.test.unread', { unread }));
  if (changes > changed.length || changes > pageSize)
    blocks.push(line(language, 'rules.test.more', { shown: Math.min(pageSize, changed.length) }));
  const rows = changed
    .slice(0, pageSize)
    .map(({ id, was, would }) => [cell(id), verdict(language, was), verdict(language, would)]);
  if (rows.length > 0) blocks.push(table(head, rows));
  return blocks;
}

function verdict(language: Language, { kind, rules: by }: ShortVerdict): Rendered {
  const said = text(language, `rules.action.${kind}`);
  return by.length === 0
    ? cell(said)
    : render(language, 'rules.test.by', { verdict: said, rules: by.join(', ') });
}

async function audit({ language }: Call, services: Services, words: readonly string[]): Promise<Answer> {
  const before = words.flatMap((word) => /^before=([1-9]\d{0,14})$/.exec(word)?.[1] ?? []).map(Number);
  const ids = words.filter((word) => !word.startsWith('before='));
  if (before.length + ids.length !== words.length || before.length > 1 || ids.length > 1) return 'usage';
  const page = { before: before[0], limit: pageSize + 1, id: ids[0] };
  const { entries, dropped } = await services.rules.audit(page);
  const told = dropped === 0 ? [] : [line(language, 'rules.audit.dropped', { count: dropped })];
  if (entries.length === 0) return [line(language, 'rules.audit.none'), ...told];
  const head = [
    render(language, 'rules.audit.number'),
    render(language, 'rules.column.rule'),
    render(language, 'rules.column.author'),
    render(language, 'rules.column.when'),
    render(language, 'rules.audit.before'),
    render(language, 'rules.audit.after'),
  ];
  const shownEntries = entries.slice(0, pageSize);
  const rows = shownEntries.map((entry) => entryRow(language, entry, services.now()));
  const blocks: Block[] = [line(language, 'rules.audit.head'), table(head, rows), ...told];
  const next = shownEntries.at(-1)?.seq;
  if (entries.length > pageSize && next !== undefined)
    blocks.push(
      line(language, 'command.page', { next: ['rules audit', ...ids, `before=${next}`].join(' ') }),
    );
  return blocks;
}

function entryRow(
  language: Language,
  { seq, at, by, id, before, after }: AuditEntry,
  now: number,
): Rendered[] {
  const none = text(language, 'value.none');
  return [
    cell(seq),
    cell(id),
    cell(authorText(language, by)),
    cell(ago(language, at, now)),
    cell(before ?? none),
    cell(after ?? none),
  ];
}
