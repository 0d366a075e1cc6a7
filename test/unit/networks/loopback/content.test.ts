import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { noMentions, type Content, type EventOf, type UnresolvedEvent } from '../../../../src/core/event.ts';
import { remoteChatId, remoteMessageId } from '../../../../src/core/ids.ts';
import type { Media } from '../../../../src/core/media.ts';
import { failedForGood } from '../../../../src/core/outcome.ts';
import type { Received } from '../../../../src/networks/loopback/index.ts';
import { fromRemote } from '../../../../src/networks/loopback/from-remote.ts';
import { media as described } from '../../../support/matrix-events.ts';
import { alice, bob, handle, join, message, target, turn, type Joined } from './rig.ts';

function withBytes(about: Partial<Media>, text = 'bytes'): Media {
  const bytes = Buffer.from(text);
  return {
    ...described(about),
    open: async () => {
      const stream = (async function* () {
        yield bytes;
      })();
      return { kind: 'open', stream, size: bytes.byteLength, mimetype: undefined };
    },
  };
}

/** What the bridge reads of a packet that it sent itself, as if a person had. */
function echoed({ id, body }: Received): UnresolvedEvent {
  const raw = JSON.stringify({ id, from: 'bob', to: alice, at: 5, body });
  const arrival = { outerId: id, chat: remoteChatId('bob'), sender: bob, receiver: alice, at: 5, raw };
  const opened = fromRemote(arrival, 'cause', async () => failedForGood('media-gone'));
  assert.equal(opened.kind, 'event', JSON.stringify(opened));
  return opened.event;
}

async function inbox(rig: Joined, event: EventOf<'message'>): Promise<readonly Received[]> {
  const handled = await handle(rig.network, event);
  assert.equal(handled.kind, 'sent', JSON.stringify(handled));
  return rig.world.person('bob').inbox;
}

const contents: fc.Arbitrary<Content> = (() => {
  const text = fc.record({ plain: fc.string(), html: fc.constantFrom(undefined, '<b>x</b>') });
  const count = fc.option(fc.nat(), { nil: undefined });
  const file = fc
    .record({
      kind: fc.constantFrom('image', 'video', 'audio', 'voice', 'sticker', 'contact', 'file'),
      size: fc.constantFrom(undefined, 5),
      width: count,
      height: count,
      duration: count,
      waveform: fc.option(fc.array(fc.integer({ min: 0, max: 8 }).map((share) => share / 8)), {
        nil: undefined,
      }),
      blurhash: fc.constantFrom(undefined, 'LEHV6nWB2y'),
      thumbnail: fc.constantFrom(undefined, { ...described(), mimetype: 'image/jpeg' }),
    })
    .map((about) => withBytes({ ...about, mimetype: 'a/b' }));
  const caption = fc.option(text, { nil: undefined });
  const answers = fc.uniqueArray(fc.record({ id: fc.uuid(), text: fc.string({ minLength: 1 }) }), {
    minLength: 1,
    maxLength: 20,
    selector: ({ id }) => id,
  });
  const degrees = (most: number): fc.Arbitrary<number> => fc.double({ min: -most, max: most, noNaN: true });
  return fc.oneof(
    fc.record({
      kind: fc.constant('text' as const),
      style: fc.constantFrom('normal' as const, 'emote' as const, 'notice' as const),
      text,
    }),
    fc.record({ kind: fc.constant('media' as const), media: file, caption }),
    fc.record({ kind: fc.constant('gallery' as const), items: fc.tuple(file, file, file), caption }),
    fc.record({
      kind: fc.constant('location' as const),
      place: fc.record({
        latitude: degrees(90),
        longitude: degrees(180),
        accuracy: count,
        description: fc.option(fc.string(), { nil: undefined }),
      }),
    }),
    answers.map((all): Content => {
      const poll = { question: 'q?', answers: all, maxSelections: all.length, disclosed: true };
      return { kind: 'poll', poll };
    }),
  );
})();

/** As values: what opens files is a function and stays out, and a thumbnail that could not be had is none. */
function told(content: Content): unknown {
  return JSON.parse(
    JSON.stringify(content, (key, value: unknown) => (key === 'thumbnail' ? undefined : value)),
  );
}

describe('contents on the loopback network', () => {
  it('are the same when they come back, with whom they call and the thread they are in', async () => {
    await using rig = await join({ receipts: false });
    rig.world.person('bob');
    let count = 0;
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        const mentions = { users: [{ in: 'remote', userId: bob } as const], room: true };
        const event = message(`c${(count += 1)}`, '', { content, mentions, thread: target('t.1') });
        const packet = (await inbox(rig, event)).at(-1);
        assert.ok(packet !== undefined);
        const back = echoed(packet);
        assert.ok(back.kind === 'message');
        assert.deepEqual(told(back.content), told(content));
        assert.deepEqual(back.mentions, mentions);
        assert.deepEqual(back.thread, { in: 'remote', messageId: 't.1' });
      }),
      { numRuns: 200 },
    );
  });

  it('bring thumbnails along, and go without one that cannot be had', async () => {
    await using rig = await join();
    rig.world.person('bob');
    const small = withBytes({ mimetype: 'image/jpeg' }, 'small');
    const film = {
      kind: 'media',
      media: withBytes({ kind: 'video', thumbnail: small }),
      caption: undefined,
    } as const;
    const [packet] = await inbox(rig, message('c1', '', { content: film }));
    const file = packet?.body.kind === 'file' ? packet.body.thumbnail?.file : undefined;
    assert.ok(file !== undefined);
    assert.equal(Buffer.from(rig.world.files.whole(file) ?? []).toString(), 'small');
    const lost = { ...film, media: { ...film.media, thumbnail: described() } };
    const other = (await inbox(rig, message('c2', '', { content: lost }))).at(-1);
    assert.ok(other?.body.kind === 'file' && other.body.thumbnail === undefined);
  });

  it('name the files of a gallery one by one, both ways', async () => {
    await using rig = await join();
    const person = rig.world.person('bob');
    const items = [withBytes({}), withBytes({}), withBytes({})] as const;
    const content = { kind: 'gallery', items, caption: undefined } as const;
    const sent = await handle(rig.network, message('c1', '', { content }));
    assert.deepEqual(sent, { kind: 'sent', messageIds: ['mx.c1', 'mx.c1/2', 'mx.c1/3'] });
    const packet = person.inbox[0];
    assert.ok(packet !== undefined);
    const back = echoed(packet);
    assert.deepEqual(back.kind === 'message' && back.parts, [
      { in: 'remote', messageId: 'mx.c1/2' },
      { in: 'remote', messageId: 'mx.c1/3' },
    ]);
  });

  it('refuse a gallery with one file that is too large, and send nothing of it', async () => {
    await using rig = await join({}, undefined, { maxMediaBytes: 10 });
    rig.world.person('bob');
    const items = [withBytes({}), withBytes({}, 'more than ten bytes')] as const;
    const content = { kind: 'gallery', items, caption: undefined } as const;
    const refused = await handle(rig.network, message('c1', '', { content }));
    assert.ok(refused.kind === 'failed' && refused.reason === 'too-large');
    assert.deepEqual(rig.world.person('bob').inbox, []);
  });
});

describe('texts that are too long for the loopback network', () => {
  const limits = { maxTextBytes: 20, maxTextParts: 3 };
  const long = 'twenty bytes at most, and twenty';

  it('are split, under names of one message that a repeat has too', async () => {
    await using rig = await join({ receipts: false }, undefined, limits);
    const mentions = { users: [{ in: 'remote', userId: bob } as const], room: false };
    rig.world.person('bob');
    const event = message('c1', long, { mentions, replyTo: target('bob.1'), thread: target('t.1') });
    const first = await handle(rig.network, event);
    assert.deepEqual(first, { kind: 'sent', messageIds: ['mx.c1', 'mx.c1/2'] });
    assert.deepEqual(await handle(rig.network, event), first);
    assert.partialDeepStrictEqual(
      rig.world.person('bob').inbox.map(({ body }) => body),
      [
        { text: 'twenty bytes at ', replyTo: 'bob.1', thread: 't.1', mentions: ['bob'] },
        { text: 'most, and twenty', thread: 't.1' },
      ],
    );
    const second = rig.world.person('bob').inbox[1]?.body;
    assert.ok(second?.kind === 'text' && second.replyTo === undefined && second.mentions === undefined);
  });

  it('go without formatting where that is what does not fit', async () => {
    await using rig = await join({}, undefined, limits);
    rig.world.person('bob');
    const text = { plain: 'short', html: '<b>short</b> <i>short</i>' };
    const [packet] = await inbox(
      rig,
      message('c1', '', { content: { kind: 'text', style: 'normal', text } }),
    );
    assert.deepEqual(packet?.body, { kind: 'text', style: 'normal', text: 'short', html: undefined });
  });

  it('are a file where they would be too many messages; a long caption follows its file', async () => {
    await using rig = await join({ receipts: false }, undefined, limits);
    const person = rig.world.person('bob');
    const [file] = await inbox(rig, message('c1', long.repeat(3)));
    assert.ok(file?.body.kind === 'file' && file.body.name === 'message.txt');
    assert.equal(Buffer.from(rig.world.files.whole(file.body.file) ?? []).toString(), long.repeat(3));
    const caption = { plain: long, html: undefined };
    const content = { kind: 'media', media: withBytes({}), caption } as const;
    const sent = await handle(rig.network, message('c2', '', { content }));
    assert.deepEqual(sent.kind === 'sent' && sent.messageIds, ['mx.c2', 'mx.c2/2', 'mx.c2/3']);
    assert.deepEqual(
      person.inbox.slice(1).map(({ body }) => (body.kind === 'text' ? body.text : body.kind)),
      ['file', 'twenty bytes at ', 'most, and twenty'],
    );
  });

  it('cannot be an edit or a poll', async () => {
    await using rig = await join({}, undefined, limits);
    rig.world.person('bob');
    const { cause, sender, name, at, content } = message('c1', long);
    const edit = {
      kind: 'edit',
      cause,
      sender,
      name,
      at,
      content,
      mentions: noMentions,
      target: target('mx.1'),
    } as const;
    const poll = { question: long, answers: [{ id: 'a', text: 'b' }], maxSelections: 1, disclosed: true };
    for (const event of [edit, message('c2', '', { content: { kind: 'poll', poll } })]) {
      const refused = await handle(rig.network, event);
      assert.ok(refused.kind === 'failed' && refused.reason === 'too-long' && refused.retry.kind === 'never');
    }
  });

  it('are changed in their first message, and the rest of the old text is taken away', async () => {
    await using rig = await join({ receipts: false }, undefined, limits);
    rig.world.person('bob');
    const known = { ...target('mx.1'), messageIds: ['mx.1', 'mx.1/2', 'mx.1/3'].map(remoteMessageId) };
    const [first, ...others] = known.messageIds;
    assert.ok(first !== undefined);
    const { cause, sender, name, at, content } = message('c1', 'short');
    const whole = { ...known, messageIds: [first, ...others] as const };
    const envelope = { cause, sender, name, at, target: whole };
    await handle(rig.network, { ...envelope, kind: 'edit', content, mentions: noMentions });
    await handle(rig.network, { ...envelope, cause: 'c2', kind: 'redaction' });
    assert.deepEqual(
      rig.world.person('bob').inbox.map(({ id, body }) => [id, body.kind, 'target' in body && body.target]),
      [
        ['mx.c1', 'edit', 'mx.1'],
        ['mx.c1/2', 'retraction', 'mx.1/2'],
        ['mx.c1/3', 'retraction', 'mx.1/3'],
        ['mx.c2', 'retraction', 'mx.1'],
        ['mx.c2/2', 'retraction', 'mx.1/2'],
        ['mx.c2/3', 'retraction', 'mx.1/3'],
      ],
    );
  });
});

describe('polls on the loopback network', () => {
  it('carry choices and ends, and reactions to a part', async () => {
    await using rig = await join({ receipts: false });
    const person = rig.world.person('bob');
    const { cause, sender, at } = message('c1', '');
    const envelope = { cause, sender, at, name: undefined, target: target('bob.1') };
    await handle(rig.network, { ...envelope, kind: 'vote', choices: ['y'] });
    await handle(rig.network, { ...envelope, cause: 'c2', kind: 'poll-end' });
    const parts = {
      ...target('bob.1'),
      messageIds: [remoteMessageId('bob.1'), remoteMessageId('bob.1/2')] as const,
      part: 1,
    };
    const reactions = { emojis: ['👍'], previous: [], previousEvents: new Map() };
    await handle(rig.network, { ...envelope, cause: 'c3', kind: 'reaction', target: parts, reactions });
    assert.deepEqual(
      person.inbox.map(({ body }) => body),
      [
        { kind: 'vote', target: 'bob.1', choices: ['y'] },
        { kind: 'poll-end', target: 'bob.1' },
        { kind: 'reaction', target: 'bob.1/2', emojis: ['👍'] },
      ],
    );
    person.sendBody(alice, { kind: 'vote', target: 'mx.9', choices: ['n', 'n'] });
    await turn();
    const arrival = rig.sink.kept.at(-1);
    assert.ok(arrival !== undefined);
    const opened = rig.network.open(arrival, 'c4');
    assert.ok(opened.kind === 'event' && opened.event.kind === 'vote');
    assert.deepEqual(opened.event.choices, ['n']);
  });
});
