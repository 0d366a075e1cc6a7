import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noMentions, type MessageEvent } from '../../../src/core/event.ts';
import {
  matrixEventId,
  matrixUserId,
  networkId,
  parseMxcUri,
  portalId,
  remoteChatId,
  remoteUserId,
  roomId,
} from '../../../src/core/ids.ts';
import { failedForGood } from '../../../src/core/outcome.ts';
import type { DirectPortal } from '../../../src/core/portal.ts';
import { matrixHandlers } from '../../../src/matrix/handlers.ts';

const portal: DirectPortal = {
  kind: 'direct',
  id: portalId('p'),
  key: { network: networkId('xmpp'), chat: remoteChatId('bob@x'), receiver: matrixUserId('@alice:hs') },
  remote: remoteUserId('bob@x'),
  room: roomId('!room'),
};

const photo: MessageEvent = {
  kind: 'message',
  cause: 'xmpp/1',
  sender: { in: 'remote', userId: portal.remote },
  name: undefined,
  at: 1,
  replyTo: undefined,
  thread: undefined,
  mentions: noMentions,
  content: {
    kind: 'media',
    caption: undefined,
    media: {
      kind: 'image',
      name: 'sea.png',
      mimetype: 'image/png',
      size: undefined,
      width: undefined,
      height: undefined,
      duration: undefined,
      waveform: undefined,
      blurhash: undefined,
      thumbnail: undefined,
      open: async () => failedForGood('media-gone'),
    },
  },
};

describe('what a network’s message becomes in a room', () => {
  it('tells the size that a file really had, and uploads it once for all attempts', async () => {
    const uri = parseMxcUri('mxc://hs/abc') ?? assert.fail();
    const sent: unknown[] = [];
    let uploads = 0;
    let refuse = true;
    const handlers = matrixHandlers({
      reporter: { status: async () => undefined },
      media: {
        upload: async () => {
          uploads += 1;
          return { kind: 'uploaded', uri, size: 4711 };
        },
      },
      speakers: {
        speak: (_event, _portal, _signal, say) =>
          say({
            kind: 'voice',
            as: { userId: matrixUserId('@_xmpp_bob:hs'), deviceId: 'D' },
            send: async (_type, content) => {
              if (refuse) return failedForGood('internal');
              sent.push(content['info']);
              return { kind: 'event', eventId: matrixEventId('$1') };
            },
            react: async () => failedForGood('internal'),
            redact: async () => undefined,
          }),
      },
    });
    const { signal } = new AbortController();
    await handlers.message?.(photo, portal, signal);
    refuse = false;
    await handlers.message?.(photo, portal, signal);
    assert.deepEqual(sent, [{ mimetype: 'image/png', size: 4711 }]);
    assert.equal(uploads, 1);
  });
});
