import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageStanza } from '../../../../src/interop/stanza/message.ts';
import { whatsappScene, type WhatsappScene } from '../../../support/whatsapp-scene.ts';
import {
  editEvent,
  enabled,
  handle,
  patience,
  reactionEvent,
  say,
  target,
  until,
} from '../../../support/whatsapp-chat.ts';

/** Bob has a new device, and the host answers the messages that are sent again as the test says. */
async function reinstalled(
  scene: WhatsappScene,
  answer: (time: number) => number | undefined,
): Promise<{ readonly again: readonly MessageStanza[] }> {
  await enabled(scene);
  await say(scene, 'before', '$before');
  await scene.bob.got.waitFor(({ message }) => message.conversation === 'before', patience);
  scene.bob.reinstall();
  const again: MessageStanza[] = [];
  scene.bob.refuse = (stanza) => {
    if (stanza.sealed[0]?.count === undefined) return undefined;
    again.push(stanza);
    return answer(again.length);
  };
  return { again };
}

test('what is sent again and meets a host that is busy goes again, as it was, until the host has it', async () => {
  await using scene = await whatsappScene();
  const { again } = await reinstalled(scene, (time) => [503, 429][time - 1]);
  const id = await say(scene, 'lost and found', '$lost');
  const isLost = ({ message }: (typeof scene.bob.got.all)[number]): boolean =>
    message.conversation === 'lost and found';
  const got = await scene.bob.got.waitFor(isLost, patience);
  assert.equal(got.id, id);
  assert.equal(again.length, 3);
  assert.deepEqual(
    new Set(again.map(({ sealed }) => Buffer.from(sealed[0]?.ciphertext ?? []).toString('hex'))).size,
    1,
  );
  await until(() => scene.counts().get('sent-again') === 1);
  assert.equal(scene.counts().get('channel-not-kept'), 2);
  assert.equal(scene.bob.got.all.filter(isLost).length, 1);
});

test('what is sent again and is refused for good is let go of, and the connection stays', async () => {
  await using scene = await whatsappScene();
  const { again } = await reinstalled(scene, () => 404);
  const handshakes = scene.host.counts().get('handshake-begun');
  await say(scene, 'lost', '$lost');
  await until(() => scene.counts().get('not-sent-again') === 1);
  scene.bob.refuse = () => undefined;
  await say(scene, 'after', '$after');
  assert.equal(again.length, 1);
  assert.equal(scene.counts().get('channel-not-kept'), undefined);
  assert.equal(scene.counts().get('sent-again'), undefined);
  assert.equal(scene.host.counts().get('handshake-begun'), handshakes);
});

test('what is sent again says of itself what it said at first', async () => {
  await using scene = await whatsappScene();
  const { again } = await reinstalled(scene, () => undefined);
  const mine = scene.bob.got.all[0]?.id ?? assert.fail();
  const edit = await handle(scene.network, editEvent(target(mine, 'alice'), 'better', '$edit'));
  assert.equal(edit.kind, 'sent');
  await scene.bob.got.waitFor(({ message }) => message.protocolMessage !== undefined, patience);
  scene.bob.reinstall();
  await handle(scene.network, reactionEvent(target(mine, 'alice'), ['👍'], '$react'));
  await scene.bob.got.waitFor(({ message }) => message.reactionMessage !== undefined, patience);
  assert.deepEqual(
    again.map(({ type, edit: changes }) => [type, changes]),
    [
      ['text', '1'],
      ['reaction', undefined],
    ],
  );
});
