import type { Feature } from '../core/network.ts';
import type { EventRecord } from '../core/stores.ts';
import { ago, render, text, type Language, type Rendered } from '../texts/catalogue.ts';
import type { Block, Command } from './command.ts';
import { cell, line, table } from './reply.ts';

/** `outcome`: how an event ended, by its id on the side that it came from. */
export const outcome: Command = {
  name: 'outcome',
  admin: true,
  run: async ({ language, words }, services) => {
    const [id, ...more] = words;
    if (id === undefined || more.length > 0) return 'usage';
    const record = await services.events.find(id);
    if (record === undefined) return [line(language, 'outcome.unknown', { id })];
    const blocks: Block[] = [
      line(language, 'outcome.head', { id }),
      table(
        [render(language, 'column.field'), { plain: '', html: render(language, 'column.value').html }],
        rows(language, record, services.now()),
      ),
    ];
    if (record.retryable && record.endedAt !== undefined && record.state !== 'sent')
      blocks.push(line(language, 'outcome.retryable', { command: `retry ${id}` }));
    return blocks;
  },
};

function rows(language: Language, record: EventRecord, now: number): Rendered[][] {
  const found: Rendered[][] = [
    [render(language, 'outcome.source'), cell(record.source)],
    [render(language, 'outcome.state'), render(language, `event.${record.state}`)],
  ];
  const ended = record.outcome;
  if (ended?.kind === 'blocked') found.push(ruleRow(language, ended.rule, ended.feature));
  for (const { rule, feature } of ended?.kind === 'sent' ? (ended.converted ?? []) : [])
    found.push(ruleRow(language, rule, feature));
  if (ended !== undefined && ended.kind !== 'sent' && ended.kind !== 'blocked')
    found.push([render(language, 'outcome.reason'), render(language, `reason.${ended.reason}`)]);
  found.push(
    [render(language, 'outcome.attempts'), cell(record.attempts)],
    [render(language, 'outcome.received'), cell(ago(language, record.receivedAt, now))],
  );
  if (record.endedAt !== undefined)
    found.push([render(language, 'outcome.ended'), cell(ago(language, record.endedAt, now))]);
  return found;
}

function ruleRow(language: Language, rule: string, feature: Feature | undefined): Rendered[] {
  const about = feature === undefined ? rule : `${rule} (${text(language, `feature.${feature}`)})`;
  return [render(language, 'outcome.rule'), cell(about)];
}
