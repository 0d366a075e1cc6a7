import { Writable } from 'node:stream';
import { pino, type DestinationStream } from 'pino';
import type { Log, LogFields } from './core/task.ts';
import { Redaction } from './redaction.ts';

/** How the log is written. */
export interface LogSettings {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Whether identifiers of people, rooms and messages are written as short forms. */
  readonly redactIds: boolean;
  /** One JSON object a line, or lines for people. */
  readonly format: 'json' | 'pretty';
}

/**
 * The log of the process: structured, to standard output by default. Bodies, keys and tokens are never written;
 * identifiers are short forms made with `key`, the same for the same identifier, unless they are asked for.
 */
export function createLog(
  settings: LogSettings,
  key: string | Buffer,
  destination: DestinationStream = process.stdout,
): Log {
  const redaction = new Redaction(key, !settings.redactIds);
  const logger = pino(
    {
      level: settings.level,
      base: null,
      serializers: { err: (error: unknown) => error },
      formatters: { level: (level) => ({ level }) },
      timestamp: isoTime,
    },
    settings.format === 'pretty' ? prettyStream(destination) : destination,
  );
  const write =
    (level: LogSettings['level']) =>
    (fields: LogFields, event: string): void => {
      if (logger.isLevelEnabled(level)) logger[level](redaction.fields(fields), event);
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

function isoTime(): string {
  return `,"time":"${new Date().toISOString()}"`;
}

function prettyStream(destination: DestinationStream): Writable {
  return new Writable({
    decodeStrings: false,
    write: (line: string, _encoding, done) => {
      destination.write(prettyLine(line));
      done();
    },
  });
}

function prettyLine(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${[String(time), String(level).toUpperCase().padEnd(5), String(msg), ...rest].join(' ')}\n`;
}
