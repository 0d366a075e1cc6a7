import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bridgeConfig, configSchema, type BridgeConfig } from '../../src/config-schema.ts';
import { matrixUserId } from '../../src/core/ids.ts';
import { LiveSettings } from '../../src/live-settings.ts';

const bob = matrixUserId('@bob:example.org');

function config(over: Readonly<Record<string, unknown>> = {}): BridgeConfig {
  const file = configSchema.parse({
    homeserver: { url: 'http://localhost:8008', domain: 'example.org' },
    storage: { key: '00'.repeat(32) },
    ...over,
  });
  return bridgeConfig(file, { asToken: 'a'.repeat(16), hsToken: 'b'.repeat(16) });
}

describe('settings that live', () => {
  it('change what may change, for those who hold on to them', () => {
    const settings = new LiveSettings(config());
    const { matrix, limits } = settings;
    assert.deepEqual(
      [settings.levelOf(bob), matrix.messageStatus, limits.attemptTimeout],
      ['user', 'delivery', 120_000],
    );
    const waiting = settings.change(
      config({
        permissions: { 'example.org': 'none' },
        messageStatus: 'failures',
        spine: { attemptTimeout: 5, giveUpAfter: 6, maxBrokenAttempts: 7 },
        logging: { level: 'debug' },
        requests: { enabled: false, maxPerUser: 3 },
        userGroups: { staff: ['@b*'] },
        reach: { xmpp: { optIn: 'automatic', eligible: { groups: ['staff'] } } },
      }),
    );
    assert.deepEqual(waiting, []);
    assert.deepEqual(
      [settings.levelOf(bob), matrix.messageStatus, settings.messageStatus],
      ['none', 'failures', 'failures'],
    );
    assert.deepEqual([settings.requests.enabled, settings.requests.maxPerUser], [false, 3]);
    assert.deepEqual([settings.reach.xmpp.optIn, settings.reach.groups['staff']], ['automatic', ['@b*']]);
    assert.deepEqual([limits.attemptTimeout, limits.giveUpAfter, limits.maxBrokenAttempts], [5, 6, 7]);
  });

  it('name what waits for the next start, and leave it as it is', () => {
    const settings = new LiveSettings(config());
    const changed = config({
      spine: { maxActiveLanes: 3 },
      ghosts: { burst: 9 },
      logging: { format: 'pretty' },
      maxMediaBytes: 5,
    });
    assert.deepEqual(settings.change(changed).toSorted(), ['ghosts', 'logging', 'max_media_bytes', 'spine']);
    assert.equal(settings.limits.maxActiveLanes, 64);
    assert.equal(settings.matrix.ghosts.burst, 50);
    assert.deepEqual(settings.change(changed).length, 4, 'they still wait');
  });
});
