import { createClient, MemoryStore, type MatrixClient } from 'matrix-js-sdk';
import * as sdkLogging from 'matrix-js-sdk/lib/logger.js';
import type { MatrixSession } from './matrix-login.ts';

const nothing = (): void => undefined;

const silentLogger: sdkLogging.Logger = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  getChild: () => silentLogger,
};

/** A matrix-js-sdk client with its store in memory that prints nothing and leaves no timer behind when stopped. */
export function createSdkClient(session: MatrixSession): MatrixClient {
  silenceGlobalLogger();
  const sdk = createClient({ ...session, store: new MemoryStore(), logger: silentLogger, disableVoip: true });
  timeOutWithoutTimers(sdk);
  return sdk;
}

/** Parts of the SDK (calls, echoes, retention) speak through this one instead of the client's own. */
function silenceGlobalLogger(): void {
  const exported: Readonly<Record<string, unknown>> = sdkLogging;
  const shared = exported['logger'];
  if (typeof shared === 'object' && shared !== null) Object.assign(shared, silentLogger, { log: nothing });
}

/**
 * The SDK starts a timer for the time-out of each request and never clears it: with a sync's 85 seconds it
 * would keep a finished test alive. The runtime's own time-out signals keep nothing alive.
 */
function timeOutWithoutTimers({ http }: MatrixClient): void {
  const request = http.requestOtherUrl.bind(http);
  http.requestOtherUrl = (method, url, body, options) => {
    if (options === undefined) return request(method, url, body);
    const { localTimeoutMs, abortSignal, ...rest } = options;
    const signals = [
      ...(localTimeoutMs === undefined ? [] : [AbortSignal.timeout(localTimeoutMs)]),
      ...(abortSignal === undefined ? [] : [abortSignal]),
    ];
    return request(method, url, body, { ...rest, abortSignal: AbortSignal.any(signals) });
  };
}
