import assert from 'node:assert/strict';
import { copyFile, rm } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { Device } from '../../src/crypto/megolm/engine.ts';
import { CryptoScene, sealingRoom } from '../support/crypto-scene.ts';
import type { MatrixUser } from '../support/matrix-user.ts';

type Keys = Readonly<Record<string, unknown>>;
const content = { type: 'm.room.message', content: '{"body":"x","msgtype":"m.text"}' };
let people = 0;

describe("a device of the bridge on a person's account", () => {
  let scene: CryptoScene;
  let person: MatrixUser;
  let other: MatrixUser;
  let room: string;
  let before_: readonly unknown[];

  before(async () => {
    scene = await CryptoScene.start();
  });
  after(() => scene[Symbol.asyncDispose]());

  /** A person with an identity of their own, in a room with another. */
  async function begin(): Promise<void> {
    people += 1;
    person = await scene.person(`self${people}`);
    other = await scene.person(`other${people}`);
    room = await person.createDirectRoom(other.userId);
    await other.join(room);
    before_ = await identity();
    scene.asked.length = 0;
  }

  async function query(): Promise<Record<string, Keys>> {
    const answer = await scene.call(person.userId, 'POST', '/keys/query', {
      device_keys: { [person.userId]: [] },
    });
    return answer as Record<string, Keys>;
  }

  /** The keys that make the account somebody, with their signatures. */
  async function identity(): Promise<readonly unknown[]> {
    const found = await query();
    const kinds = ['master_keys', 'self_signing_keys', 'user_signing_keys'];
    const keys = kinds.map((kind): unknown => found[kind]?.[person.userId]);
    assert.ok(keys[0] !== undefined && keys[1] !== undefined);
    return keys;
  }

  async function isUntouched(...guests: readonly Device[]): Promise<void> {
    assert.deepEqual(await identity(), before_);
    assert.deepEqual(
      scene.asked.filter((line) => /device_signing|signatures/u.test(line)),
      [],
    );
    const devices = (await query())['device_keys']?.[person.userId] as Record<string, Keys>;
    for (const { deviceId } of guests) {
      const { signatures } = devices[deviceId] as { readonly signatures: Record<string, Keys> };
      assert.deepEqual(Object.keys(signatures[person.userId] ?? {}), [`ed25519:${deviceId}`]);
    }
  }

  async function isRead(guest: Device, body: string): Promise<void> {
    const eventId = await scene.say(guest, sealingRoom(room, [person.userId, other.userId]), body);
    for (const reader of [person, other]) {
      await reader.waitForText(room, body);
      assert.ok(['grey', 'red'].includes((await reader.shieldOf(room, eventId)) ?? ''));
    }
  }

  async function withoutStore(): Promise<void> {
    await scene.engine[Symbol.asyncDispose]();
    for (const suffix of ['', '-wal', '-shm']) await rm(scene.file + suffix, { force: true });
  }

  it('is read by the person and by others, and leaves the identity of the account alone', async () => {
    await begin();
    const guest = await scene.guest(person.userId);
    await isRead(guest, 'from elsewhere');
    const { one_time_keys: claimed } = await scene.call(other.userId, 'POST', '/keys/claim', {
      one_time_keys: { [person.userId]: { [guest.deviceId]: 'signed_curve25519' } },
    });
    assert.ok(JSON.stringify(claimed).includes(guest.deviceId));
    assert.deepEqual(await scene.engine.guests(), [guest]);
    const described = await scene.engine.describe(person.userId);
    assert.ok(!('kind' in described));
    assert.deepEqual(
      described.map(({ crossSigned }) => crossSigned),
      [false],
    );
    await isUntouched(guest);
  });

  it('goes on after a restart and a panic, and knows its kind by itself', async () => {
    await begin();
    const guest = await scene.guest(person.userId);
    await scene.restart();
    await isRead({ userId: guest.userId, deviceId: guest.deviceId }, 'after a restart');
    await scene.engine.panic();
    assert.equal(await scene.engine.identify({ userId: guest.userId, deviceId: guest.deviceId }), undefined);
    await isRead(guest, 'after a panic');
    await scene.engine.pull(guest);
    await isUntouched(guest);
  });

  it('lets nothing else be made on its account', async () => {
    await begin();
    const guest = await scene.guest(person.userId);
    await scene.call(person.userId, 'PUT', '/devices/LIKEAGHOST', {});
    const refused = await scene.engine.identify({ userId: person.userId, deviceId: 'LIKEAGHOST' });
    assert.equal(refused?.what, 'broken');
    await isUntouched(guest);
  });

  it('is made anew where the homeserver lost it', async () => {
    await begin();
    const guest = await scene.guest(person.userId);
    await scene.call(person.userId, 'DELETE', `/devices/${guest.deviceId}`, {});
    await scene.engine.discard(room);
    const sealing = sealingRoom(room, [person.userId, other.userId]);
    const trouble = await scene.engine.seal(guest, sealing, content);
    assert.equal(trouble.kind === 'trouble' ? trouble.errcode : '', 'M_UNKNOWN_DEVICE');
    const next = await scene.guest(person.userId, '_2');
    await scene.engine.forget(guest);
    await isRead(next, 'from the next one');
    await isUntouched(next);
  });

  it('seals nothing after a backup was restored, and the next one leaves the identity alone too', async () => {
    await begin();
    const guest = await scene.guest(person.userId);
    await isRead(guest, 'before the backup');
    await scene.engine[Symbol.asyncDispose]();
    await copyFile(scene.file, `${scene.file}.yesterday`);
    await scene.open();
    await isRead(guest, 'after the backup');
    await withoutStore();
    await copyFile(`${scene.file}.yesterday`, scene.file);
    await scene.open();
    const stale = await scene.engine.seal(guest, sealingRoom(room, [person.userId]), content);
    assert.equal(stale.kind === 'trouble' ? stale.what : '', 'stale');
    const kept = await scene.engine.stale();
    assert.ok(
      Array.isArray(kept) && kept.some(({ deviceId, guest: is }) => deviceId === guest.deviceId && is),
    );
    const next = await scene.guest(person.userId);
    assert.notEqual(next.deviceId, guest.deviceId);
    await isRead(next, 'from the new generation');
    await isUntouched(next);
  });

  it('is not taken up with other keys where the store was lost', async () => {
    await begin();
    const guest = await scene.guest(person.userId);
    await withoutStore();
    await scene.open();
    assert.equal((await scene.engine.identify(guest))?.what, 'occupied');
    const next = await scene.guest(person.userId);
    await isRead(next, 'with a new store');
    await isUntouched(next);
  });

  it('never gives keys to the device of a client', async () => {
    await begin();
    const deviceId = person.sdk.getDeviceId() ?? assert.fail();
    const keys = JSON.stringify((await query())['device_keys']);
    const refused = await scene.engine.identify({ userId: person.userId, deviceId, guest: true });
    assert.equal(refused?.what, 'occupied');
    assert.equal(JSON.stringify((await query())['device_keys']), keys);
    assert.deepEqual(
      scene.asked.filter((line) => line.includes('/keys/upload')),
      [],
    );
    await isUntouched();
  });
});
