import assert from 'node:assert/strict';
import { test } from 'node:test';
import { protocolTypes } from '../../../../src/interop/profile/message-profile.ts';
import { formatAddress } from '../../../../src/interop/node/address.ts';
import { bobId, whatsappScene, type WhatsappScene } from '../../../support/whatsapp-scene.ts';
import {
  editEvent,
  enabled,
  handle,
  Opened,
  patience,
  reactionEvent,
  readEvent,
  redactionEvent,
  say,
  target,
  textEvent,
  typingEvent,
  until,
} from '../../../support/whatsapp-chat.ts';

test('a user who enables the network is enlisted, connects, and exchanges text both ways', async () => {
  await using scene = await whatsappScene();
  const login = await enabled(scene);
  const opened = new Opened(scene);
  assert.equal(await scene.bob.say(login, 'FIRST1', 'hello *alice*'), 'kept');
  await opened.next('identity-change');
  const event = await opened.next('message');
  assert.deepEqual(event.sender, { in: 'remote', userId: bobId });
  assert.deepEqual(event.content.kind === 'text' && event.content.text, {
    plain: 'hello *alice*',
    html: 'hello <strong>alice</strong>',
  });
  await scene.bob.receipts.waitFor(
    ({ id, about }) => id === 'FIRST1' && about.kind === 'delivered',
    patience,
  );

  const id = await say(scene, 'hi bob', '$one');
  const got = await scene.bob.got.waitFor(({ message }) => message.conversation === 'hi bob', patience);
  assert.equal(got.id, id);
  assert.equal(got.stanza.notify, 'The name of @alice:example.org');
  // What is kept elsewhere, and what the other end has, is not kept among the sessions.
  await until(() => kindsKept(scene).every((kind) => kind !== 'sealed'));
  assert.deepEqual([...scene.store.rows.values()].filter(isPlaintext), []);
  const told = scene.sink.told.all.map(({ text }) => text);
  assert.equal(told.length, 1);
  assert.match(told[0] ?? '', /reach you as alice@example\.org/);
});

test('a message that is handled again shows once, under the same name', async () => {
  await using scene = await whatsappScene();
  await enabled(scene);
  const first = await say(scene, 'once', '$same');
  await scene.restart();
  const second = await say(scene, 'once', '$same');
  await say(scene, 'after', '$after');
  await scene.bob.got.waitFor(({ message }) => message.conversation === 'after', patience);
  assert.equal(first, second);
  assert.equal(scene.bob.got.all.filter(({ id }) => id === first).length, 1);
});

test('replies, reactions and their removal, edits and revokes go both ways', async () => {
  await using scene = await whatsappScene();
  const login = await enabled(scene);
  const opened = new Opened(scene);
  const bob = scene.bob.address;
  await scene.bob.say(login, 'B1', 'a question');
  await opened.next('identity-change');
  await opened.next('message');

  const reply = textEvent('an answer', '$reply', { replyTo: target('B1', 'bob') });
  const replied = await handle(scene.network, reply);
  assert.ok(replied.kind === 'sent');
  const answer = await scene.bob.got.waitFor(
    ({ message }) => message.extendedTextMessage !== undefined,
    patience,
  );
  const context = answer.message.extendedTextMessage?.contextInfo;
  assert.equal(context?.stanzaId, 'B1');
  assert.equal(context.participant, formatAddress(bob));
  assert.deepEqual(context.quotedMessage, { conversation: 'a question' });

  const [mine = ''] = replied.messageIds;
  assert.equal(
    (await handle(scene.network, reactionEvent(target('B1', 'bob'), ['👍'], '$react'))).kind,
    'sent',
  );
  const reaction = await scene.bob.got.waitFor(
    ({ message }) => message.reactionMessage?.text === '👍',
    patience,
  );
  assert.equal(reaction.message.reactionMessage?.key?.fromMe ?? false, false);
  assert.equal(reaction.stanza.type, 'reaction');
  await handle(scene.network, reactionEvent(target('B1', 'bob'), [], '$unreact'));
  await scene.bob.got.waitFor(({ message }) => message.reactionMessage?.text === '', patience);

  await handle(scene.network, editEvent(target(mine, 'alice'), 'a better answer', '$edit'));
  const edit = await scene.bob.got.waitFor(({ stanza }) => stanza.edit === '1', patience);
  assert.equal(edit.message.protocolMessage?.key?.id, mine);
  assert.equal(edit.message.protocolMessage.editedMessage?.conversation, 'a better answer');
  await handle(scene.network, redactionEvent(target(mine, 'alice'), '$redact'));
  const revoke = await scene.bob.got.waitFor(({ stanza }) => stanza.edit === '7', patience);
  assert.equal(revoke.message.protocolMessage?.key?.id, mine);

  const key = { remoteJid: 'x', fromMe: true, id: 'B1' };
  await scene.bob.say(login, 'B2', {
    reactionMessage: { key: { ...key, fromMe: false, id: mine }, text: '❤️' },
  });
  const theirs = await opened.next('reaction');
  assert.deepEqual(theirs.reactions, { op: 'set', emojis: ['❤️'] });
  assert.deepEqual(theirs.target, { in: 'remote', messageId: mine });
  await scene.bob.say(login, 'B3', {
    reactionMessage: { key: { ...key, fromMe: false, id: mine }, text: '' },
  });
  assert.deepEqual((await opened.next('reaction')).reactions, { op: 'set', emojis: [] });
  const { messageEdit, revoke: revoked } = protocolTypes;
  const editedMessage = { conversation: 'a better question' };
  await scene.bob.say(login, 'B4', { protocolMessage: { key, type: messageEdit, editedMessage } });
  const edited = await opened.next('edit');
  assert.deepEqual(edited.target, { in: 'remote', messageId: 'B1' });
  await scene.bob.say(login, 'B5', { protocolMessage: { key, type: revoked } });
  assert.deepEqual((await opened.next('redaction')).target, { in: 'remote', messageId: 'B1' });
});

test('receipts of every type and typing go both ways', async () => {
  await using scene = await whatsappScene();
  const login = await enabled(scene);
  const opened = new Opened(scene);
  const { signals } = scene.sink;
  for (const id of ['R1', 'R2', 'R3']) await scene.bob.say(login, id, `text ${id}`);
  await opened.next('identity-change');
  for (let message = 0; message < 3; message += 1) await opened.next('message');

  const mine = await say(scene, 'seen?', '$seen');
  const isOf = (id: string, kind: string) => (signal: (typeof signals.all)[number]) =>
    signal.event.kind === 'receipt' &&
    signal.event.receipt === kind &&
    signal.event.target.in === 'remote' &&
    signal.event.target.messageId === id;
  await signals.waitFor(isOf(mine, 'delivered'), patience);
  await scene.bob.tellReceipt(login, mine, { kind: 'read', more: [] });
  await signals.waitFor(isOf(mine, 'read'), patience);
  const played = await say(scene, 'heard?', '$heard');
  await scene.bob.tellReceipt(login, played, { kind: 'played', more: [] });
  await signals.waitFor(isOf(played, 'read'), patience);

  assert.equal((await handle(scene.network, readEvent(target('R2', 'bob'), '$read'))).kind, 'sent');
  const read = await scene.bob.receipts.waitFor(({ about }) => about.kind === 'read', patience);
  assert.deepEqual([read.id, read.about.kind === 'read' && read.about.more], ['R1', ['R2']]);

  await handle(scene.network, typingEvent(true, '$type'));
  await scene.bob.signals.waitFor((one) => one.kind === 'chatstate' && one.state === 'composing', patience);
  scene.bob.type(login, 'recording');
  await signals.waitFor(({ event }) => event.kind === 'typing' && event.typing, patience);
  scene.bob.type(login, 'paused');
  await signals.waitFor(({ event }) => event.kind === 'typing' && !event.typing, patience);
});

test('what cannot be opened is asked for again, both ways, and shown once', async () => {
  await using scene = await whatsappScene();
  const login = await enabled(scene);
  const opened = new Opened(scene);
  await say(scene, 'before', '$before');
  await scene.bob.got.waitFor(({ message }) => message.conversation === 'before', patience);
  await scene.bob.say(login, 'K1', 'known');
  await opened.next('identity-change');
  await opened.next('message');

  // Bob has a new device: what is sent in the old session cannot be opened there.
  scene.bob.reinstall();
  const id = await say(scene, 'lost and found', '$lost');
  const got = await scene.bob.got.waitFor(
    ({ message }) => message.conversation === 'lost and found',
    patience,
  );
  assert.equal(got.id, id);
  await scene.bob.say(login, 'K2', 'with new keys');
  const change = await opened.next('identity-change');
  const after = await opened.next('message');
  assert.equal(after.content.kind === 'text' && after.content.text.plain, 'with new keys');
  assert.notEqual(change.identity, undefined);

  // A message that was damaged on its way to Alice.
  await scene.bob.say(login, 'K3', 'damaged', (sealed) => ({
    ...sealed,
    ciphertext: sealed.ciphertext.map((byte, at) => (at === sealed.ciphertext.length - 20 ? byte ^ 1 : byte)),
  }));
  const mended = await opened.next('message');
  assert.equal(mended.content.kind === 'text' && mended.content.text.plain, 'damaged');
  assert.ok(scene.bob.receipts.all.some(({ about }) => about.kind === 'retry' && about.messageId === 'K3'));
});

function kindsKept(scene: WhatsappScene): readonly string[] {
  return [...scene.store.rows.values()].map(({ of }) => of.kind);
}

function isPlaintext({
  of,
  value,
}: {
  readonly of: { readonly kind: string };
  readonly value: string;
}): boolean {
  return of.kind === 'opened' && value.length > 4;
}
