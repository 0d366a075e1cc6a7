import assert from 'node:assert/strict';
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { LoopbackGroupMember } from '../../src/networks/loopback/index.ts';
import { handedSteps, saidSteps, usedAgain } from '../support/ratchet-steps.ts';
import { SealedScene } from '../support/sealed-scene.ts';
import { chat, textOf, type Chat } from '../support/sealed-talk.ts';

const patience = 60_000;
/** The files of the bridge, by what they hold; beside each its log of writes. */
const files = { database: /^bridge\.sqlite(?:-wal)?$/, keys: /^bridge-keys\.sqlite(?:-wal)?$/ };
const beside = { database: /^bridge\.sqlite/, keys: /^bridge-keys\.sqlite/ };
type Part = keyof typeof files;

/** The process that held the database when the backup was made is this one, and runs. */
function endLease(file: string): void {
  const database = new Sqlite(file);
  database.prepare(`update lease set instance = '' where id = 1`).run();
  database.close();
}

describe('a bridge that encrypts and is restored from a backup', () => {
  let scene: SealedScene;
  let one: Chat;
  let group: LoopbackGroupMember;
  let groupRoom: string;
  let turns = 0;
  before(async () => {
    scene = await SealedScene.start({ fresh: 500 });
    one = await chat(scene);
    const { user } = one;
    group = LoopbackGroupMember.make(scene.world, scene.person(), '#restored', 'Restored');
    group.change(user.userId, 'invite');
    const { bridged } = scene;
    groupRoom = (await user.waitForInvite(({ inviter }) => inviter === bridged.botUserId, patience)).roomId;
    await user.join(groupRoom);
    const second = await scene.another(user);
    await sleep(1_500);
    await talk();
    await copyFiles();
    const handed = scene.handed.length;
    // New sessions are due, which go to the first device by the ratchets that the backup has too.
    await second.logout();
    await sleep(1_500);
    for (let more = 0; more < 3; more += 1) await talk();
    assert.ok(scene.handed.length > handed);
  });
  after(() => scene[Symbol.asyncDispose]());

  /** Something said in each room by both; read by both, without a shield. */
  async function talk(): Promise<void> {
    const { user, person, room } = one;
    const name = `turn ${(turns += 1)}`;
    person.send(user.userId, `${name}, remote`);
    assert.equal(await scene.shield(user, room, `${name}, remote`), 'none', name);
    group.send(`${name}, in the group`);
    assert.equal(await scene.shield(user, groupRoom, `${name}, in the group`), 'none', name);
    await user.sendText(room, `${name}, Matrix`);
    await user.sendText(groupRoom, `${name}, Matrix in the group`);
    await person.waitFor((packet) => textOf(packet) === `${name}, Matrix`, patience);
    await group.person.waitFor((packet) => textOf(packet) === `${name}, Matrix in the group`, patience);
  }

  const backup = (): string => join(scene.dir, 'backup');

  /** As a copy of the disk at one moment in which nothing is under way. */
  async function copyFiles(): Promise<void> {
    await sleep(1_000);
    await mkdir(backup());
    for (const name of await readdir(scene.dir))
      if (files.database.test(name) || files.keys.test(name))
        await cp(join(scene.dir, name), join(backup(), name));
  }

  async function takeAway(part: Part): Promise<void> {
    for (const name of await readdir(scene.dir)) if (beside[part].test(name)) await rm(join(scene.dir, name));
  }

  async function putBack(part: Part): Promise<void> {
    await takeAway(part);
    for (const name of await readdir(backup()))
      if (files[part].test(name)) await cp(join(backup(), name), join(scene.dir, name));
    if (part === 'database') endLease(scene.bridged.databaseFile);
  }

  async function devicesOf(userId: string): Promise<readonly string[]> {
    const { sdk } = one.user;
    const answer = await sdk.downloadKeysForUsers([userId]);
    return Object.keys(answer.device_keys[userId] ?? {});
  }

  async function goesOn(renewed: boolean, change: () => Promise<void>): Promise<void> {
    const { user, person, room } = one;
    const ghost = scene.ghostOf(person);
    const before = await devicesOf(ghost);
    await scene.bridged.restart(change);
    for (let more = 0; more < 3; more += 1) await talk();
    const after = await devicesOf(ghost);
    const isNew = after.some((device) => !before.includes(device));
    assert.equal(isNew, renewed, `${before.join()} ${after.join()}`);
    const said = [...(await saidSteps(user, room)), ...(await saidSteps(user, groupRoom))];
    assert.ok(said.length >= 2 * turns, String(said.length));
    assert.deepEqual(usedAgain(said), []);
    const handed = scene.handed.flatMap(handedSteps);
    assert.ok(handed.length > 0);
    assert.deepEqual(usedAgain(handed), []);
    for (const { inbox } of [person, group.person]) {
      const texts = inbox.map((packet) => textOf(packet));
      assert.equal(new Set(texts).size, texts.length, texts.join('\n'));
    }
  }

  it('goes on with the database and the keys of the backup', () =>
    goesOn(true, async () => {
      await putBack('database');
      await putBack('keys');
    }));

  it('goes on with the keys of the backup alone', () => goesOn(true, () => putBack('keys')));

  it('goes on with the database of the backup alone', () => goesOn(false, () => putBack('database')));

  it('goes on without any keys', () => goesOn(true, () => takeAway('keys')));
});
