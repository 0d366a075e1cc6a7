import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openProvider } from '../../../../examples/partner-app/provider.ts';
import { bytesOf } from '../../../../examples/partner-app/outgoing-file.ts';
import { hostFile } from '../../../../examples/partner-app/files.ts';
import { boundedAsker, usualBounds } from '../../../../src/interop/identity/bounded-request.ts';
import { createJwksClient } from '../../../../src/interop/identity/jwks-client.ts';
import { jwksRouter } from '../../../../src/interop/identity/jwks-router.ts';
import { openSigningKeys, type SigningKeys } from '../../../../src/interop/identity/signing-keys.ts';
import { userTokenVerifier } from '../../../../src/interop/identity/user-token.ts';
import { openSealed } from '../../../../src/interop/media/open.ts';
import { parseDownloadPath } from '../../../../src/interop/media/paths.ts';
import express from 'express';
import { gathered } from '../../../support/byte-streams.ts';
import { listening } from '../../../support/listening.ts';
import { RecordingLog } from '../../../support/recording-log.ts';
import {
  hostConfig,
  ownFolder,
  providerConfig,
  providerOnLoopback,
} from '../../../support/partner-provider.ts';

const policy = { rotateAfterMs: 9e9, leadMs: 1000, tokenLifeMs: 3_600_000, skewMs: 60_000 };

async function hostKeys(stack: AsyncDisposableStack): Promise<SigningKeys & { readonly url: string }> {
  const store = { load: async () => [], save: async () => undefined };
  const keys = await openSigningKeys(store, { policy, log: new RecordingLog() });
  const { url } = stack.use(await listening(express().use(jwksRouter(keys))));
  return { ...keys, url: `${url}/.well-known/oauth/openid/jwks` };
}

describe("a provider's server", () => {
  it('vouches for its users with tokens that a host verifies by the keys that it serves', async () => {
    await using stack = new AsyncDisposableStack();
    const provider = await providerOnLoopback(stack, { host: hostConfig() });
    const { ask } = stack.use(boundedAsker({ ...usualBounds, allowHttp: true }));
    const keys = createJwksClient({ ask, log: new RecordingLog() }).keysOf(provider.jwksUrl);
    const verifier = (audience: string): ReturnType<typeof userTokenVerifier<number>> =>
      userTokenVerifier(() => [{ id: 12, issuer: 'bird', identifierType: 'email', keys }], {
        audience: [audience],
        now: Date.now,
      });
    const token = await provider.tokenFor('Anna@Bird.example');
    const user = await verifier('https://host.example')(token);
    assert.equal(user.kind === 'user' && user.identifier, 'anna@bird.example');
    const elsewhere = await verifier('https://other.example')(token);
    assert.equal(elsewhere.kind === 'failed' && elsewhere.reason, 'wrong-audience');
  });

  it('signs with the same key after a start', async () => {
    await using stack = new AsyncDisposableStack();
    const config = providerConfig(await ownFolder(stack), { host: hostConfig() });
    const kids: string[] = [];
    for (let start = 0; start < 2; start++) {
      await using provider = await openProvider(config, new RecordingLog());
      const [head = ''] = (await provider.tokenFor('anna@bird.example')).split('.');
      kids.push(Buffer.from(head, 'base64url').toString());
    }
    assert.equal(kids[0], kids[1]);
  });

  it('wakes the user whom a push of the host is for, and nobody for a push that is not its', async () => {
    await using stack = new AsyncDisposableStack();
    const keys = await hostKeys(stack);
    const provider = await providerOnLoopback(stack, { host: hostConfig({ push_jwks_url: keys.url }) });
    const woken: string[] = [];
    provider.wakers.set('anna@bird.example', async () => {
      woken.push('anna');
      return 'woken';
    });
    const push = async (to: string, aud: string): Promise<number> => {
      const token = await keys.sign({ iss: 'WHATSAPP', aud }, 60_000);
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const answer = await fetch(`${provider.url}/push`, {
        ...{ method: 'POST', headers, body: JSON.stringify({ to }) },
      });
      await answer.arrayBuffer();
      return answer.status;
    };
    assert.equal(await push('Anna@bird.example', provider.url), 200);
    assert.equal(await push('nobody@bird.example', provider.url), 404);
    assert.equal(await push('anna@bird.example', 'https://other.example'), 401);
    assert.deepEqual(woken, ['anna']);
    assert.deepEqual(Object.fromEntries(provider.pushes), { woken: 1, 'unknown-user': 1, badToken: 1 });
  });

  it('hosts what its users send, encrypted, until they are deleted', async () => {
    await using stack = new AsyncDisposableStack();
    const provider = await providerOnLoopback(stack);
    const bytes = Buffer.from('what is in the file '.repeat(1000));
    const file = await hostFile(provider.files, 'anna@bird.example', 'document', bytesOf(bytes));
    assert.ok(!('reason' in file));
    const { integrator, ref } = parseDownloadPath(file.directPath) ?? {};
    assert.equal(integrator, 12);
    const url = `${provider.mediaUrl}/${ref ?? ''}`;
    const hosted = Buffer.from(await (await fetch(url)).arrayBuffer());
    assert.equal(hosted.includes('what is in the file'), false);
    await using opened = await openSealed(
      async () => ({ kind: 'open', stream: bytesOf(hosted), size: undefined, mimetype: undefined }),
      file,
      1e6,
    ).then((one) => (one.kind === 'opened' ? one : Promise.reject(new Error(one.reason))));
    assert.deepEqual(await gathered(opened.read()), bytes);
    await provider.shelf.removeOwner('anna@bird.example');
    assert.equal((await fetch(url)).status, 404);
  });

  it('says what is wrong with a configuration', () => {
    const wrong = { listen: { host: '127.0.0.1', port: 0 }, integrator: 70_000 };
    assert.throws(() => providerConfig('/x', wrong), /integrator/);
    const roots = [{ serial: 1, key: 'AAAA' }];
    assert.throws(() => providerConfig('/x', { host: hostConfig({ roots }) }), /32 bytes/);
  });
});
