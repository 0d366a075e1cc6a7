/** What is written to the log, changed while the bridge runs. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Levels of the log: one for all parts of the bridge, and for some of them one of their own. */
export interface LogControl {
  /** The parts that write under a name of their own. */
  parts(): readonly string[];
  /** The level of a part, or of all that have none of their own. */
  level(part?: string): LogLevel;
  /** Sets the level of a part; without a part that of all, and none keeps its own. */
  set(level: LogLevel, part?: string): void;
}
