import type { Logger } from 'matrix-js-sdk/lib/logger.js';

const nothing = (): void => undefined;

/** A logger for matrix-js-sdk clients that says nothing. */
export const silentLogger: Logger = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  getChild: () => silentLogger,
};
