/** Files of third-party chats: such as users send, and a provider's media server. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openBytes } from '../../src/core/inline-media.ts';
import type { Media, MediaKind } from '../../src/core/media.ts';
import { newMediaKey } from '../../src/interop/media/keys.ts';
import { downloadPath } from '../../src/interop/media/paths.ts';
import { seal } from '../../src/interop/media/seal.ts';
import type { SealedKind } from '../../src/interop/message/sealed-file.ts';
import type { WireFile } from '../../src/interop/message/wire-message.ts';
import { gathered } from './byte-streams.ts';

export function mediaOf(kind: MediaKind, mimetype: string, bytes: Uint8Array, name = 'a file'): Media {
  return {
    ...{ kind, name, mimetype, size: bytes.byteLength, width: 10, height: 20 },
    duration: kind === 'voice' || kind === 'video' ? 3_000 : undefined,
    waveform: kind === 'voice' ? [0, 0.5, 1] : undefined,
    ...{ blurhash: undefined, thumbnail: undefined, open: openBytes(bytes, mimetype) },
  };
}

/** A provider's media server, and a file on it. */
export async function hosting(): Promise<{
  readonly url: string;
  readonly put: (bytes: Uint8Array, kind: SealedKind, integrator?: number) => Promise<WireFile>;
  readonly asked: string[];
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}> {
  const there = new Map<string, Uint8Array>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const bytes = there.get(request.url ?? '');
    response.statusCode = bytes === undefined ? 404 : 200;
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    asked,
    url: `http://127.0.0.1:${port}/files`,
    put: async (bytes, kind, integrator = 12) => {
      const [ref, mediaKey] = [randomBytes(16).toString('hex'), newMediaKey()];
      const sealing = seal(
        (async function* (): AsyncGenerator<Uint8Array, void, undefined> {
          yield bytes;
        })(),
        mediaKey,
        kind,
      );
      there.set(`/files/${ref}`, await gathered(sealing.stream));
      const { plainHash, sealedHash } = sealing.facts() ?? assert.fail();
      return {
        ...{ mediaKey, fileSha256: plainHash, fileEncSha256: sealedHash, fileLength: bytes.byteLength },
        directPath: downloadPath({ integrator, ref }),
      };
    },
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
