import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { networkId, portalId, remoteChatId, roomId } from '../../../src/core/ids.ts';
import type { Media } from '../../../src/core/media.ts';
import type { RemoteGroup } from '../../../src/core/network.ts';
import { failedForNow } from '../../../src/core/outcome.ts';
import type { GroupPortal } from '../../../src/core/portal.ts';
import { BorrowedLooks } from '../../../src/matrix/borrowed-looks.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const key = { network: networkId('xmpp'), chat: remoteChatId('salon'), receiver: undefined };
const portal: GroupPortal = { kind: 'group', id: portalId('p'), key, room: roomId('!r'), borrowed: true };
const group: RemoteGroup = {
  chat: key.chat,
  name: 'Theirs',
  topic: 'Cabbages',
  avatar: 'none',
  size: 2,
  open: true,
};
const name = (text: string) => ({ kind: 'name', name: text }) as const;

function picture(bytes: string | undefined): Media {
  const none = { width: undefined, height: undefined, duration: undefined, waveform: undefined };
  return {
    ...{ kind: 'image', name: 'p.png', mimetype: 'image/png', size: undefined, ...none },
    ...{ blurhash: undefined, thumbnail: undefined },
    open: async () =>
      bytes === undefined
        ? failedForNow('media-unavailable')
        : {
            kind: 'open',
            stream: (async function* () {
              yield Buffer.from(bytes);
            })(),
            size: undefined,
            mimetype: undefined,
          },
  };
}

describe('the looks of a group whose room was there before', () => {
  it('are news when they change, and not when they are told again, at a restart or by somebody else', async () => {
    const { groups } = memoryStores();
    const looks = new BorrowedLooks(groups);
    await looks.begin(portal, group);
    assert.equal(await looks.isNews(portal, name('Theirs')), false);
    assert.equal(await looks.isNews(portal, { kind: 'topic', topic: 'Cabbages' }), false);
    assert.equal(await looks.isNews(portal, name('New')), true);
    assert.equal(await looks.isNews(portal, name('New')), true, 'until it is shown');
    await looks.shown(portal, name('New'));
    assert.equal(await new BorrowedLooks(groups).isNews(portal, name('New')), false);
    await looks.begin(portal, group);
    assert.equal(await looks.isNews(portal, name('New')), false, 'beginning again forgets nothing');
  });

  it('are what there was when they are told for the first time', async () => {
    const looks = new BorrowedLooks(memoryStores().groups);
    assert.equal(await looks.isNews(portal, name('Theirs')), false);
    assert.equal(await looks.isNews(portal, name('New')), true);
  });

  it('are told apart by the bytes of a picture; one that cannot be had is no news', async () => {
    const looks = new BorrowedLooks(memoryStores().groups);
    await looks.begin(portal, group);
    const avatar = (bytes: string | undefined) => ({ kind: 'avatar', avatar: picture(bytes) }) as const;
    assert.equal(await looks.isNews(portal, avatar(undefined)), false);
    assert.equal(await looks.isNews(portal, avatar('one')), true);
    await looks.shown(portal, avatar('one'));
    assert.equal(await looks.isNews(portal, avatar('one')), false);
    assert.equal(await looks.isNews(portal, avatar('two')), true);
    assert.equal(await looks.isNews(portal, { kind: 'avatar', avatar: undefined }), true);
  });

  it('are always news in a room that the bridge made', async () => {
    const { groups } = memoryStores();
    const looks = new BorrowedLooks(groups);
    const own: GroupPortal = { kind: 'group', id: portal.id, key, room: portal.room };
    assert.equal(await looks.isNews(own, name('Theirs')), true);
    await looks.shown(own, name('Theirs'));
    assert.equal(await groups.mark(own.id, 'told'), undefined);
  });
});
