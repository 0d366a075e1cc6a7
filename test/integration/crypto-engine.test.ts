import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CryptoScene, sealingRoom } from '../support/crypto-scene.ts';

describe('the crypto engine beside a homeserver', () => {
  let scene: CryptoScene;

  before(async () => {
    scene = await CryptoScene.start();
  });
  after(() => scene[Symbol.asyncDispose]());

  for (const isolation of ['all-devices', 'signed-devices'] as const)
    it(`is read by, and reads, a person whose client counts ${isolation}`, async () => {
      const alice = await scene.person(`alice-${isolation}`, { isolation });
      const ghost = await scene.ghost(`juliet-${isolation}`);
      const roomId = await alice.createDirectRoom(ghost.userId);
      await scene.call(ghost.userId, 'POST', `/join/${encodeURIComponent(roomId)}`, {});

      const said = await scene.say(ghost, sealingRoom(roomId, [alice.userId]), 'hello');
      await alice.waitForText(roomId, 'hello');
      assert.equal(await alice.shieldOf(roomId, said), 'none');

      const answered = await alice.sendText(roomId, 'and hello to you');
      const opened = await scene.unseal(ghost, roomId, answered);
      assert.equal(opened.kind, 'opened', JSON.stringify(opened));
      assert.equal(opened.type, 'm.room.message');
      assert.equal(JSON.parse(opened.content).body, 'and hello to you');
      assert.equal(opened.trust, 'signed');
    });
});
