import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Content } from '../../../../src/core/event.ts';
import type { Media, Thumbnail } from '../../../../src/core/media.ts';
import { failedForGood, failedForNow, type Failed } from '../../../../src/core/outcome.ts';
import type { Transcoder } from '../../../../src/core/transcoder.ts';
import type { Uploadable, Uploaded } from '../../../../src/networks/xmpp/upload.ts';
import { Uploads, type Ready } from '../../../../src/networks/xmpp/uploads.ts';
import { unfetched } from '../../../support/stanzas.ts';

const picture = (name: string): Media => unfetched({ url: '', name, mimetype: 'image/png', size: 5 });
const thumbnail: Thumbnail = {
  ...{ mimetype: 'image/png', size: 3, width: 1, height: 1 },
  open: picture('t').open,
};

/** Uploads that keep the names of what they were given; `answer` fails them where it says so. */
function uploader(answer: (file: Uploadable) => Failed | undefined = () => undefined): {
  readonly names: string[];
  upload(file: Uploadable): Promise<Uploaded | Failed>;
} {
  const names: string[] = [];
  return {
    names,
    upload: async (file) => {
      names.push(file.name);
      const failed = answer(file);
      return failed ?? { kind: 'uploaded', url: `https://f.org/${file.name}`, size: 7, sha256: 'x' };
    },
  };
}

async function upload(uploads: Uploads, content: Content, cause = 'cause'): Promise<Ready | Failed> {
  return uploads.of(cause, content, 'alice@bridge', AbortSignal.timeout(5000));
}

const gallery: Content = { kind: 'gallery', items: [picture('a'), picture('b')], caption: undefined };

describe('the uploads of a message', () => {
  it('are made once each, in order, however often the message is tried', async () => {
    let fails = true;
    const to = uploader(({ name }) => (name === 'b' && fails ? failedForNow('link-down') : undefined));
    const uploads = new Uploads({ uploader: to, transcoder: undefined });
    const first = await upload(uploads, gallery);
    assert.ok(first.kind === 'failed' && first.reason === 'link-down');
    fails = false;
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const ready = await upload(uploads, gallery);
      assert.ok(ready.kind === 'ready');
      assert.deepEqual(
        ready.files.map(({ url, size }) => [url, size]),
        [
          ['https://f.org/a', 7],
          ['https://f.org/b', 7],
        ],
      );
    }
    assert.deepEqual(to.names, ['a', 'b', 'b']);
    uploads.forget('cause');
    await upload(uploads, gallery);
    assert.deepEqual(to.names, ['a', 'b', 'b', 'a', 'b']);
    const none = await upload(uploads, {
      kind: 'text',
      style: 'normal',
      text: { plain: 'a', html: undefined },
    });
    assert.deepEqual(none, { kind: 'ready', files: [] });
  });

  it('leave out a thumbnail that cannot be had', async () => {
    const of = async (
      small: Thumbnail,
      answer: (file: Uploadable) => Failed | undefined = () => undefined,
    ): Promise<unknown> => {
      const media = { ...picture('a'), thumbnail: small };
      const uploads = new Uploads({ uploader: uploader(answer), transcoder: undefined });
      const ready = await upload(uploads, { kind: 'media', media, caption: undefined });
      assert.ok(ready.kind === 'ready');
      return ready.files[0]?.thumbnailUrl;
    };
    assert.equal(await of(thumbnail), 'https://f.org/thumbnail.png');
    const refuses = ({ name }: Uploadable): Failed | undefined =>
      name.startsWith('thumbnail') ? failedForGood('media-gone') : undefined;
    assert.equal(await of(thumbnail, refuses), undefined);
    assert.equal(await of({ ...thumbnail, size: 10_000_000 }), undefined);
    assert.equal(await of({ ...thumbnail, mimetype: 'text/html' }), undefined);
  });

  it('have voice messages in the form that every client plays, and the original where that fails', async () => {
    const media: Media = { ...picture('v.ogg'), kind: 'voice', mimetype: 'audio/ogg' };
    const sent = async (transcoder: Transcoder | undefined, of = media): Promise<unknown> => {
      const to = uploader();
      await upload(new Uploads({ uploader: to, transcoder }), {
        kind: 'media',
        media: of,
        caption: undefined,
      });
      return to.names;
    };
    const works: Transcoder = { voice: async (given, format) => ({ ...given, name: format }) };
    assert.deepEqual(await sent(works), ['m4a-aac']);
    assert.deepEqual(await sent({ voice: async () => failedForGood('media-unavailable') }), ['v.ogg']);
    assert.deepEqual(await sent(undefined), ['v.ogg']);
    assert.deepEqual(await sent(works, { ...media, kind: 'audio' }), ['v.ogg']);
  });
});
