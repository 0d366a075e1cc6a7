/** What the core writes to its log: an event name and fields that hold no body, key or token. */
export interface Log {
  debug(fields: LogFields, event: string): void;
  info(fields: LogFields, event: string): void;
  warn(fields: LogFields, event: string): void;
  error(fields: LogFields, event: string): void;
}
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Runs background work: its failure is logged under `name`, never unhandled. The promise that it answers resolves when
 * the work has ended either way, so that a clean stop can wait for it.
 */
export function task(log: Log, name: string, work: () => Promise<unknown>): Promise<void> {
  return (async () => {
    try {
      await work();
    } catch (error) {
      log.error({ err: error, task: name }, 'task failed');
    }
  })();
}
