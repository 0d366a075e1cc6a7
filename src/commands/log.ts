import { logLevels, type LogControl, type LogLevel } from '../core/log-control.ts';
import { render, type Language } from '../texts/catalogue.ts';
import type { Answer, Command } from './command.ts';
import { cell, code, line, table } from './reply.ts';

/** `log`: the levels of the log, shown or changed until the bridge restarts or reads its configuration again. */
export const log: Command = {
  name: 'log',
  admin: true,
  run: async ({ language, words }, { logging }) => {
    const [level, part, ...more] = words.map((word) => word.toLowerCase());
    if (more.length > 0) return 'usage';
    if (logging === undefined) return [line(language, 'log.fixed')];
    if (level === undefined) return shown(language, logging);
    const known = logLevels.find((name) => name === level);
    if (known === undefined) return [line(language, 'log.no-level', { level, levels: logLevels.join(', ') })];
    return changed(language, logging, known, part);
  },
};

function changed(language: Language, logging: LogControl, level: LogLevel, part: string | undefined): Answer {
  const parts = logging.parts();
  if (part !== undefined && !parts.includes(part))
    return [line(language, 'log.no-part', { part, parts: parts.join(', ') })];
  logging.set(level, part);
  return [line(language, 'log.done'), ...shown(language, logging)];
}

function shown(language: Language, logging: LogControl): Exclude<Answer, 'usage'> {
  const own = logging.parts().filter((part) => logging.level(part) !== logging.level());
  return [
    line(language, 'log.head'),
    table(
      [render(language, 'log.part'), render(language, 'log.level')],
      [
        ...own.map((part) => [cell(part), code(logging.level(part))]),
        [render(language, 'log.all-others'), code(logging.level())],
      ],
    ),
  ];
}
