import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import xml from '@xmpp/xml';
import { decrypted, FileSealer, type FileCipher } from '../../../../src/matrix/crypto/attachment.ts';
import type { Link } from '../../../../src/networks/xmpp/client.ts';
import { namespaces } from '../../../../src/networks/xmpp/link-namespaces.ts';
import { Uploader } from '../../../../src/networks/xmpp/upload.ts';

/** Whole files that a server was given. */
const taken: Buffer[] = [];
let server: Server;
let uploader: Uploader;

before(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => {
      taken.push(Buffer.concat(chunks));
      response.writeHead(201).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/f`;
  const slot = xml('slot', { xmlns: namespaces.upload }, xml('put', { url }), xml('get', { url }));
  const link: Pick<Link, 'ask'> = {
    ask: async () => ({ kind: 'result', stanza: xml('iq', {}, slot) }),
  };
  uploader = new Uploader(
    link as Link,
    { find: async () => ({ host: 'upload', maxBytes: undefined }) },
    { maxBytes: 1_000_000, timeoutMs: 5_000 },
  );
});
after(async () => {
  await uploader[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
});

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += 10_000) yield bytes.subarray(at, at + 10_000);
}

describe('an encrypted file on its way to XMPP', () => {
  for (const announced of [true, false]) {
    it(`is never whole on the server where its hash is wrong, announced: ${String(announced)}`, async () => {
      taken.length = 0;
      const file = randomBytes(100_000);
      const sealer = new FileSealer();
      const sealed: Uint8Array[] = [];
      for await (const chunk of sealer.seal(pieces(file))) sealed.push(chunk);
      const right = Buffer.concat(sealed);
      const wrong = Buffer.from(right);
      wrong[99_999] = (wrong[99_999] ?? 0) ^ 1;
      const cipher: FileCipher = sealer.cipher() ?? assert.fail();
      const upload = (bytes: Uint8Array): ReturnType<Uploader['upload']> => {
        const stream = decrypted(pieces(bytes), cipher);
        const size = announced ? bytes.byteLength : undefined;
        const open = async () => ({ kind: 'open', stream, size, mimetype: undefined }) as const;
        const about = { name: 'f', mimetype: 'application/octet-stream', size };
        return uploader.upload({ ...about, open }, 'a@b', AbortSignal.timeout(5_000));
      };
      const refused = await upload(wrong);
      assert.equal(refused.kind === 'failed' && refused.reason, 'not-genuine');
      assert.deepEqual(taken, []);
      assert.equal((await upload(right)).kind, 'uploaded');
      assert.deepEqual(taken, [file]);
    });
  }
});
