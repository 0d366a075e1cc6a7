import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { startStack, type Stack } from '../support/bridge-process.ts';
import { freePort } from '../support/free-port.ts';
import { MatrixUser } from '../support/matrix-user.ts';
import { makeRunDir } from '../support/run-dir.ts';
import { holdKeys, statusIn } from '../support/sealed-talk.ts';
import { bodyOf } from '../support/xmpp-stanzas.ts';
import { XmppUser } from '../support/xmpp-user.ts';

const patience = 60_000;
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

describe('a bridge that encrypts, as a process', () => {
  const stack = new AsyncDisposableStack();
  let dir: string;
  let servers: Stack;
  let user: MatrixUser;
  let bob: XmppUser;
  let room: string;
  before(async () => {
    dir = stack.use(await makeRunDir('sealed-process')).path;
    const xmppUsers = [{ local: 'bob', password: 'secret' }];
    servers = stack.use(await startStack({ dir, database: 'sqlite', xmppUsers, encrypted: true }));
    const { synapse, prosody } = servers;
    const { userId, password } = await synapse.createUser('alice', 'secret');
    user = stack.use(await MatrixUser.login({ baseUrl: synapse.baseUrl, userId, password, encryption: {} }));
    bob = stack.use(
      await XmppUser.login({
        ...{ service: prosody.service, domain: prosody.domain },
        ...{ username: 'bob', password: 'secret' },
      }),
    );
    const ghost = servers.ghostOf(`bob@${prosody.domain}`);
    room = await user.createDirectRoom(ghost);
    await user.waitForEvent(
      room,
      ({ type, sender, content }) =>
        sender === ghost && type === 'm.room.member' && content['membership'] === 'join',
      patience,
    );
  });
  after(() => stack.disposeAsync());

  async function crosses(text: string): Promise<void> {
    await user.sendText(room, text);
    await bob.waitForText(text, patience);
  }

  /** Runs a second process with a configuration that is this one's but for some settings; how it ended. */
  async function second(
    changes: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ): Promise<{ readonly code: number; readonly output: string }> {
    const config = parse(await readFile(join(dir, 'config.yaml'), 'utf8')) as Record<string, object>;
    const { appservice, storage, encryption } = config;
    const file = join(dir, 'second.yaml');
    await writeFile(
      file,
      stringify({
        ...config,
        appservice: { ...appservice, bind: { host: '127.0.0.1', port: await freePort() } },
        storage: { ...storage, ...changes['storage'] },
        encryption: { ...encryption, ...changes['encryption'] },
      }),
    );
    return new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [main, '-c', file],
        { cwd: dir, timeout: patience, env: { ...process.env, LANG: 'C' } },
        (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
      );
    });
  }

  it('lets no second one use its database or its keys, and goes on', async () => {
    await crosses('before the second');
    const same = await second({});
    assert.equal(same.code, 75, same.output);
    assert.match(same.output, /The database is in use by another process/);
    const keys = await second({
      storage: { file: join(dir, 'other.db') },
      encryption: { file: join(dir, 'bridge-keys.db') },
    });
    assert.equal(keys.code, 69, keys.output);
    assert.match(keys.output, /bridge-keys\.db is in use by another process/);
    assert.ok(await servers.bridge.isReady());
    await crosses('after the second');
  });

  it('delivers what waited for its key when it was killed, once, in order', async () => {
    await crosses('in time');
    const keys = holdKeys(user);
    await user.sdk.getCrypto()?.forceDiscardSession(room);
    const first = await user.sendText(room, 'first of two');
    const next = await user.sendText(room, 'second of two');
    keys.stop();
    for (const id of [first, next])
      assert.equal(await statusIn(user, room, id, 'PENDING', patience), 'no-key');
    await servers.bridge.kill();
    await servers.bridge.restart();
    await servers.bridge.untilReady();
    await user.sdk.getCrypto()?.forceDiscardSession(room);
    await crosses('a third');
    await keys.letGo();
    await bob.waitFor((stanza) => bodyOf(stanza)?.includes('second of two') === true, patience);
    const later = holdKeys(user);
    await user.sdk.getCrypto()?.forceDiscardSession(room);
    const last = await user.sendText(room, 'keyed while it was dead');
    assert.equal(await statusIn(user, room, last, 'PENDING', patience), 'no-key');
    await servers.bridge.kill();
    await later.letGo();
    later.stop();
    await servers.bridge.restart();
    await servers.bridge.untilReady();
    await bob.waitFor((stanza) => bodyOf(stanza)?.includes('keyed while it was dead') === true, patience);
    await crosses('a last');
    const bodies = bob.stanzas.flatMap((stanza) => bodyOf(stanza) ?? []);
    const said = ['in time', 'a third', 'first of two', 'second of two', 'keyed while it was dead', 'a last'];
    const heard = bodies.slice(bodies.indexOf('in time'));
    assert.equal(heard.length, said.length, heard.join('\n'));
    said.forEach((text, at) => assert.ok(heard[at]?.includes(text), heard.join('\n')));
  });
});
