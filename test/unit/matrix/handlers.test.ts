import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noMentions, type Content, type EditEvent, type MessageEvent } from '../../../src/core/event.ts';
import {
  matrixEventId,
  matrixUserId,
  networkId,
  parseMxcUri,
  portalId,
  remoteChatId,
  remoteMessageId,
  remoteUserId,
  roomId,
} from '../../../src/core/ids.ts';
import type { MatrixHandlers } from '../../../src/core/homeserver.ts';
import type { Media } from '../../../src/core/media.ts';
import { failedForGood, failedForNow, type Failed } from '../../../src/core/outcome.ts';
import type { DirectPortal } from '../../../src/core/portal.ts';
import { matrixHandlers, type HandlerParts } from '../../../src/matrix/handlers.ts';
import { media, textContent } from '../../support/matrix-events.ts';

const portal: DirectPortal = {
  kind: 'direct',
  id: portalId('p'),
  key: { network: networkId('xmpp'), chat: remoteChatId('bob@x'), receiver: matrixUserId('@alice:hs') },
  remote: remoteUserId('bob@x'),
  room: roomId('!room'),
};
const envelope = {
  cause: 'xmpp/1',
  sender: { in: 'remote', userId: portal.remote },
  name: undefined,
  at: 1,
  mentions: noMentions,
} as const;

function says(content: Content): MessageEvent {
  return { ...envelope, kind: 'message', content, replyTo: undefined, thread: undefined };
}

interface Room {
  readonly handlers: MatrixHandlers;
  readonly sent: { readonly type: string; readonly content: Readonly<Record<string, unknown>> }[];
  readonly redacted: string[];
  readonly uploaded: string[];
  /** The next sends fail. */
  refuses: boolean;
}

/** A room that keeps what a ghost does in it; `upload` answers why a file cannot be uploaded. */
function room(
  upload: (file: Media) => Failed | undefined = () => undefined,
  more: Partial<HandlerParts> = {},
): Room {
  const state: Omit<Room, 'handlers'> = { sent: [], redacted: [], uploaded: [], refuses: false };
  const handlers = matrixHandlers({
    reporter: { status: async () => undefined },
    ghostId: () => undefined,
    media: {
      upload: async (file) => {
        state.uploaded.push(file.name);
        const uri = parseMxcUri(`mxc://hs/${state.uploaded.length}`) ?? assert.fail();
        return upload(file) ?? { kind: 'uploaded', uri, size: 4711 };
      },
    },
    speakers: {
      speak: (_event, _portal, _signal, say) =>
        say({
          kind: 'voice',
          as: { userId: matrixUserId('@_xmpp_bob:hs'), deviceId: 'D' },
          send: async (type, content) => {
            if (state.refuses) return failedForNow('link-down');
            state.sent.push({ type, content });
            return { kind: 'event', eventId: matrixEventId(`$${state.sent.length}`) };
          },
          react: async () => failedForGood('internal'),
          redact: async (eventId) => {
            state.redacted.push(eventId);
            return undefined;
          },
        }),
    },
    ...more,
  });
  return Object.assign(state, { handlers });
}

const { signal } = new AbortController();
const small = {
  mimetype: 'image/jpeg',
  size: 5,
  width: 4,
  height: 3,
  open: async () => failedForGood('media-gone'),
};

describe('what a network’s message becomes in a room', () => {
  it('tells the size that a file really had, and uploads it once for all attempts', async () => {
    const there = room();
    const photo = says({ kind: 'media', media: media({ name: 'sea.png' }), caption: undefined });
    there.refuses = true;
    await there.handlers.message?.(photo, portal, signal);
    there.refuses = false;
    await there.handlers.message?.(photo, portal, signal);
    assert.deepEqual(
      there.sent.map(({ content }) => content['info']),
      [{ mimetype: 'image/png', size: 4711 }],
    );
    assert.deepEqual(there.uploaded, ['sea.png']);
  });

  it('is each file of a gallery under the names of one message; one file that fails fails them all', async () => {
    const items = [media({ name: '1' }), media({ name: '2' }), media({ name: '3' })] as const;
    const gallery = says({ kind: 'gallery', items, caption: undefined });
    const there = room();
    const handled = await there.handlers.message?.(gallery, portal, signal);
    assert.deepEqual(handled?.kind === 'sent' && handled.eventIds, ['$1', '$2', '$3']);
    assert.deepEqual(there.uploaded, ['1', '2', '3']);
    const too = failedForGood('too-large');
    const less = room(({ name }) => (name === '2' ? too : undefined));
    assert.equal(await less.handlers.message?.(gallery, portal, signal), too);
    assert.deepEqual(less.sent, []);
  });

  it('has its thumbnail, and goes without one that fails', async () => {
    const video = says({ kind: 'media', media: media({ name: 'v', thumbnail: small }), caption: undefined });
    const info = (there: Room): unknown => there.sent[0]?.content['info'];
    const there = room();
    await there.handlers.message?.(video, portal, signal);
    assert.partialDeepStrictEqual(info(there), { thumbnail_url: 'mxc://hs/2', thumbnail_info: { w: 4 } });
    for (const problem of [failedForGood('media-gone'), failedForNow('link-down')]) {
      const without = room(({ name }) => (name === 'thumbnail' ? problem : undefined));
      const handled = await without.handlers.message?.(video, portal, signal);
      assert.equal(handled?.kind, 'sent');
      assert.deepEqual(info(without), { mimetype: 'image/png', size: 4711 });
    }
    const huge = { ...small, size: 1e9 };
    const never = room();
    const big = says({ kind: 'media', media: media({ name: 'v', thumbnail: huge }), caption: undefined });
    await never.handlers.message?.(big, portal, signal);
    assert.deepEqual(never.uploaded, ['v']);
  });

  it('is a voice message in the form that the recoder gives it', async () => {
    const recodeVoice = async (voice: Media): Promise<Media> => ({
      ...voice,
      name: 'v.ogg',
      mimetype: 'audio/ogg',
    });
    const there = room(undefined, { recodeVoice });
    const voice = media({ kind: 'voice', name: 'v.m4a', mimetype: 'audio/mp4' });
    await there.handlers.message?.(says({ kind: 'media', media: voice, caption: undefined }), portal, signal);
    assert.deepEqual(there.uploaded, ['v.ogg']);
    assert.partialDeepStrictEqual(there.sent[0]?.content, { info: { mimetype: 'audio/ogg' } });
  });
});

describe('what a network’s change becomes in a room', () => {
  const target = {
    eventIds: [matrixEventId('$a'), matrixEventId('$b'), matrixEventId('$c')],
    messageIds: [remoteMessageId('m')],
    author: envelope.sender,
  } as const;
  const edits = (content: Content): EditEvent => ({ ...envelope, kind: 'edit', target, content });

  it('replaces a long text by its first event, and takes the rest of the old text away', async () => {
    const there = room();
    const handled = await there.handlers.edit?.(edits(textContent('short')), portal, signal);
    assert.equal(handled?.kind, 'sent');
    assert.deepEqual(there.redacted, ['$b', '$c']);
    assert.partialDeepStrictEqual(there.sent[0]?.content, { 'm.relates_to': { event_id: '$a' } });
  });

  it('leaves the files of a gallery, and uploads only the one that has the caption', async () => {
    const there = room();
    const items = [media({ name: '1' }), media({ name: '2' }), media({ name: '3' })] as const;
    const caption = { plain: 'new', html: undefined };
    await there.handlers.edit?.(edits({ kind: 'gallery', items, caption }), portal, signal);
    assert.deepEqual([there.redacted, there.uploaded], [[], ['1']]);
  });

  it('says of a sticker that it cannot be changed, of a vote and an end what they are', async () => {
    const there = room();
    const sticker = edits({ kind: 'media', media: media({ kind: 'sticker' }), caption: undefined });
    const refused = await there.handlers.edit?.(sticker, portal, signal);
    assert.deepEqual(refused, { kind: 'unsupported', reason: 'not-editable' });
    const vote = { ...envelope, kind: 'vote', target, choices: ['y'] } as const;
    assert.equal((await there.handlers.vote?.(vote, portal, signal))?.kind, 'sent');
    const end = { ...envelope, kind: 'poll-end', target } as const;
    assert.equal((await there.handlers['poll-end']?.(end, portal, signal))?.kind, 'sent');
    assert.deepEqual(
      there.sent.map(({ type }) => type),
      ['org.matrix.msc3381.poll.response', 'org.matrix.msc3381.poll.end'],
    );
  });
});

describe('what was said long ago', () => {
  it('is marked and calls nobody, not even in what replaces it', async () => {
    const { handlers, sent } = room();
    const mentions = { users: [{ in: 'matrix', userId: matrixUserId('@alice:hs') }], room: true } as const;
    const old = { ...says(textContent('Alice!')), mentions, history: true } as const;
    await handlers.message?.(old, portal, AbortSignal.timeout(1_000));
    const target = {
      eventIds: [matrixEventId('$1')],
      messageIds: [remoteMessageId('m')],
      author: old.sender,
    } as const;
    const { content } = old;
    const edit: EditEvent = { ...envelope, kind: 'edit', target, content, mentions, history: true };
    await handlers.edit?.(edit, portal, AbortSignal.timeout(1_000));
    await handlers.message?.(
      { ...says(textContent('Alice!')), mentions },
      portal,
      AbortSignal.timeout(1_000),
    );
    assert.deepEqual(
      sent.map((event) => [event.content['io.causeway.history'], event.content['m.mentions']]),
      [
        [true, {}],
        [true, {}],
        [undefined, { user_ids: ['@alice:hs'], room: true }],
      ],
    );
    const edited = sent[1]?.content['m.new_content'];
    assert.deepEqual((edited as { 'm.mentions': unknown })['m.mentions'], {});
  });
});
