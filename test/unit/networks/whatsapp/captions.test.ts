import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { newMediaKey } from '../../../../src/interop/media/keys.ts';
import { newRef } from '../../../../src/interop/media/shelf/shelf.ts';
import type { WireMessage } from '../../../../src/interop/message/wire-message.ts';
import { alice, whatsappScene } from '../../../support/whatsapp-scene.ts';
import { enabled, Opened, until } from '../../../support/whatsapp-chat.ts';

/** Changes the words of a message with a picture, and says nothing of the picture. */
function captionEdit(of: string, caption: string): WireMessage {
  const key = { remoteJid: 'x', fromMe: true, id: of };
  return { protocolMessage: { key, type: 14, editedMessage: { imageMessage: { caption } } } };
}

test('a caption is edited without the file told again, over a restart, as often as one likes; then it goes with the user', async () => {
  await using scene = await whatsappScene();
  const login = await enabled(scene);
  const opened = new Opened(scene);
  const file = {
    ...{ mediaKey: newMediaKey(), directPath: `/v/t${newRef()}`, fileLength: 100 },
    ...{ fileSha256: randomBytes(32), fileEncSha256: randomBytes(32), mimetype: 'image/jpeg' },
  };
  await scene.bob.say(login, 'C1', { imageMessage: { ...file, caption: 'one', width: 30, height: 20 } });
  await opened.next('identity-change');
  await opened.next('message');
  await scene.restart();
  const after = new Opened(scene);
  await after.next('identity-change');
  await after.next('message');
  for (const [id, caption] of [
    ['C2', 'two'],
    ['C3', 'three'],
  ] as const) {
    await scene.bob.say(login, id, captionEdit('C1', caption));
    const event = await after.next('edit');
    assert.deepEqual(event.target, { in: 'remote', messageId: 'C1' });
    assert.ok(event.content.kind === 'media');
    assert.equal(event.content.caption?.plain, caption);
    const { media } = event.content;
    assert.deepEqual([media.kind, media.width, media.mimetype], ['image', 30, 'image/jpeg']);
  }

  const count = scene.sink.arrivals.all.length;
  await scene.bob.say(login, 'C4', captionEdit('C9', 'of what nobody said'));
  await until(() => scene.sink.arrivals.all.length > count);
  const last = scene.sink.arrivals.all.at(-1) ?? assert.fail();
  assert.deepEqual(scene.network.open(last, 'x'), { kind: 'unsupported', reason: 'broken-event' });

  await scene.network.forget?.(alice, []);
  const left = [...scene.records.rows.values()].filter(({ of }) => of.owner === alice);
  assert.deepEqual(left, []);
});
