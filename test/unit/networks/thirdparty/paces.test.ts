import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ChatTester } from '../../../support/chat-tester.ts';
import { connected, count } from '../../../support/connected-scene.ts';

describe('the pace of a client', () => {
  it('is that of its account, however often it connects', async () => {
    const at = Date.now();
    await using all = await connected({
      limits: { stanzas: { perSecond: 100, burst: 4 } },
      now: () => at,
    });
    for (let ping = 0; ping < 4; ping++) await all.client.ask({ kind: 'ping' });
    assert.equal(count(all.scene, 'stanza-delayed'), 0);
    await using again = await ChatTester.in(all.scene, all.ann, all.login);
    for (let ping = 0; ping < 12; ping++) await again.ask({ kind: 'ping' });
    assert.equal(count(all.scene, 'stanza-delayed'), 12);
  });
});
