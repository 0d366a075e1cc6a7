import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LinkMonitor } from '../../../src/matrix/link-monitor.ts';
import { LinkState } from '../../../src/matrix/link-state.ts';
import { FakeHomeserver } from '../../support/fake-homeserver.ts';
import { RecordingLog } from '../../support/recording-log.ts';

/** How the link is after the first answer. */
async function stateAfter(json: unknown): Promise<string> {
  await using server = await FakeHomeserver.start(() => ({ status: 200, json }));
  const log = new RecordingLog();
  const state = new LinkState(log, Date.now);
  const changed = Promise.withResolvers<undefined>();
  state.onChange(() => changed.resolve(undefined));
  const options = { url: server.url, intervalMs: 50, timeoutMs: 2_000, log };
  await using monitor = new LinkMonitor(state, options, () => undefined);
  monitor.start();
  await changed.promise;
  return state.health.kind;
}

describe('the watch over the homeserver', () => {
  it('takes the answer of a homeserver for one, and no answer without end', async () => {
    assert.equal(await stateAfter({ versions: ['v1.12'] }), 'up');
    assert.equal(await stateAfter({ versions: ['v1.12'], more: 'x'.repeat(2_000_000) }), 'down');
    assert.equal(await stateAfter({ welcome: true }), 'down');
  });
});
