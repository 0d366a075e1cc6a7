import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../conformance/eventually.ts';
import { newRegistration } from '../../src/registration.ts';
import { freePort } from '../support/free-port.ts';
import { makeRunDir, type RunDir } from '../support/run-dir.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

describe('a running bridge that is told to read its configuration again', { timeout: 60_000 }, () => {
  let dir: RunDir;
  let bridge: ChildProcess;
  let port = 0;
  let written = '';

  const lines = (event: string): readonly Readonly<Record<string, unknown>>[] =>
    written
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ msg }) => msg === event);
  const configure = (more: string): Promise<void> =>
    writeFile(
      join(dir.path, 'config.yaml'),
      [
        `homeserver: { url: 'http://127.0.0.1:9', domain: localhost }`,
        `appservice: { bind: { port: ${port} } }`,
        `storage: { key: '${'00'.repeat(32)}' }`,
        more,
      ].join('\n'),
    );
  /** Sends the signal; resolves to the next line of that event. */
  const hangUp = async (event: string): Promise<Readonly<Record<string, unknown>>> => {
    const before = lines(event).length;
    bridge.kill('SIGHUP');
    return eventually(event, () => lines(event)[before], 10_000);
  };

  before(async () => {
    dir = await makeRunDir('reload');
    port = await freePort();
    await configure('');
    const plan = { id: 'causeway', url: `http://127.0.0.1:${port}`, domain: 'localhost', networks: [] };
    const names = { senderLocalpart: '_causeway', botLocalpart: 'causeway', ghostPrefix: '_' };
    await writeFile(join(dir.path, 'registration.yaml'), newRegistration({ ...plan, ...names }));
    bridge = spawn(process.execPath, [main, '-c', join(dir.path, 'config.yaml')]);
    bridge.stdout?.on('data', (bytes: Buffer) => (written += bytes.toString()));
    await eventually('the bridge to run', () => lines('the bridge runs')[0], 20_000);
  });
  after(async () => {
    bridge.kill('SIGKILL');
    await dir[Symbol.asyncDispose]();
  });

  it('takes what may change at once, and names what may not', async () => {
    await configure(
      'logging: { level: debug }\npermissions: { localhost: admin }\nrooms: { federate: true }',
    );
    await hangUp('the configuration was read again');
    const waiting = await eventually(
      'the warning',
      () => lines('these settings change at the next start')[0],
      5_000,
    );
    assert.deepEqual(waiting['settings'], ['rooms']);
  });

  it('refuses a wrong one as a whole, with the place of each mistake, and goes on as it was', async () => {
    await configure('logging: { level: error }\nmessage_status: sometimes\nspine: { attempt_timeout: long }');
    const refused = await hangUp('the configuration is wrong: everything stays as it was');
    assert.match(
      String(refused['problem']),
      /config\.yaml:5:17: message_status[^]*config\.yaml:6:\d+: spine/,
    );
    // The level of this line: had anything been taken, it would not be written.
    await configure('logging: { level: info }');
    await hangUp('the configuration was read again');
    assert.equal((await fetch(`http://127.0.0.1:${port}/live`)).status, 200);
  });

  it('takes rules at once, and refuses bad ones with their place, in a file too', async () => {
    const rules = join(dir.path, 'rules.yaml');
    await writeFile(rules, 'rules:\n  - {id: a, features: [sticker], action: convert}\n');
    await configure('rules: { files: [rules.yaml] }');
    await hangUp('the configuration was read again');
    await writeFile(rules, 'rules:\n  - {id: a, features: [typing], action: convert}\n');
    const refused = await hangUp('the configuration is wrong: everything stays as it was');
    assert.match(String(refused['problem']), /rules\.yaml:2:\d+.*cannot convert typing/);
    await configure('');
    await hangUp('the configuration was read again');
  });

  it('takes requests and reach at once, and refuses bad ones with their place', async () => {
    await configure('requests: { max_per_user: 3 }\nreach: { xmpp: { opt_in: automatic } }');
    const warned = lines('these settings change at the next start').length;
    await hangUp('the configuration was read again');
    assert.equal(lines('these settings change at the next start').length, warned);
    await configure('requests: { max_per_user: 0 }\nreach: { xmpp: { eligible: { groups: [nobody] } } }');
    const refused = await hangUp('the configuration is wrong: everything stays as it was');
    assert.match(String(refused['problem']), /config\.yaml:4:\d+: requests[^]*config\.yaml:5:\d+: reach/);
    await configure('');
    await hangUp('the configuration was read again');
  });

  it('refuses one that cannot be read', async () => {
    const file = join(dir.path, 'config.yaml');
    const good = await readFile(file, 'utf8');
    await writeFile(file, 'homeserver: [\n');
    await hangUp('the configuration is wrong: everything stays as it was');
    await writeFile(file, good);
  });

  it('still ends cleanly', async () => {
    bridge.kill('SIGTERM');
    const [code] = (await once(bridge, 'exit')) as [number | null];
    assert.equal(code, 0);
  });
});
