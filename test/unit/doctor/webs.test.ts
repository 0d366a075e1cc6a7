import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { configSchema } from '../../../src/config-schema.ts';
import { networkId } from '../../../src/core/ids.ts';
import type { DoctorContext, KeySource, PublicProbe } from '../../../src/doctor/context.ts';
import { examine } from '../../../src/doctor/examine.ts';
import { certificateAt, webProbes } from '../../../src/doctor-webs.ts';
import { freePort } from '../../support/free-port.ts';
import { pairOf } from '../../support/interop-tokens.ts';
import { listening } from '../../support/listening.ts';
import { context, now } from './doctor-context.ts';

const network = networkId('thirdparty');
const day = 86_400_000;
type Seen = Awaited<ReturnType<PublicProbe['look']>>;
type Certificate = Awaited<ReturnType<PublicProbe['certificate']>>;

async function findings(rest: Partial<DoctorContext>, key: string): Promise<readonly string[]> {
  const results = await examine(context(undefined, rest));
  return results
    .filter(({ check }) => check.name.key === key)
    .map(({ finding }) => `${finding.kind} ${finding.told.key}`);
}

/** A host whose public address is `url`, with a provider's keys at `jwks`. */
function probes(
  url: string,
  port: number,
  jwks: string,
  trusted: readonly string[] = ['127.0.0.1'],
): {
  readonly shown: PublicProbe;
  readonly keys: KeySource;
} {
  const { networks } = configSchema.parse({
    homeserver: { url: 'http://localhost:8008', domain: 'example.org' },
    storage: { key: 'ab'.repeat(32) },
    networks: {
      thirdparty: {
        listen: { port },
        public_url: url,
        providers: [
          {
            ...{ id: 12, name: 'paper', domain: 'paper.example', identifier: 'email', jwks_url: jwks },
            ...{ push_url: 'https://a.example', media_url: 'https://a.example', trusted_hosts: trusted },
          },
        ],
      },
    },
  });
  const {
    publics: [shown],
    keySources: [keys],
  } = webProbes(networks);
  assert.ok(shown && keys);
  return { shown, keys };
}

describe('the checks of what networks show to the world', () => {
  it('tell each thing that may be wrong', async () => {
    const look = async (
      seen: Seen,
      certificate: Certificate = { kind: 'plain' },
    ): Promise<readonly string[]> => {
      const shown = {
        network,
        url: 'https://a',
        look: async () => seen,
        certificate: async () => certificate,
      };
      const keys = ['doctor.check.public-url', 'doctor.check.certificate'];
      return (await Promise.all(keys.map((key) => findings({ publics: [shown] }, key)))).flat();
    };
    const plain = 'warn doctor.certificate.plain';
    assert.deepEqual(await look({ kind: 'served' }), ['ok doctor.public-url.served', plain]);
    assert.deepEqual(await look({ kind: 'elsewhere' }), ['fail doctor.public-url.elsewhere', plain]);
    assert.deepEqual(await look({ kind: 'not-running' }), ['skipped doctor.public-url.not-running', plain]);
    assert.deepEqual(await look({ kind: 'other', status: 502 }), ['fail doctor.public-url.other', plain]);
    assert.deepEqual(await look({ kind: 'unreachable', code: 'x' }), [
      'fail doctor.public-url.unreachable',
      plain,
    ]);
    for (const [certificate, found] of [
      [{ kind: 'valid', until: now + 14 * day }, 'ok doctor.certificate.valid'],
      [{ kind: 'valid', until: now + 14 * day - 1 }, 'warn doctor.certificate.soon'],
      [{ kind: 'refused', code: 'CERT_HAS_EXPIRED' }, 'fail doctor.certificate.refused'],
    ] as const)
      assert.deepEqual((await look({ kind: 'served' }, certificate))[1], found);
    const keysOf = async (seen: Awaited<ReturnType<KeySource['look']>>): Promise<readonly string[]> =>
      findings(
        { keySources: [{ network, name: 'a', url: 'b', look: async () => seen }] },
        'doctor.check.key-source',
      );
    assert.deepEqual(await keysOf({ kind: 'keys', count: 1 }), ['ok doctor.key-source.keys']);
    assert.deepEqual(await keysOf({ kind: 'keys', count: 0 }), ['fail doctor.key-source.none']);
    assert.deepEqual(await keysOf({ kind: 'failed', code: 'timeout' }), ['fail doctor.key-source.failed']);
  });

  it('skip a link that only a running bridge can know', async () => {
    const links = [{ network, look: async () => undefined }];
    assert.deepEqual(await findings({ links }, 'doctor.check.link'), ['skipped doctor.link.not-running']);
  });
});

describe('what the doctor sees of them', () => {
  it('is whether the public address leads to the keys of this very bridge', async () => {
    const at =
      (keys: string) =>
      (request: { url?: string | undefined }, response: { end(text?: string): void; statusCode: number }) => {
        if (request.url !== '/.well-known/oauth/openid/jwks') response.statusCode = 404;
        response.end(keys);
      };
    await using own = await listening(at('{"keys":[1]}'));
    await using other = await listening(at('{"keys":[2]}'));
    const port = Number(new URL(own.url).port);
    const seen = async (url: string, on = port): Promise<unknown> =>
      probes(url, on, 'https://a').shown.look();
    assert.deepEqual(await seen(`${own.url}/`), { kind: 'served' });
    assert.deepEqual(await seen(other.url), { kind: 'elsewhere' });
    assert.deepEqual(await seen(`${own.url}/below`), { kind: 'other', status: 404 });
    const nowhere = await freePort();
    assert.deepEqual(await seen(`http://127.0.0.1:${nowhere}`), { kind: 'unreachable', code: 'unreachable' });
    assert.deepEqual(await seen(own.url, nowhere), { kind: 'not-running' });
  });

  it("is whether others' keys can be fetched and used", async () => {
    const { n, e } = pairOf('paper').publicKey.export({ format: 'jwk' });
    const answers: Readonly<Record<string, string>> = {
      '/good': JSON.stringify({ keys: [{ kty: 'RSA', kid: 'a', n, e }, { kty: 'oct' }] }),
      '/none': '{"keys":[]}',
      '/bad': 'hello',
    };
    await using server = await listening((request, response) => {
      const body = answers[request.url ?? ''];
      response.writeHead(body === undefined ? 500 : 200).end(body);
    });
    const seen = async (path: string, trusted?: readonly string[]): Promise<unknown> =>
      probes('https://a', 1, server.url + path, trusted).keys.look();
    assert.deepEqual(await seen('/good'), { kind: 'keys', count: 1 });
    assert.deepEqual(await seen('/none'), { kind: 'keys', count: 0 });
    assert.deepEqual(await seen('/bad'), { kind: 'failed', code: 'malformed' });
    assert.deepEqual(await seen('/else'), { kind: 'failed', code: 'HTTP 500' });
    assert.deepEqual(await seen('/good', []), { kind: 'failed', code: 'not-https' });
  });

  it('is the certificate as others would take it', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'causeway-tls-'));
    const [keyFile, certFile] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const made = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '30',
      '-keyout',
      keyFile,
      '-out',
      certFile,
    ];
    execFileSync('openssl', [...made, ...subject], { stdio: 'ignore' });
    const [key, cert] = [readFileSync(keyFile), readFileSync(certFile)];
    rmSync(dir, { recursive: true });
    const server: Server = createServer({ key, cert }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    for (const host of ['localhost', '127.0.0.1']) {
      const url = new URL(`https://${host}:${port}`);
      assert.deepEqual(await certificateAt(url), { kind: 'refused', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
      const seen = await certificateAt(url, cert.toString());
      assert.ok(seen.kind === 'valid');
      assert.ok(Math.abs(seen.until - Date.now() - 30 * day) < day);
    }
    server.close();
    await once(server, 'close');
    const gone = await certificateAt(new URL(`https://127.0.0.1:${port}`));
    assert.deepEqual(gone, { kind: 'refused', code: 'ECONNREFUSED' });
    assert.deepEqual(await certificateAt(new URL(`http://127.0.0.1:${port}`)), { kind: 'plain' });
  });
});
