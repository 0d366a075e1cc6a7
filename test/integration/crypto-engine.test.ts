import assert from 'node:assert/strict';
import { copyFile, rm } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { Device, Opened } from '../../src/crypto/megolm/engine.ts';
import { readObject } from '../../src/crypto/megolm/megolm-header.ts';
import { openEngine } from '../../src/crypto/megolm/open-engine.ts';
import { CryptoScene, sealingRoom } from '../support/crypto-scene.ts';
import type { MatrixUser } from '../support/matrix-user.ts';
import type { Encryption } from '../support/user-crypto.ts';

/** A direct chat of a person and a ghost, both in it. */
interface Chat {
  readonly person: MatrixUser;
  readonly ghost: Device;
  readonly room: string;
}

let count = 0;

async function chat(scene: CryptoScene, encryption: Encryption = {}): Promise<Chat> {
  count += 1;
  const person = await scene.person(`person${count}`, encryption);
  const ghost = await scene.ghost(`ghost${count}`);
  const room = await person.createDirectRoom(ghost.userId);
  await scene.call(ghost.userId, 'POST', `/join/${encodeURIComponent(room)}`, {});
  return { person, ghost, room };
}

function bodyOf(opened: Opened): unknown {
  assert.equal(opened.kind, 'opened', JSON.stringify(opened));
  return readObject(opened.content)?.['body'];
}

function sessionOf(content: string): unknown {
  return readObject(content)?.['session_id'];
}

describe('the crypto engine beside a homeserver', () => {
  let scene: CryptoScene;

  before(async () => {
    scene = await CryptoScene.start();
  });
  after(() => scene[Symbol.asyncDispose]());

  for (const isolation of ['all-devices', 'signed-devices'] as const)
    it(`is read by, and reads, a person whose client counts ${isolation}`, async () => {
      const { person, ghost, room } = await chat(scene, { isolation });
      const said = await scene.say(ghost, sealingRoom(room, [person.userId]), 'hello');
      await person.waitForText(room, 'hello');
      assert.equal(await person.shieldOf(room, said), 'none');

      const answered = await person.sendText(room, 'and hello to you');
      const opened = await scene.unseal(ghost, room, answered);
      assert.equal(bodyOf(opened), 'and hello to you');
      assert.equal(opened.kind === 'opened' ? opened.trust : '', 'signed');
    });

  it('says of an unsigned device that it is not signed', async () => {
    const { person, ghost, room } = await chat(scene, { signed: false });
    const opened = await scene.unseal(ghost, room, await person.sendText(room, 'me'));
    assert.equal(opened.kind === 'opened' ? opened.trust : '', 'unsigned');
  });

  it('asks nothing for what it knows', async () => {
    const { person, ghost, room } = await chat(scene);
    const sealing = sealingRoom(room, [person.userId], { watched: true });
    await scene.say(ghost, sealing, 'one');
    await scene.engine.pull(ghost);
    await scene.say(ghost, sealing, 'two');
    scene.asked.length = 0;
    for (let i = 0; i < 10; i += 1) await scene.say(ghost, sealing, `more ${i}`);
    assert.equal(await scene.engine.identify(ghost), undefined);
    assert.deepEqual(scene.asked, []);
  });

  it('uploads nothing anew after a restart, and goes on', async () => {
    const { person, ghost, room } = await chat(scene);
    const sealing = sealingRoom(room, [person.userId]);
    await scene.say(ghost, sealing, 'before');
    const answer = await person.sendText(room, 'the answer');
    assert.equal(bodyOf(await scene.unseal(ghost, room, answer)), 'the answer');
    await scene.engine.pull(ghost);
    await scene.restart();
    scene.asked.length = 0;
    assert.equal(await scene.engine.identify(ghost), undefined);
    const said = await scene.say(ghost, sealing, 'after');
    await person.waitForText(room, 'after');
    assert.equal(await person.shieldOf(room, said), 'none');
    assert.equal(bodyOf(await scene.unseal(ghost, room, answer)), 'the answer');
    assert.deepEqual(
      scene.asked.filter((line) => /upload|claim|sendToDevice/u.test(line)),
      [],
    );
  });

  it('shares a room key with a device that came later, and not with one that was logged out', async () => {
    const { person, ghost, room } = await chat(scene);
    const sealing = sealingRoom(room, [person.userId]);
    const content = { type: 'm.room.message', content: '{"body":"x","msgtype":"m.text"}' };
    await scene.say(ghost, sealing, 'first');
    const second = await scene.person(person.userId.slice(1).split(':')[0] ?? '', { signed: false });
    await scene.say(ghost, sealing, 'second');
    await second.waitForText(room, 'second');
    const before = await scene.engine.seal(ghost, sealing, content);
    await second.logout();
    const after = await scene.engine.seal(ghost, sealing, content);
    assert.ok(before.kind === 'sealed' && after.kind === 'sealed');
    assert.notEqual(sessionOf(before.content), sessionOf(after.content));
  });

  it('uses a new session when a reader is gone, when one is asked for, and by the room’s settings', async () => {
    const { person, ghost, room } = await chat(scene);
    const other = await scene.person('another');
    const content = { type: 'm.room.message', content: '{"body":"x","msgtype":"m.text"}' };
    const session = async (readers: readonly string[]): Promise<unknown> => {
      const sealed = await scene.engine.seal(
        ghost,
        sealingRoom(room, readers, { rotationMessages: 3 }),
        content,
      );
      assert.ok(sealed.kind === 'sealed', JSON.stringify(sealed));
      return sessionOf(sealed.content);
    };
    const both = await session([person.userId, other.userId]);
    const one = await session([person.userId]);
    assert.notEqual(both, one);
    assert.equal(await session([person.userId]), one);
    await scene.engine.discard(room);
    const discarded = await session([person.userId]);
    assert.notEqual(discarded, one);
    assert.equal(await session([person.userId]), discarded);
    assert.equal(await session([person.userId]), discarded);
    assert.notEqual(await session([person.userId]), discarded);
  });

  it('heeds after a restart that a session was discarded', async () => {
    const { person, ghost, room } = await chat(scene);
    const sealing = sealingRoom(room, [person.userId]);
    const content = { type: 'm.room.message', content: '{"body":"x","msgtype":"m.text"}' };
    const before = await scene.engine.seal(ghost, sealing, content);
    await scene.engine.discard(room);
    await scene.restart();
    const after = await scene.engine.seal(ghost, sealing, content);
    const again = await scene.engine.seal(ghost, sealing, content);
    assert.ok(before.kind === 'sealed' && after.kind === 'sealed' && again.kind === 'sealed');
    assert.notEqual(sessionOf(before.content), sessionOf(after.content));
    assert.equal(sessionOf(again.content), sessionOf(after.content));
  });

  it('opens an event once more, but not its ciphertext elsewhere', async () => {
    const { person, ghost, room } = await chat(scene);
    const event = await scene.event(ghost, room, await person.sendText(room, 'once'));
    assert.equal(bodyOf(await scene.engine.open(ghost, event)), 'once');
    assert.equal(bodyOf(await scene.engine.open(ghost, event)), 'once');
    const copy = { ...readObject(event.raw), event_id: '$copy' };
    assert.deepEqual(await scene.engine.open(ghost, { room, eventId: '$copy', raw: JSON.stringify(copy) }), {
      kind: 'refused',
      why: 'replayed',
    });
    await scene.restart();
    assert.deepEqual(await scene.engine.open(ghost, { room, eventId: '$copy', raw: JSON.stringify(copy) }), {
      kind: 'refused',
      why: 'replayed',
    });
  });

  it('refuses what another than its sender sent, what was changed, and what is none', async () => {
    const { person, ghost, room } = await chat(scene);
    const event = await scene.event(ghost, room, await person.sendText(room, 'mine'));
    const whole = readObject(event.raw) ?? {};
    const content = readObject(JSON.stringify(whole['content'])) ?? {};
    const open = (raw: object): Promise<Opened> =>
      scene.engine.open(ghost, { ...event, raw: JSON.stringify({ ...whole, ...raw }) });
    assert.deepEqual(await open({ sender: '@mallory:localhost' }), {
      kind: 'refused',
      why: 'mismatched-sender',
    });
    const ciphertext = String(content['ciphertext']);
    const changed = ciphertext.slice(0, 30) + (ciphertext[30] === 'A' ? 'B' : 'A') + ciphertext.slice(31);
    assert.deepEqual(await open({ content: { ...content, ciphertext: changed } }), {
      kind: 'refused',
      why: 'tampered',
    });
    assert.deepEqual(await open({ content: { ...content, algorithm: 'm.rot13' } }), {
      kind: 'refused',
      why: 'malformed',
    });
    assert.deepEqual(await open({ content: {} }), { kind: 'refused', why: 'malformed' });
    assert.deepEqual(await scene.engine.open(ghost, { ...event, raw: 'x' }), {
      kind: 'refused',
      why: 'malformed',
    });
    const unknown = await open({ content: { ...content, session_id: 'AAAA' } });
    assert.equal(unknown.kind, 'locked');
    assert.equal(bodyOf(await scene.engine.open(ghost, event)), 'mine');
  });

  it('tells which keys have come, and then opens without asking', async () => {
    const { person, ghost, room } = await chat(scene);
    const event = await scene.event(ghost, room, await person.sendText(room, 'late'));
    const content = JSON.stringify(readObject(event.raw)?.['content']);
    scene.arrived.length = 0;
    await scene.engine.pull(ghost);
    assert.deepEqual(scene.arrived, [sessionOf(content)]);
    scene.asked.length = 0;
    assert.equal(bodyOf(await scene.engine.open(ghost, event)), 'late');
    // Devices of before may be looked after meanwhile.
    const syncs = scene.asked.filter((line) => line.includes('/sync') && line.endsWith(ghost.userId));
    assert.deepEqual(syncs, []);
  });

  it('refuses to be verified', async () => {
    const { person, ghost, room } = await chat(scene);
    await scene.say(ghost, sealingRoom(room, [person.userId]), 'hello');
    await person.waitForText(room, 'hello');
    const request = await person.sdk.getCrypto()?.requestDeviceVerification(ghost.userId, ghost.deviceId);
    await scene.engine.pull(ghost);
    assert.deepEqual(scene.refusedVerifications, [person.userId]);
    const end = Date.now() + 10_000;
    while (request?.cancellationCode === null && Date.now() < end)
      await new Promise((go) => setTimeout(go, 50));
    assert.equal(request?.cancellationCode, 'm.user');
  });

  it('survives a panic of the engine, and uses no index twice', async () => {
    const { person, ghost, room } = await chat(scene);
    const sealing = sealingRoom(room, [person.userId], { watched: true });
    await scene.say(ghost, sealing, 'before the panic');
    const content = { type: 'm.room.message', content: '{"body":"x","msgtype":"m.text"}' };
    const seals = Array.from({ length: 20 }, () => scene.engine.seal(ghost, sealing, content));
    await scene.engine.panic();
    for (const sealed of await Promise.all(seals))
      if (sealed.kind === 'trouble') assert.deepEqual([sealed.what, sealed.retry], ['restarted', 'later']);
    const said = await scene.say(ghost, sealing, 'after the panic');
    await person.waitForText(room, 'after the panic');
    assert.equal(await person.shieldOf(room, said), 'none');
    assert.equal(bodyOf(await scene.unseal(ghost, room, await person.sendText(room, 'well'))), 'well');
    assert.equal(scene.engine.load().restarts, 1);
  });

  it('does not share its store', async () => {
    const second = await openEngine(scene.options());
    assert.equal(second.kind, 'refused');
  });

  it('goes on with a restored backup as new devices of the same people', async () => {
    const { person, ghost, room } = await chat(scene);
    const sealing = sealingRoom(room, [person.userId]);
    const kept = await person.sendText(room, 'before the backup');
    assert.equal(bodyOf(await scene.unseal(ghost, room, kept)), 'before the backup');
    await scene.say(ghost, sealing, 'before the backup too');
    await scene.engine[Symbol.asyncDispose]();
    await copyFile(scene.file, `${scene.file}.yesterday`);
    await scene.open();
    await scene.say(ghost, sealing, 'after the backup');
    await scene.engine[Symbol.asyncDispose]();
    for (const suffix of ['', '-wal', '-shm']) await rm(scene.file + suffix, { force: true });
    await copyFile(`${scene.file}.yesterday`, scene.file);
    await scene.open();

    const content = { type: 'm.room.message', content: '{"body":"x","msgtype":"m.text"}' };
    const stale = await scene.engine.seal(ghost, sealing, content);
    assert.equal(stale.kind === 'trouble' ? stale.what : '', 'stale');
    const next = await scene.device(ghost.userId);
    assert.notEqual(next.deviceId, ghost.deviceId);
    const said = await scene.say(next, sealing, 'from the new device');
    await person.waitForText(room, 'from the new device');
    assert.equal(await person.shieldOf(room, said), 'none');
    assert.equal(bodyOf(await scene.unseal(next, room, kept)), 'before the backup');
    assert.equal(bodyOf(await scene.unseal(next, room, await person.sendText(room, 'good'))), 'good');
    const { devices } = await scene.call(ghost.userId, 'GET', '/devices');
    assert.ok(!JSON.stringify(devices).includes(ghost.deviceId));
  });

  it('replaces the identity of an account whose keys were lost with the store', async () => {
    const { person, ghost, room } = await chat(scene);
    const sealing = sealingRoom(room, [person.userId]);
    await scene.engine[Symbol.asyncDispose]();
    for (const suffix of ['', '-wal', '-shm']) await rm(scene.file + suffix, { force: true });
    await scene.open();
    const next = await scene.device(ghost.userId);
    await scene.say(next, sealing, 'I am another');
    await person.waitForText(room, 'I am another');
    assert.equal(bodyOf(await scene.unseal(next, room, await person.sendText(room, 'I see'))), 'I see');
  });
});
