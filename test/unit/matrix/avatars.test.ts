import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixUserId, parseMxcUri } from '../../../src/core/ids.ts';
import type { OpenMedia } from '../../../src/core/media.ts';
import { failedForGood, failedForNow, type Failed } from '../../../src/core/outcome.ts';
import { pictureOf } from '../../../src/core/small-file.ts';
import { GhostAvatars, userAvatar } from '../../../src/matrix/avatars.ts';
import { square } from '../../conformance/square.ts';
import { MemoryFaces } from '../../support/memory-faces.ts';

const ghost = matrixUserId('@_ghost:hs');
const mxc = parseMxcUri('mxc://hs/1') ?? assert.fail();
const signal = AbortSignal.timeout(30_000);

function setUp(answer: () => Promise<undefined | Failed> = async () => undefined) {
  const uploaded: string[] = [];
  const set: unknown[] = [];
  const faces = new MemoryFaces();
  const avatars = new GhostAvatars({
    client: {
      request: async ({ body }) => {
        const failed = await answer();
        if (failed !== undefined) return failed;
        set.push(body?.['avatar_url']);
        return { kind: 'ok', body: {} };
      },
    },
    media: {
      upload: async (media) => {
        uploaded.push(media.mimetype);
        return { kind: 'uploaded', uri: mxc, size: 1 };
      },
    },
    faces,
    as: (userId) => ({ userId, deviceId: 'D' }),
    limits: { maxBytes: 10_000, maxPixels: 100 },
    now: () => 5,
  });
  const follow = (version: string, bytes: Uint8Array, type = 'image/png'): Promise<undefined | Failed> =>
    avatars.follow(ghost, { version, media: pictureOf(bytes, type) }, signal);
  return { avatars, faces, uploaded, set, follow };
}

describe('the picture of a ghost', () => {
  const picture = square('a.png', 64, 10).bytes;

  it('is uploaded once for each version, and taken away', async () => {
    const { avatars, uploaded, set, follow } = setUp();
    for (const version of ['1', '1', '2']) assert.equal(await follow(version, picture), undefined);
    await avatars.follow(ghost, undefined, signal);
    await avatars.follow(ghost, 'none', signal);
    await avatars.follow(ghost, 'none', signal);
    assert.deepEqual([uploaded.length, set], [2, [mxc, mxc, '']]);
  });

  it('has the type of its bytes, whatever it is said to be', async () => {
    const { uploaded, follow } = setUp();
    await follow('1', picture, 'image/svg+xml');
    assert.deepEqual(uploaded, ['image/png']);
  });

  for (const [name, bytes, reason] of [
    ['is no picture', Buffer.from('<svg/>'), 'media-type-mismatch'],
    ['has too many pixels', square('b.png', 101, 1).bytes, 'too-large'],
    ['has too many bytes', new Uint8Array(10_001), 'too-large'],
  ] as const) {
    it(`that ${name} is refused, once, and the one that is there stays`, async () => {
      const { faces, set, follow } = setUp();
      assert.equal((await follow('1', bytes))?.reason, reason);
      assert.equal((await faces.get(ghost))?.avatar, '1');
      assert.equal(await follow('1', bytes), undefined);
      assert.deepEqual(set, []);
    });
  }

  it('that could not be set now is set by the next attempt', async () => {
    let down = true;
    const { avatars, set, follow } = setUp(async () => (down ? failedForNow('link-down') : undefined));
    assert.equal((await follow('1', picture))?.retry.kind, 'later');
    assert.equal(await avatars.isOlder(ghost, 10), true);
    down = false;
    assert.equal(await follow('1', picture), undefined);
    assert.deepEqual(set, [mxc]);
    assert.deepEqual([await avatars.isOlder(ghost, 5), await avatars.isOlder(ghost, 6)], [false, true]);
  });
});

describe('the picture of a user', () => {
  const open = (what: string): OpenMedia => ({
    kind: 'open',
    size: undefined,
    mimetype: what,
    stream: (async function* () {
      yield new Uint8Array(1);
    })(),
  });
  const from = async (thumbnail: OpenMedia | Failed): Promise<string | undefined> => {
    const avatar = userAvatar(
      {
        thumbnail: async () => thumbnail,
        source: (_uri, info) => ({ ...info, open: async () => open('itself') }),
      },
      mxc,
    );
    assert.equal(avatar.version, mxc);
    const opened = await avatar.media.open(signal);
    return opened.kind === 'open' ? opened.mimetype : opened.reason;
  };

  it('is a small one, itself where there is no small one, and neither while the homeserver is away', async () => {
    assert.equal(await from(open('small')), 'small');
    assert.equal(await from(failedForGood('media-gone')), 'itself');
    assert.equal(await from(failedForNow('link-down')), 'link-down');
  });
});
