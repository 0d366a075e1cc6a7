import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { bridgeConfig, configSchema, type BridgeConfig } from '../../src/config-schema.ts';
import type { Device } from '../../src/crypto/megolm/engine.ts';
import { startEncryption, type Encryption } from '../../src/encryption.ts';
import { KeyHomeserver } from '../support/key-homeserver.ts';
import { RecordingLog } from '../support/recording-log.ts';
import { makeRunDir, type RunDir } from '../support/run-dir.ts';

const [first, second] = ['01'.repeat(32), '02'.repeat(32)];
const ghost: Device = { userId: '@ghost:paper', deviceId: 'GHOST' };
const tokens = { asToken: 'a'.repeat(16), hsToken: 'b'.repeat(16) };

describe('the file of keys and the storage key', () => {
  let dir: RunDir;
  let log: RecordingLog;
  const server = new KeyHomeserver();

  beforeEach(async () => {
    dir = await makeRunDir('encryption');
    log = new RecordingLog();
  });
  afterEach(() => dir[Symbol.asyncDispose]());

  function configOf(key: string, oldKeys: readonly string[]): BridgeConfig {
    const file = configSchema.parse({
      homeserver: { domain: 'paper', url: 'http://127.0.0.1:1' },
      storage: { key, oldKeys },
    });
    return bridgeConfig(file, tokens, dir.path);
  }

  async function start(key: string, oldKeys: readonly string[] = []): Promise<Encryption> {
    const watch = { begin: () => () => undefined };
    const encryption = await startEncryption({ config: configOf(key, oldKeys), log, watch });
    assert.ok(encryption !== undefined);
    encryption.connect(server.request);
    return encryption;
  }

  it('is opened by an old key, which is said', async () => {
    {
      await using encryption = await start(first);
      assert.equal(await encryption.engine.identify(ghost), undefined);
      assert.equal(log.lines.length, 0);
    }
    await using encryption = await start(second, [first]);
    assert.equal(await encryption.engine.pull(ghost), undefined);
    assert.deepEqual(
      log.lines.map(({ level, event }) => [level, event.includes('storage.old_keys')]),
      [['warn', true]],
    );
  });

  it('is not opened where the key that it was made with is gone, and is by it afterwards', async () => {
    await (await start(first))[Symbol.asyncDispose]();
    await assert.rejects(start(second), /under another key/u);
    await (await start(first))[Symbol.asyncDispose]();
  });
});
