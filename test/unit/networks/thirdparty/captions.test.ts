import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { noMentions } from '../../../../src/core/event.ts';
import { networkId, remoteMessageId } from '../../../../src/core/ids.ts';
import { encodeMessage } from '../../../../src/interop/message/protobuf.ts';
import { SaidFiles } from '../../../../src/interop/message/said-files.ts';
import { gathered } from '../../../support/byte-streams.ts';
import { hosting, mediaOf } from '../../../support/third-party-files.ts';
import { partner } from '../../../support/third-party-partner.ts';
import {
  alice,
  configOf,
  from,
  handle,
  message,
  messagesIn,
  portalOf,
  scene,
  targetOf,
} from '../../../support/third-party-scene.ts';

describe('what is said with a file in third-party chats', () => {
  it('has its caption changed without saying again which file it is, over a restart, as often as one likes', async () => {
    await using provider = await hosting();
    await using on = await scene({ config: configOf(provider.url) });
    const bob = await partner(on);
    const address = (await bob.find('alice')) ?? assert.fail();
    const bytes = randomBytes(1_000);
    const mimetype = 'image/jpeg';
    await bob.say(address, 'A1', {
      imageMessage: { ...(await provider.put(bytes, 'image')), mimetype, caption: 'one' },
    });
    await on.restart();
    for (const [id, caption] of [
      ['A2', 'two'],
      ['A3', 'three'],
    ] as const) {
      const editedMessage = { imageMessage: { caption } };
      await bob.say(address, id, {
        protocolMessage: { key: { fromMe: true, id: 'A1' }, type: 14, editedMessage },
      });
      const event = messagesIn(on).at(-1);
      assert.ok(event?.kind === 'edit' && event.content.kind === 'media', JSON.stringify(event));
      assert.equal(event.content.caption?.plain, caption);
      const open = await event.content.media.open(AbortSignal.timeout(10_000));
      assert.ok(open.kind === 'open' && bytes.equals(await gathered(open.stream)));
    }
    const unknown = {
      key: { fromMe: true, id: 'A9' },
      type: 14,
      editedMessage: { imageMessage: { caption: 'x' } },
    };
    await bob.say(address, 'A4', { protocolMessage: unknown });
    const last = on.sink.arrivals.all.at(-1) ?? assert.fail();
    assert.deepEqual(on.network().open(last, 'x'), { kind: 'unsupported', reason: 'broken-event' });
    await on.network().forget?.(alice, []);
    assert.deepEqual([...on.records.rows.values()], [], 'nothing of it is left');
  });

  it('is remembered of the latest hundred of a chat, the oldest sent again included', async () => {
    await using provider = await hosting();
    await using on = await scene({ config: configOf(provider.url) });
    const bob = await partner(on);
    const address = (await bob.find('alice')) ?? assert.fail();
    const imageMessage = { ...(await provider.put(randomBytes(10), 'image')), mimetype: 'image/jpeg' };
    for (let at = 0; at < 105; at++) await bob.say(address, `A${at}`, { imageMessage });
    const kept = (): number =>
      [...on.records.rows.values()].filter(({ of }) => of.collection === 'said-file').length;
    assert.equal(kept(), 100);
    const network = networkId('thirdparty');
    const files = new SaidFiles({ network, records: on.records, most: 100, now: () => on.clock.now });
    const [oldest] = [...on.records.rows.values()].filter(({ of }) => of.collection === 'said-file');
    const padded = Buffer.concat([encodeMessage({ imageMessage }), Buffer.of(1)]);
    const { owner } = oldest?.of ?? assert.fail();
    await files.take({ owner, id: remoteMessageId('A5'), padded });
    assert.equal(kept(), 100);
  });

  it('is not edited where another file takes the place of one', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const media = mediaOf('image', 'image/jpeg', randomBytes(50), 'one.jpg');
    const caption = { plain: 'one', html: undefined };
    const sent = await handle(on, message({ kind: 'media', media, caption }), portalOf(bob));
    assert.ok(sent.kind === 'sent');
    const target = targetOf(sent.messageIds[0] ?? assert.fail(), { in: 'matrix', userId: alice });
    const edit = { ...from(), kind: 'edit', target, mentions: noMentions } as const;
    const other = mediaOf('image', 'image/jpeg', randomBytes(60), 'two.jpg');
    const refused = await handle(
      on,
      { ...edit, content: { kind: 'media', media: other, caption } },
      portalOf(bob),
    );
    assert.deepEqual(refused, { kind: 'unsupported', reason: 'not-editable' });
    const two = { plain: 'two', html: undefined };
    const done = await handle(
      on,
      { ...edit, content: { kind: 'media', media, caption: two } },
      portalOf(bob),
    );
    assert.equal(done.kind, 'sent');
    assert.equal(on.shelf.total().files, 1);
  });
});
