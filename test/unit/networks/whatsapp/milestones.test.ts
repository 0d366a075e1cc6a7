import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matrixEventId, portalId, remoteChatId, roomId } from '../../../../src/core/ids.ts';
import type { EventOf } from '../../../../src/core/event.ts';
import type { Handled } from '../../../../src/core/network.ts';
import type { DirectPortal } from '../../../../src/core/portal.ts';
import { alice, bobId, whatsappScene, type WhatsappScene } from '../../../support/whatsapp-scene.ts';

const patience = 5_000;

test('a user who enables the network is enlisted, connects, and exchanges text both ways', async () => {
  await using scene = await whatsappScene();
  const login = await enabled(scene);
  assert.equal(await scene.bob.say(login, 'FIRST1', 'hello *alice*'), 'kept');
  const arrival = await scene.sink.arrivals.waitFor(({ raw }) => raw.includes('"message"'), patience);
  const opened = scene.network.open(arrival, 'cause-1');
  assert.ok(opened.kind === 'event' && opened.event.kind === 'message');
  assert.deepEqual(opened.event.sender, { in: 'remote', userId: bobId });
  assert.deepEqual(opened.event.content.kind === 'text' && opened.event.content.text, {
    plain: 'hello *alice*',
    html: 'hello <strong>alice</strong>',
  });
  await scene.bob.receipts.waitFor(
    ({ id, about }) => id === 'FIRST1' && about.kind === 'delivered',
    patience,
  );

  const handled = await say(scene, 'hi bob', '$one');
  assert.equal(handled.kind, 'sent');
  const got = await scene.bob.got.waitFor(({ message }) => message.conversation === 'hi bob', patience);
  assert.deepEqual(handled.kind === 'sent' && handled.messageIds, [got.id]);
  assert.equal(got.stanza.notify, 'The name of @alice:example.org');
});

/** Alice enables the network. */
async function enabled(scene: WhatsappScene) {
  scene.sink.on = [alice];
  scene.network.reachChanged?.(alice);
  return scene.login();
}

const portal: DirectPortal = {
  kind: 'direct',
  id: portalId('p1'),
  key: { network: 'whatsapp' as never, chat: remoteChatId('4242'), receiver: alice },
  remote: bobId,
  room: roomId('!one:example.org'),
};

function say(scene: WhatsappScene, text: string, cause: string): Promise<Handled> {
  const event: EventOf<'message'> = {
    ...{ kind: 'message', cause, at: Date.now(), sender: { in: 'matrix', userId: alice } },
    name: { in: 'matrix', eventId: matrixEventId(cause) },
    content: { kind: 'text', style: 'normal', text: { plain: text, html: undefined } },
    ...{ mentions: { users: [], room: false }, replyTo: undefined, thread: undefined },
  };
  const handler = scene.network.handlers.message;
  assert.ok(handler !== undefined);
  return handler(event, portal, AbortSignal.timeout(patience));
}
