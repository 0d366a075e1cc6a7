import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { matrixUserId } from '../../../../src/core/ids.ts';
import { MediaError, type Media } from '../../../../src/core/media.ts';
import { MatrixClient } from '../../../../src/matrix/client.ts';
import { FileSealer, type FileCipher } from '../../../../src/matrix/crypto/attachment.ts';
import { MediaRepository } from '../../../../src/matrix/media.ts';
import { Uploads } from '../../../../src/matrix/uploads.ts';
import { FakeHomeserver, type SeenRequest } from '../../../support/fake-homeserver.ts';
import { media, mxc } from '../../../support/matrix-events.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), randomBytes(100_000)]);
const as = { userId: matrixUserId('@ghost:hs'), deviceId: 'D' };
const { signal } = new AbortController();

let homeserver: FakeHomeserver;
let client: MatrixClient;
let repository: MediaRepository;
/** What lies there, by its id. */
const files = new Map<string, Uint8Array>();

function answer(request: SeenRequest): ReturnType<Parameters<FakeHomeserver['answer']>[0]> {
  if (request.path.endsWith('/media/config')) return { status: 200, json: {} };
  if (request.path.endsWith('/upload')) {
    const id = `f${files.size}`;
    files.set(id, request.body);
    return { status: 200, json: { content_uri: `mxc://hs/${id}` } };
  }
  const bytes = files.get(request.path.split('/').at(-1) ?? '');
  if (bytes === undefined) return { status: 404, json: { errcode: 'M_NOT_FOUND' } };
  const headers = {
    'content-type': 'application/octet-stream',
    'content-disposition': 'attachment',
    'content-length': String(bytes.byteLength),
  };
  return { status: 200, text: bytes, headers };
}

before(async () => {
  homeserver = await FakeHomeserver.start(answer);
  const log = new RecordingLog();
  client = new MatrixClient({
    url: homeserver.url,
    asToken: 't',
    connections: 2,
    requestTimeoutMs: 5_000,
    log,
  });
  repository = new MediaRepository(client, 1_000_000, as);
});
after(async () => {
  await client[Symbol.asyncDispose]();
  await homeserver[Symbol.asyncDispose]();
});
beforeEach(() => {
  files.clear();
  homeserver.seen.length = 0;
});

function holding(bytes: Uint8Array, announced: number | undefined, more: Partial<Media> = {}): Media {
  async function* stream(): AsyncGenerator<Uint8Array, void, undefined> {
    for (let at = 0; at < bytes.byteLength; at += 30_000) yield bytes.subarray(at, at + 30_000);
  }
  return {
    ...media(more),
    open: async () => ({ kind: 'open', stream: stream(), size: announced, mimetype: 'image/png' }),
  };
}

/** The bytes that a download gave, and how it ended. */
async function fetched(
  file: Media,
): Promise<{ readonly bytes: Buffer; readonly failed: string | undefined }> {
  const opened = await file.open(signal);
  if (opened.kind === 'failed') return { bytes: Buffer.alloc(0), failed: opened.reason };
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of opened.stream) chunks.push(chunk);
  } catch (error) {
    assert.ok(error instanceof MediaError);
    return { bytes: Buffer.concat(chunks), failed: error.failed.reason };
  }
  return { bytes: Buffer.concat(chunks), failed: undefined };
}

function described(id: string, cipher: FileCipher | undefined, mimetype = 'image/png'): Media {
  return repository.source(mxc(`mxc://hs/${id}`), media({ mimetype }), cipher);
}

describe('a file of an encrypted room', () => {
  for (const announced of [png.byteLength, undefined]) {
    it(`is encrypted while it is uploaded, announced with ${String(announced)} bytes`, async () => {
      const uploaded = await repository.upload(holding(png, announced), as, signal, 'encrypted');
      assert.ok(uploaded.kind === 'uploaded');
      assert.equal(uploaded.size, png.byteLength);
      const ciphertext = files.get('f0') ?? assert.fail();
      assert.equal(ciphertext.byteLength, png.byteLength);
      assert.ok(!Buffer.from(ciphertext).includes(png.subarray(8, 40)));
      const request = homeserver.seen.find(({ path }) => path.endsWith('/upload'));
      assert.equal(request?.query.get('filename'), null);
      assert.deepEqual(await fetched(described('f0', uploaded.cipher)), { bytes: png, failed: undefined });
    });
  }

  it('is not taken where its bytes are not what they say once they are open', async () => {
    const uploaded = await repository.upload(holding(png, undefined), as, signal, 'encrypted');
    assert.ok(uploaded.kind === 'uploaded');
    const back = await fetched(described('f0', uploaded.cipher, 'image/jpeg'));
    assert.deepEqual(back, { bytes: Buffer.alloc(0), failed: 'media-type-mismatch' });
    const lie = await repository.upload(holding(Buffer.from('<svg/>'), 6), as, signal, 'encrypted');
    assert.equal(lie.kind === 'failed' && lie.reason, 'media-type-mismatch');
  });

  it('ends as not genuine where it was changed, before its last bytes', async () => {
    const uploaded = await repository.upload(holding(png, png.byteLength), as, signal, 'encrypted');
    assert.ok(uploaded.kind === 'uploaded');
    const changed = Buffer.from(files.get('f0') ?? []);
    changed[50_000] = (changed[50_000] ?? 0) ^ 1;
    files.set('f0', changed);
    const back = await fetched(described('f0', uploaded.cipher));
    assert.equal(back.failed, 'not-genuine');
    assert.ok(back.bytes.byteLength < png.byteLength);
    files.set('f0', Buffer.alloc(0));
    assert.equal((await fetched(described('f0', uploaded.cipher))).failed, 'not-genuine');
  });

  it('may be empty', async () => {
    const sealer = new FileSealer();
    for await (const chunk of sealer.seal(holdingNothing())) assert.fail(String(chunk));
    files.set('empty', Buffer.alloc(0));
    const back = await fetched(described('empty', sealer.cipher(), 'text/plain'));
    assert.deepEqual(back, { bytes: Buffer.alloc(0), failed: undefined });
  });
});

describe('the uploads of a message', () => {
  const photo = holding(png, png.byteLength, {
    thumbnail: { ...holding(png, png.byteLength), mimetype: 'image/png', size: 5, width: 4, height: 3 },
  });
  const event = { cause: 'xmpp/1', content: { kind: 'media', media: photo, caption: undefined } } as const;

  it('are encrypted, thumbnails too, and the same with the same keys at the next attempt', async () => {
    const uploads = new Uploads(repository, async (voice) => voice);
    const first = await uploads.of(event, as, signal, 'encrypted');
    const second = await uploads.of(event, as, signal, 'encrypted');
    assert.ok(first.kind === 'ready');
    assert.deepEqual(second, first);
    assert.equal(files.size, 2);
    const [file] = first.uploaded;
    assert.ok(file?.cipher !== undefined && file.thumbnail?.cipher !== undefined);
    assert.notDeepEqual(file.cipher.key, file.thumbnail.cipher.key);
  });

  it('are made again where the room became encrypted between two attempts', async () => {
    const uploads = new Uploads(repository, async (voice) => voice);
    await uploads.of(event, as, signal, 'plain');
    const after = await uploads.of(event, as, signal, 'encrypted');
    assert.ok(after.kind === 'ready');
    assert.ok(after.uploaded[0]?.cipher !== undefined);
  });
});

async function* holdingNothing(): AsyncGenerator<Uint8Array, void, undefined> {
  // No bytes.
}
