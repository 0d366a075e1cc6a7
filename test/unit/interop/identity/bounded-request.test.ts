import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { boundedAsker, isAskable } from '../../../../src/interop/identity/bounded-request.ts';
import { listening } from '../../../support/listening.ts';

async function ask(
  listener: RequestListener,
  options: { allowHttp?: boolean; stop?: number } = {},
): Promise<unknown> {
  await using at = await listening(listener);
  await using asker = boundedAsker({
    deadlineMs: 400,
    maxBytes: 1_000,
    allowHttp: options.allowHttp ?? true,
  });
  const signal = options.stop === undefined ? undefined : AbortSignal.timeout(options.stop);
  const answer = await asker.ask({ method: 'GET', url: `${at.url}/x`, headers: {}, signal });
  return answer.kind === 'answered' ? [answer.status, Buffer.from(answer.body).toString()] : answer.reason;
}

describe('a bounded request', () => {
  it('gets a whole answer of any status', async () => {
    assert.deepEqual(await ask((_request, response) => response.end('hello')), [200, 'hello']);
    assert.deepEqual(await ask((_request, response) => response.writeHead(404).end('no')), [404, 'no']);
    assert.deepEqual(await ask((_request, response) => response.end('x'.repeat(1_000))), [
      200,
      'x'.repeat(1_000),
    ]);
  });

  it('goes by https alone, without a name and a password', async () => {
    assert.equal(await ask((_request, response) => response.end(), { allowHttp: false }), 'not-https');
    assert.ok(isAskable('https://example.org/a'));
    for (const url of [
      'http://example.org',
      'https://a:b@example.org',
      'https://a@example.org',
      'file:///etc',
      'x',
      '',
    ])
      assert.ok(!isAskable(url), url);
    assert.ok(!isAskable('ftp://example.org', true));
  });

  it('follows nothing', async () => {
    let asked = 0;
    const away = await ask((_request, response) => {
      asked += 1;
      response.writeHead(302, { location: '/y' }).end();
    });
    assert.deepEqual([away, asked], ['redirected', 1]);
  });

  it('takes no more than its bounds, announced or not', async () => {
    assert.equal(await ask((_request, response) => response.end('x'.repeat(1_001))), 'too-large');
    const endless: RequestListener = (_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', more);
      more();
    };
    assert.equal(await ask(endless), 'too-large');
    const zipped = await ask((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
    );
    assert.equal(zipped, 'encoded');
  });

  it('waits no longer than its deadline, however slowly it drips', async () => {
    assert.equal(await ask(() => undefined), 'timeout');
    const dripping: RequestListener = (_request, response) => {
      const drip = setInterval(() => response.write('x'), 50);
      response.on('close', () => {
        clearInterval(drip);
      });
    };
    assert.equal(await ask(dripping), 'timeout');
    assert.equal(await ask(() => undefined, { stop: 50 }), 'stopped');
  });

  it('says where there is no connection', async () => {
    assert.equal(await ask((_request, response) => response.destroy()), 'unreachable');
    await sleep(1);
  });
});
