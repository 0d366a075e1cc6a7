import { languages, text, type Language } from '../texts/catalogue.ts';
import type { Command } from './command.ts';
import { commands } from './list.ts';

/** The reference of all commands, in Markdown and in every language. */
export function commandReference(): string {
  return languages.map(sectionOf).join('\n');
}

function sectionOf(language: Language): string {
  const rows = (admin: boolean): string =>
    commands
      .filter((command) => command.admin === admin)
      .map((command) => rowOf(language, command))
      .join('');
  const head = `| ${text(language, 'column.command')} | ${text(language, 'column.what')} |\n| --- | --- |\n`;
  return [
    `## ${text(language, 'language.name')}\n`,
    `${text(language, 'help.intro')}\n`,
    `${head}${rows(false)}`,
    `${text(language, 'help.admin')}\n`,
    `${head}${rows(true)}`,
  ].join('\n');
}

function rowOf(language: Language, { name }: Command): string {
  const usage = text(language, `usage.${name}`).replaceAll('|', '\\|');
  return `| \`${usage}\` | ${text(language, `help.${name}`)} |\n`;
}
