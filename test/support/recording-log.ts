import type { Log, LogFields } from '../../src/core/task.ts';

/** A log that keeps what is written, so that a test can ask for it. */
export class RecordingLog implements Log {
  readonly lines: { readonly level: string; readonly fields: LogFields; readonly event: string }[] = [];
  debug(fields: LogFields, event: string): void {
    this.lines.push({ level: 'debug', fields, event });
  }
  info(fields: LogFields, event: string): void {
    this.lines.push({ level: 'info', fields, event });
  }
  warn(fields: LogFields, event: string): void {
    this.lines.push({ level: 'warn', fields, event });
  }
  error(fields: LogFields, event: string): void {
    this.lines.push({ level: 'error', fields, event });
  }
  /** The lines at `error`. */
  errors(): readonly unknown[] {
    return this.lines.filter((line) => line.level === 'error');
  }
}
