/** Requests to the homeserver by what they were for. */
export type Calls = Readonly<Record<string, number>>;

const line = /^causeway_homeserver_request_seconds_count\{([^}]*)\} (\d+)/gm;

/** Reads how many requests to the homeserver the bridge has counted, from what it shows to Prometheus. */
export function callsIn(metrics: string): Calls {
  const calls: Record<string, number> = {};
  for (const [, labels = '', count = '0'] of metrics.matchAll(line)) {
    const kind = /request="([^"]*)"/.exec(labels)?.[1] ?? 'other';
    calls[kind] = (calls[kind] ?? 0) + Number(count);
  }
  return calls;
}

const api = '/_matrix/client/v3/';
const endpoints = /^(keys\/\w+|sync|sendToDevice|devices|user\/[^/]+\/account_data)/;

/** The same of requests as `METHOD path`, which are those of encryption. */
export function asked(requests: readonly string[]): Calls {
  const calls: Record<string, number> = {};
  for (const request of requests) {
    const [, path = ''] = request.split(api);
    const [found = 'other'] = endpoints.exec(path) ?? [];
    const kind = found.startsWith('user/') ? 'account_data' : found;
    calls[kind] = (calls[kind] ?? 0) + 1;
  }
  return calls;
}

/** What has come to them since. */
export function callsSince(before: Calls, after: Calls): Calls {
  const since = Object.entries(after).map(([kind, count]) => [kind, count - (before[kind] ?? 0)] as const);
  return Object.fromEntries(since.filter(([, count]) => count > 0));
}

export function total(calls: Calls): number {
  return Object.values(calls).reduce((sum, count) => sum + count, 0);
}
