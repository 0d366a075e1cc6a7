import { randomUUID } from 'node:crypto';
import { xml } from '@xmpp/client';
import { NS, type Stanza } from '../../test/support/xmpp-stanzas.ts';
import type { XmppUser } from '../../test/support/xmpp-user.ts';
import type { Act, BlockStage, Pair } from './block-stage.ts';

const message = (to: string, ...parts: readonly Stanza[]): Stanza =>
  xml('message', { type: 'chat', to, id: randomUUID() }, ...parts);
const body = (text: string): Stanza => xml('body', {}, text);

/** What can be sent in a chat that is there. */
export async function directWays(stage: BlockStage): Promise<readonly XmppUser[]> {
  const pair = await stage.pair('bob');
  const earlier = { blocked: '', like: '' };
  await said(stage, pair, earlier);
  await words(stage, pair, earlier);
  await beside(stage, pair);
  await pretences(stage, pair);
  const phones = {
    blocked: await stage.person('bob', { resource: 'phone' }),
    like: await stage.person('bob-like', { resource: 'phone' }),
  };
  await stage.way('a message from another of their clients', phones, (who, to) =>
    who.sendText(to, 'from my phone'),
  );
  const { like } = phones;
  await stage.chat(like, 'hello, not blocked');
  const act: Act = async (who, to) => {
    const id = await who.sendText(to, 'seen');
    await who.correct(to, id, 'seen better');
    await who.react(to, id, ['👍']);
    await who.chatState(to, 'composing');
  };
  await stage.control(like, act, [/"seen"/, /seen better/, /m\.reaction/, /typing/]);
  return [pair.blocked];
}

/** A message of each that is there from before the block. */
async function said(
  stage: BlockStage,
  { blocked, like }: Pair,
  ids: { blocked: string; like: string },
): Promise<void> {
  await stage.alice.ask(`unblock xmpp ${blocked.jid}`, /not blocked any more/);
  ids.blocked = await blocked.sendText(stage.alice.jid, 'said before');
  ids.like = await like.sendText(stage.silent, 'said before');
  await stage.barrier();
  await stage.block(blocked.jid);
}

async function words(
  stage: BlockStage,
  pair: Pair,
  earlier: { readonly blocked: string; readonly like: string },
): Promise<void> {
  const before = (who: XmppUser): string => (who === pair.blocked ? earlier.blocked : earlier.like);
  await stage.way('a message', pair, (who, to) => who.sendText(to, 'are you there?'));
  await stage.way('a message of another type, without asking for a receipt', pair, (who, to) =>
    who.send(xml('message', { to }, body('psst'))),
  );
  await stage.way('thirty messages at once', pair, async (who, to) => {
    for (let count = 0; count < 30; count += 1) await who.sendText(to, `flood ${count}`);
  });
  await stage.way('a reply to what was said before the block', pair, (who, to) =>
    who.reply(to, { id: before(who), from: who.jid, body: 'said before' }, 'as I said'),
  );
  await stage.way('an edit of what was said before', pair, (who, to) =>
    who.correct(to, before(who), 'said better'),
  );
  await stage.way('a reaction to what was said before, and its end', pair, async (who, to) => {
    await who.react(to, before(who), ['👍', '🎉']);
    await who.react(to, before(who), []);
  });
  await stage.way(
    'an edit, a reaction and a retraction of what never came through',
    pair,
    async (who, to) => {
      const id = await who.sendText(to, 'lost');
      await who.correct(to, id, 'found');
      await who.react(to, id, ['👍']);
      await who.retract(to, id);
    },
  );
  await stage.way('a retraction of what was said before, in both forms', pair, async (who, to) => {
    await who.retract(to, before(who), 0);
    await who.retract(to, before(who), 1);
  });
  await stage.way('a picture', pair, async (who, to) => {
    const bytes = Buffer.from(pixel, 'base64');
    const file = { name: 'pixel.png', type: 'image/png', bytes };
    await who.sendFile(to, await who.upload(stage.stack.prosody.uploadDomain, file));
  });
}

/** What is told beside messages. */
async function beside(stage: BlockStage, pair: Pair): Promise<void> {
  await stage.way('typing', pair, async (who, to) => {
    for (const state of ['active', 'composing', 'paused', 'composing', 'gone'] as const)
      await who.chatState(to, state);
  });
  await stage.way('receipts and displayed markers, of anything', pair, async (who, to) => {
    await who.receipt(to, 'anything');
    await who.displayed(to, 'anything');
  });
  await stage.way('presence with a status, and its end', pair, async (who, to) => {
    await who.send(xml('presence', { to }, xml('show', {}, 'away'), xml('status', {}, 'look at me')));
    await who.send(xml('presence', { to, type: 'unavailable' }));
  });
  await stage.way('a subscription, asked for, probed and ended', pair, async (who, to) => {
    await who.send(xml('presence', { to, type: 'subscribe' }));
    await who.send(xml('presence', { to, type: 'unsubscribe' }));
  });
  await stage.way('another nickname and another picture', pair, async (who, to) => {
    const nick = xml('nick', { xmlns: 'http://jabber.org/protocol/nick' }, 'Somebody else');
    await who.request('set', publish('http://jabber.org/protocol/nick', nick));
    const photo = xml('PHOTO', {}, xml('TYPE', {}, 'image/png'), xml('BINVAL', {}, pixel));
    await who.request('set', xml('vCard', { xmlns: 'vcard-temp' }, xml('FN', {}, 'Somebody else'), photo));
    const update = xml('x', { xmlns: 'vcard-temp:x:update' }, xml('photo', {}, 'f'.repeat(40)));
    await who.send(xml('presence', { to }, update));
    await who.send(xml('message', { to, type: 'headline' }, news(nick)));
    await who.sendText(to, 'under another name');
  });
  await stage.way('an invitation to a call', pair, (who, to) =>
    who.send(message(to, xml('propose', { xmlns: 'urn:xmpp:jingle-message:0', id: 'call' }))),
  );
  await stage.way('a message that is encrypted for nobody here', pair, (who, to) =>
    who.send(
      message(to, xml('encrypted', { xmlns: 'eu.siacs.conversations.axolotl' }, xml('payload', {}, 'AA=='))),
    ),
  );
}

/** What pretends to be something else. */
async function pretences(stage: BlockStage, pair: Pair): Promise<void> {
  const { alice } = stage;
  const forged = (from: string, to: string): Stanza =>
    xml(
      'forwarded',
      { xmlns: NS.forward },
      xml('message', { xmlns: 'jabber:client', from, to, type: 'chat' }, body('forged')),
    );
  await stage.way('a message with a time long ago, and one to come', pair, async (who, to) => {
    for (const stamp of ['2020-01-01T00:00:00Z', '2099-01-01T00:00:00Z'])
      await who.send(message(to, body(`late ${stamp}`), xml('delay', { xmlns: NS.delay, stamp, from: to })));
  });
  for (const [name, around] of [
    ['a carbon copy', 'received'],
    ['a copy of what alice herself sent', 'sent'],
  ] as const)
    await stage.way(`what looks like ${name}`, pair, (who, to) =>
      who.send(message(to, xml(around, { xmlns: NS.carbons }, forged(alice.jid, to)), body('not a copy'))),
    );
  await stage.way(
    'what looks like a line of an archive, or another’s message that is handed on',
    pair,
    async (who, to) => {
      const friend = `friend@${stage.stack.prosody.domain}`;
      await who.send(
        message(to, xml('result', { xmlns: NS.mam, id: '1', queryid: '1' }, forged(friend, to))),
      );
      await who.send(message(to, xml('privilege', { xmlns: 'urn:xmpp:privilege:2' }, forged(friend, to))));
      const address = xml('address', { type: 'ofrom', jid: friend });
      await who.send(
        message(
          to,
          body('from a friend'),
          xml('addresses', { xmlns: 'http://jabber.org/protocol/address' }, address),
        ),
      );
    },
  );
}

function publish(node: string, item: Stanza): Stanza {
  return xml(
    'pubsub',
    { xmlns: 'http://jabber.org/protocol/pubsub' },
    xml('publish', { node }, xml('item', { id: 'current' }, item)),
  );
}

function news(item: Stanza): Stanza {
  const items = xml(
    'items',
    { node: 'http://jabber.org/protocol/nick' },
    xml('item', { id: 'current' }, item),
  );
  return xml('event', { xmlns: 'http://jabber.org/protocol/pubsub#event' }, items);
}

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
