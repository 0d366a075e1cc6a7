import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { keyOfKeys } from '../../src/encryption.ts';
import { createLog } from '../../src/log.ts';
import { LoopbackGroupMember } from '../../src/networks/loopback/index.ts';
import type { ExportedKeys } from '../support/key-export.ts';
import type { MatrixUser } from '../support/matrix-user.ts';
import { startPostgres } from '../support/postgres.ts';
import { makeRunDir } from '../support/run-dir.ts';
import { SealedScene } from '../support/sealed-scene.ts';
import { chat, holdKeys, statusOf, textOf } from '../support/sealed-talk.ts';
import {
  found,
  foundInFolder,
  secretBytes,
  secretFile,
  secretText,
  type Secret,
} from '../support/secret-search.ts';

const patience = 60_000;
const run = promisify(execFile);
const exporter = fileURLToPath(new URL('../support/key-export.ts', import.meta.url));

/** Words that are nowhere else. */
function word(what: string): string {
  return `${what} ${randomBytes(12).toString('hex')}`;
}

function picture(): Buffer {
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), randomBytes(40_000)]);
}

/** The ratchet of an exported session: a version, an index of four bytes, and 128 bytes that are secret. */
function ratchet(name: string, sessionKey: string): readonly Secret[] {
  const bytes = Buffer.from(sessionKey, 'base64');
  return [0, 32, 64, 96].map((at) => secretBytes(`${name} part ${at}`, bytes.subarray(5 + at, 37 + at)));
}

async function sessionsOf(user: MatrixUser): Promise<readonly Secret[]> {
  const keys = (await user.sdk.getCrypto()?.exportRoomKeys()) ?? [];
  assert.ok(keys.length > 0);
  return keys.flatMap(({ session_id: id, session_key: key }) => ratchet(`session ${id}`, key));
}

/** What is in the private part of the bridge's file of keys, which nobody uses at the moment. */
async function keysIn(file: string, storageKey: Buffer): Promise<readonly Secret[]> {
  await using copies = await makeRunDir('keys');
  for (const suffix of ['', '-wal'])
    await cp(file + suffix, join(copies.path, `keys.db${suffix}`)).catch(() => undefined);
  const key = Buffer.from(keyOfKeys(storageKey)).toString('hex');
  const { stdout } = await run(process.execPath, [exporter, join(copies.path, 'keys.db'), key], {
    maxBuffer: 10_000_000,
  });
  const { crossSigning, roomKeys } = JSON.parse(stdout) as ExportedKeys;
  assert.ok(crossSigning.length >= 6 && roomKeys.length > 0, stdout.slice(0, 200));
  return [
    ...crossSigning.map((seed, at) => secretBytes(`signing key ${at}`, Buffer.from(seed, 'base64'))),
    ...roomKeys.flatMap((session, at) => ratchet(`room key ${at}`, session)),
  ];
}

for (const database of ['sqlite', 'postgres'] as const) {
  describe(`what a bridge on ${database} writes down of what is encrypted`, () => {
    const storageKey = randomBytes(32);
    const logged: string[] = [];
    const secrets: Secret[] = [];
    const stack = new AsyncDisposableStack();
    let scene: SealedScene;
    let postgresDir: string | undefined;

    before(async () => {
      const settings = { level: 'debug', redactIds: false, format: 'json' } as const;
      const log = createLog(settings, storageKey, { write: (line) => logged.push(line) });
      const storage: Record<string, unknown> = { key: storageKey.toString('hex') };
      if (database === 'postgres') {
        const dir = stack.use(await makeRunDir('secrecy'));
        const postgres = stack.use(await startPostgres({ dir: dir.path }));
        storage['url'] = await postgres.createDatabase('bridge');
        postgresDir = dir.path;
      }
      scene = stack.use(await SealedScene.start({}, { storage }, { log }));
    });
    after(() => stack.disposeAsync());

    const hide = (what: string): string => {
      const text = word(what);
      secrets.push(secretText(what, text.split(' ').at(-1) ?? ''));
      return text;
    };
    const hideFile = (what: string): { readonly name: string; readonly bytes: Buffer } => {
      const bytes = picture();
      secrets.push(...secretFile(what, bytes));
      return { name: `${hide(`name of ${what}`).replaceAll(' ', '-')}.png`, bytes };
    };

    /** Looks in all that there is: files of the bridge, lines of the log, metrics. */
    async function look(): Promise<void> {
      const own = (path: string): boolean => !path.startsWith('synapse') && path !== 'registration.yaml';
      const inFiles = await foundInFolder(secrets, scene.dir, (path) => !own(path));
      assert.deepEqual(inFiles.found, []);
      assert.ok(
        inFiles.files.some((path) => path.endsWith('-keys.sqlite')),
        inFiles.files.join(),
      );
      if (postgresDir !== undefined) {
        const inPostgres = await foundInFolder(secrets, postgresDir, () => false);
        assert.deepEqual(inPostgres.found, []);
        assert.ok(inPostgres.files.some((path) => path.includes('pg_wal')));
      }
      assert.deepEqual(found(secrets, Buffer.from(logged.join(''))), []);
      for (const path of ['/metrics', '/ready', '/live']) {
        const text = await fetch(scene.bridged.bridgeUrl + path).then(
          (response) => response.text(),
          () => '',
        );
        assert.deepEqual(found(secrets, Buffer.from(text)), [], path);
      }
    }

    it('is nothing that could be read, opened or used', async (test) => {
      const { user, person, room } = await chat(scene);
      const { bridged, world } = scene;
      secrets.push(secretBytes('storage key', storageKey), secretBytes('key of keys', keyOfKeys(storageKey)));
      secrets.push(secretText('as_token', bridged.asToken), secretText('hs_token', bridged.hsToken));
      secrets.push(secretText('access token', user.sdk.getAccessToken() ?? assert.fail()));

      const said = hide('said on Matrix');
      await user.sendText(room, said);
      await person.waitFor((packet) => textOf(packet) === said, patience);
      const answered = hide('answered');
      person.send(user.userId, answered);
      assert.equal(await scene.shield(user, room, answered), 'none');
      const up = hideFile('a file from Matrix');
      await user.sendFile(room, { name: up.name, type: 'image/png', bytes: new Uint8Array(up.bytes) });
      await person.waitFor(({ body }) => body.kind === 'file', patience);
      const down = hideFile('a file to Matrix');
      person.sendFile(user.userId, {
        ...{ media: 'image', name: down.name, mimetype: 'image/png', bytes: down.bytes },
        thumbnail: { mimetype: 'image/png', bytes: hideFile('a thumbnail').bytes },
      });
      await user.waitForText(room, down.name, patience);

      const group = LoopbackGroupMember.make(world, scene.person(), `#${database}`, 'Secretive');
      group.change(user.userId, 'invite');
      const { roomId } = await user.waitForInvite(({ inviter }) => inviter === bridged.botUserId, patience);
      await user.join(roomId);
      const inGroup = hide('in a group');
      group.send(inGroup);
      assert.equal(await scene.shield(user, roomId, inGroup), 'none');

      const held = holdKeys(user);
      await user.sdk.getCrypto()?.forceDiscardSession(room);
      const late = hide('said without a key');
      const waits = await user.sendText(room, late);
      held.stop();
      await statusOf({ user, person, room }, waits, 'PENDING');
      secrets.push(...(await sessionsOf(user)));
      await look();

      const file = bridged.databaseFile.replace('.sqlite', '-keys.sqlite');
      await bridged.restart(async () => {
        secrets.push(...(await keysIn(file, storageKey)));
        await look();
      });
      await scene.panic();
      await held.letGo();
      await person.waitFor((packet) => textOf(packet) === late, patience);
      const last = hide('said at last');
      person.send(user.userId, last);
      assert.equal(await scene.shield(user, room, last), 'none');
      secrets.push(...(await sessionsOf(user)));
      await look();
      await bridged.restart(look);
      test.diagnostic(`${secrets.length} secrets, ${logged.length} lines of log`);
      assert.ok(logged.some((line) => line.includes('crypto worker ended')));
    });
  });
}

it('finds a secret in whatever form it was written', () => {
  const bytes = randomBytes(32);
  const secret = secretBytes('it', bytes);
  for (const before of [0, 1, 2]) {
    const around = Buffer.concat([randomBytes(before), bytes, randomBytes(9)]);
    for (const form of [
      around,
      Buffer.from(around.toString('hex')),
      Buffer.from(around.toString('base64')),
      Buffer.from(around.toString('base64url')),
      Buffer.from(JSON.stringify([...around])),
      Buffer.from(Buffer.from(JSON.stringify({ key: [...around] })).toString('base64')),
    ])
      assert.deepEqual(found([secret], form), ['it']);
  }
  assert.deepEqual(found([secret], randomBytes(1_000)), []);
});
