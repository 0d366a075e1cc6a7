import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { networkId, remoteUserId } from '../../../src/core/ids.ts';
import { failedForNow } from '../../../src/core/outcome.ts';
import { Accounts } from '../../../src/matrix/accounts.ts';
import { GhostIds } from '../../../src/matrix/ghost-id.ts';
import { Ghosts } from '../../../src/matrix/ghosts.ts';
import type { Requester } from '../../../src/matrix/client.ts';
import type { MatrixRequest } from '../../../src/matrix/request.ts';
import { TokenBucket } from '../../../src/core/token-bucket.ts';
import { transactionId } from '../../../src/matrix/transaction-id.ts';
import { matrixUserId } from '../../../src/core/ids.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const xmpp = networkId('xmpp');
const bob = remoteUserId('bob@example.org');

function make(
  answer: Requester['request'] = async () => ({ kind: 'ok', body: { user_id: 'made' } }),
  burst = 10,
) {
  const requests: MatrixRequest[] = [];
  const client: Requester = {
    request: (request) => {
      requests.push(request);
      return answer(request);
    },
  };
  let now = 0;
  const store = memoryStores().ghosts;
  const options = { displayName: '{name} ({network})', deviceName: 'Causeway' };
  const again = (): Ghosts =>
    new Ghosts(
      new GhostIds('_', 'localhost'),
      new Accounts(client, 'D'),
      store,
      new TokenBucket(2, burst, () => now),
      options,
    );
  return { ghosts: again(), again, requests, store, pass: (ms: number) => (now += ms) };
}

describe('a ghost', () => {
  it('is made with a device and a name, once, however many ask at once', async () => {
    const { ghosts, requests, store } = make();
    const asked = Array.from({ length: 5 }, () => ghosts.ensure(xmpp, bob, { name: 'Bob' }));
    for (const ghost of await Promise.all(asked)) assert.equal(ghost.kind, 'ghost');
    assert.deepEqual(
      requests.map((request) => [
        request.method,
        decodeURIComponent(request.path),
        request.body?.['displayname'],
      ]),
      [
        ['POST', '/_matrix/client/v3/register', undefined],
        ['PUT', '/_matrix/client/v3/devices/D', undefined],
        ['PUT', '/_matrix/client/v3/profile/@_xmpp_bob=40example.org:localhost/displayname', 'Bob (xmpp)'],
      ],
    );
    assert.equal((await store.get(matrixUserId('@_xmpp_bob=40example.org:localhost')))?.name, 'Bob (xmpp)');
  });

  it('costs no request where it is known, after a restart neither', async () => {
    const { ghosts, again, requests } = make();
    await ghosts.ensure(xmpp, bob, { name: 'Bob' });
    requests.splice(0);
    await ghosts.ensure(xmpp, bob);
    const restarted = again();
    await restarted.ensure(xmpp, bob);
    await restarted.ensure(xmpp, bob, { name: 'Bob' });
    assert.equal(requests.length, 0);
    await restarted.ensure(xmpp, bob, { name: 'Robert' });
    assert.equal(requests.length, 1);
  });

  it('that was half made is made whole by the next attempt', async () => {
    let down = true;
    const { ghosts, requests } = make(async (request) =>
      down && request.path.includes('displayname')
        ? failedForNow('link-down')
        : { kind: 'ok', body: { user_id: 'made' } },
    );
    assert.equal((await ghosts.ensure(xmpp, bob, { name: 'Bob' })).kind, 'failed');
    down = false;
    requests.splice(0);
    assert.equal((await ghosts.ensure(xmpp, bob, { name: 'Bob' })).kind, 'ghost');
    assert.equal(requests.length, 1);
  });

  it('waits its turn where too many are made', async () => {
    const { ghosts, pass } = make(undefined, 2);
    const other = (n: number): ReturnType<Ghosts['ensure']> => ghosts.ensure(xmpp, remoteUserId(`u${n}`));
    await other(1);
    await other(2);
    const third = await other(3);
    assert.ok(third.kind === 'failed' && third.reason === 'rate-limited');
    assert.deepEqual(third.retry, { kind: 'later', afterMs: 500 });
    assert.equal((await other(1)).kind, 'ghost');
    pass(500);
    assert.equal((await other(3)).kind, 'ghost');
  });

  it('does not exist for an id that is too long', async () => {
    const { ghosts, requests } = make();
    const ghost = await ghosts.ensure(xmpp, remoteUserId('x'.repeat(300)));
    assert.ok(ghost.kind === 'failed' && ghost.reason === 'too-long');
    assert.equal(requests.length, 0);
  });
});

it('the transaction id of a send differs by sender, cause and part, and by nothing else', () => {
  const alice = matrixUserId('@alice:localhost');
  const ids = [
    transactionId(alice, 'a', 'b'),
    transactionId(matrixUserId('@bob:localhost'), 'a', 'b'),
    transactionId(alice, 'ab', ''),
    transactionId(alice, '', 'ab'),
  ];
  assert.equal(new Set(ids).size, 4);
  assert.equal(transactionId(alice, 'a', 'b'), ids[0]);
});
