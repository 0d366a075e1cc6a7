import { Writable } from 'node:stream';
import { pino, type DestinationStream } from 'pino';
import { logLevels, type LogControl, type LogLevel } from './core/log-control.ts';
import type { Log, LogFields } from './core/task.ts';
import { Redaction } from './redaction.ts';

/** How the log is written. */
export interface LogSettings {
  readonly level: LogLevel;
  /** Whether identifiers of people, rooms and messages are written as short forms. */
  readonly redactIds: boolean;
  /** One JSON object a line, or lines for people. */
  readonly format: 'json' | 'pretty';
}

/** A log of several parts: what each writes says which part it was, and may have a level of its own. */
export interface PartedLog extends Log {
  readonly control: LogControl;
  part(name: string): Log;
}

/** The part of a log, where it has parts. */
export function partOf(log: Log, name: string): Log {
  return isParted(log) ? log.part(name) : log;
}

/** What changes the levels of a log, where that can be. */
export function controlOf(log: Log): LogControl | undefined {
  return isParted(log) ? log.control : undefined;
}

function isParted(log: Log): log is PartedLog {
  return 'control' in log && 'part' in log;
}

/**
 * The log of the process: structured, to standard output by default. Bodies, keys and tokens are never written;
 * identifiers are short forms made with `key`, the same for the same identifier, unless they are asked for.
 */
export function createLog(
  settings: LogSettings,
  key: string | Buffer,
  destination: DestinationStream = process.stdout,
): PartedLog {
  const redaction = new Redaction(key, !settings.redactIds);
  const logger = pino(
    {
      level: 'debug',
      base: null,
      serializers: { err: (error: unknown) => error },
      formatters: { level: (level) => ({ level }) },
      timestamp: isoTime,
    },
    settings.format === 'pretty' ? prettyStream(destination) : destination,
  );
  const levels = new Levels(settings.level);
  const writer = (part: string | undefined): Log => {
    const write =
      (level: LogLevel) =>
      (fields: LogFields, event: string): void => {
        if (!levels.isWritten(level, part)) return;
        logger[level](redaction.fields(part === undefined ? fields : { part, ...fields }), event);
      };
    return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  };
  const part = (name: string): Log => {
    levels.know(name);
    return writer(name);
  };
  return { ...writer(undefined), control: levels, part };
}

class Levels implements LogControl {
  #all: LogLevel;
  readonly #own = new Map<string, LogLevel>();
  readonly #parts = new Set<string>();

  constructor(all: LogLevel) {
    this.#all = all;
  }

  know(part: string): void {
    this.#parts.add(part);
  }

  parts(): readonly string[] {
    return [...this.#parts].toSorted();
  }

  level(part?: string): LogLevel {
    return (part === undefined ? undefined : this.#own.get(part)) ?? this.#all;
  }

  set(level: LogLevel, part?: string): void {
    if (part !== undefined) {
      this.#own.set(part, level);
      return;
    }
    this.#all = level;
    this.#own.clear();
  }

  isWritten(level: LogLevel, part: string | undefined): boolean {
    return logLevels.indexOf(level) >= logLevels.indexOf(this.level(part));
  }
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
