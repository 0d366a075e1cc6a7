import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { freePort } from '../support/free-port.ts';
import { startProsody, type Prosody } from '../support/prosody.ts';
import { makeRunDir, type RunDir } from '../support/run-dir.ts';
import { startSynapse, type Synapse } from '../support/synapse.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

describe('the program, from registration to doctor', () => {
  let dir: RunDir;
  let synapse: Synapse;
  let prosody: Prosody;
  let port = 0;
  let bridge: ChildProcess | undefined;

  before(async () => {
    dir = await makeRunDir('command-line');
    port = await freePort();
    const component = { domain: 'matrix.xmpp.localhost', secret: 'component-secret' };
    prosody = await startProsody({ dir: join(dir.path, 'prosody'), components: [component], users: [] });
    const synapsePort = await freePort();
    const config = {
      homeserver: { url: `http://127.0.0.1:${synapsePort}`, domain: 'localhost' },
      appservice: { bind: { port } },
      storage: { key: '00'.repeat(32) },
      networks: { xmpp: { service: prosody.componentService, ...component } },
    };
    await writeFile(join(dir.path, 'config.yaml'), stringify(config));
    const registration = join(dir.path, 'registration.yaml');
    const made = await run('-r', '-u', `http://127.0.0.1:${port}`, '-f', registration);
    assert.equal(made.code, 0, made.output);
    synapse = await startSynapse({
      dir: join(dir.path, 'synapse'),
      registrations: [registration],
      port: synapsePort,
    });
  });
  after(async () => {
    bridge?.kill('SIGKILL');
    await synapse.stop();
    await prosody.stop();
    await dir[Symbol.asyncDispose]();
  });

  const args = (words: readonly string[]): string[] => [main, ...words, '-c', join(dir.path, 'config.yaml')];
  const run = (...words: string[]): Promise<{ readonly code: number; readonly output: string }> =>
    new Promise((resolve) => {
      const child = execFile(process.execPath, args(words), (_error, stdout, stderr) => {
        resolve({ code: child.exitCode ?? -1, output: stdout + stderr });
      });
    });
  const doctor = async (): Promise<Record<string, string>> => {
    const { output } = await run('doctor', '--json');
    const { checks } = JSON.parse(output) as { checks: { key: string; check: string; finding: string }[] };
    return Object.fromEntries(checks.map(({ check, finding, key }) => [check, `${finding} ${key}`]));
  };
  const well = {
    Homeserver: 'ok doctor.homeserver.ok',
    'Token of the bridge (as_token)': 'ok doctor.as-token.ok',
    'Ping both ways (hs_token)': 'ok doctor.ping.ok',
    Namespaces: 'ok doctor.namespaces.ok',
    'Aliases of groups': 'ok doctor.aliases.ok',
    Signals: 'ok doctor.signals.ok',
    'Device masquerading': 'ok doctor.device.ok',
    Media: 'ok doctor.media.ok',
    Encryption: 'ok doctor.keys.ok',
    'Messages without a key': 'ok doctor.waiting.none',
    'Lists of blocked people': 'ok doctor.account-lists.followed',
    'Message requests': 'ok doctor.requests.none',
    Clock: 'ok doctor.clock.ok',
    'Voice messages': 'ok doctor.sound.ok',
    Database: 'ok doctor.database.ok',
    'The running bridge': 'ok doctor.bridge.ok',
    'Link to xmpp': 'ok doctor.link.up',
  };

  it('is examined before its first start: what the first start makes is not there yet', async () => {
    assert.deepEqual(await doctor(), {
      ...well,
      'Device masquerading': 'warn doctor.device.no-bot',
      Media: 'warn doctor.device.no-bot',
      Encryption: 'warn doctor.device.no-bot',
      Database: 'ok doctor.database.new',
      'The running bridge': 'ok doctor.bridge.none',
    });
  });

  it('is examined while it runs, without being disturbed', async () => {
    bridge = spawn(process.execPath, args([]), { stdio: 'ignore' });
    await ready(port);
    assert.deepEqual(await doctor(), well);
    assert.equal((await fetch(`http://127.0.0.1:${port}/ready`)).status, 200);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    assert.match(metrics, /causeway_link_state\{network="xmpp",state="up"\} 1/);
  });

  it('refuses to run twice, and says who holds the database', async () => {
    const second = await run();
    assert.equal(second.code, 75);
    assert.match(second.output, new RegExp(`in use by another process: .*${String(bridge?.pid)}`));
  });

  it('stops cleanly when it is told to, and is examined then', async () => {
    assert.ok(bridge !== undefined);
    bridge.kill('SIGTERM');
    const [code] = (await once(bridge, 'exit')) as [number | null];
    assert.equal(code, 0);
    assert.deepEqual(await doctor(), {
      ...well,
      Database: 'ok doctor.database.free',
      'The running bridge': 'ok doctor.bridge.none',
    });
  });

  it('is told of a registration that the homeserver does not have', async () => {
    const again = await run(
      '-r',
      '-u',
      `http://127.0.0.1:${port}`,
      '-f',
      join(dir.path, 'registration.yaml'),
      '--force',
    );
    assert.equal(again.code, 0, again.output);
    assert.equal((await doctor())['Token of the bridge (as_token)'], 'fail doctor.as-token.unknown');
  });
});

async function ready(port: number): Promise<void> {
  for (let i = 0; i < 100; i++) {
    const response = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined);
    if (response?.status === 200) return;
    await sleep(200);
  }
  assert.fail('the bridge did not become ready');
}
