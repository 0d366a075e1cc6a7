import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { startBridge, type Bridge } from '../../src/bridge.ts';
import { bridgeConfig, configSchema, type BridgeConfig } from '../../src/config-schema.ts';
import { freePort } from '../support/free-port.ts';
import { newKey, silentLog } from '../support/storage.ts';

const jwks = '/.well-known/oauth/openid/jwks';

interface Scene extends AsyncDisposable {
  readonly config: BridgeConfig;
  readonly partner: number;
  readonly host: number;
  start(): Promise<Bridge>;
}

/** A bridge with both networks of third-party chats, whose homeserver is not there. */
async function scene(): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-bridge-'));
  const [partner, host] = [await freePort(), await freePort()];
  const file = configSchema.parse({
    homeserver: { url: `http://127.0.0.1:${await freePort()}`, domain: 'example.org' },
    appservice: { bind: { host: '127.0.0.1', port: 0 } },
    storage: { file: 'bridge.db', key: newKey() },
    encryption: { allow: false, default: false },
    networks: {
      whatsapp: {
        ...{ integrator: 9, custody: 'self', listen: { port: partner } },
        ...{ public_url: 'https://a.example', push_jwks_url: 'https://keys.example/jwks' },
      },
      thirdparty: { listen: { port: host }, public_url: 'https://b.example' },
    },
  });
  const config = bridgeConfig(file, { asToken: 'as', hsToken: 'hs' }, folder);
  return {
    ...{ config, partner, host },
    start: () => startBridge({ config, log: silentLog, version: 'test' }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

/** The keys of both, once they are up; and that they are gone where no bridge is. */
async function keysAt(...ports: readonly number[]): Promise<readonly unknown[]> {
  return Promise.all(
    ports.map(async (port) => {
      for (let attempt = 0; attempt < 500; attempt += 1) {
        const answer = await fetch(`http://127.0.0.1:${port}${jwks}`);
        if (answer.status === 200) return answer.json();
        assert.equal(answer.status, 503);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return assert.fail('no keys were served');
    }),
  );
}

describe('a bridge with networks that others reach', { timeout: 60_000 }, () => {
  it('serves them apart from the homeserver, stops cleanly, and goes on with what it kept', async () => {
    await using at = await scene();
    const seen: unknown[] = [];
    for (let run = 0; run < 2; run += 1) {
      await using bridge = await at.start();
      seen.push(await keysAt(at.partner, at.host));
      for (const path of ['/_matrix/app/v1/ping', '/ready', '/metrics'])
        for (const port of [at.partner, at.host])
          assert.equal((await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST' })).status, 404);
      assert.equal((await fetch(`http://127.0.0.1:${bridge.port}${jwks}`)).status, 404);
      const silent = connect(at.host, '127.0.0.1');
      await once(silent, 'connect');
      const ended = once(silent.resume(), 'close');
      await bridge[Symbol.asyncDispose]();
      await ended;
      for (const port of [at.partner, at.host])
        await assert.rejects(fetch(`http://127.0.0.1:${port}${jwks}`), TypeError);
    }
    assert.deepEqual(seen[0], seen[1]);
    const kept = await readdir(dirname(at.config.storage.file));
    assert.ok(kept.includes('bridge-thirdparty'), kept.join(' '));
  });
});
