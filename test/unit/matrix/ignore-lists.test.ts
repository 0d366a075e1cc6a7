import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { matrixUserId, networkId, remoteUserId, type MatrixUserId } from '../../../src/core/ids.ts';
import { failedForNow } from '../../../src/core/outcome.ts';
import type { Ignores } from '../../../src/core/puppet.ts';
import { GhostIds } from '../../../src/matrix/ghost-id.ts';
import { IgnoreLists } from '../../../src/matrix/ignore-lists.ts';
import { alice, asToken, puppetParts, refusal, type PuppetParts } from '../../support/puppet-parts.ts';

const xmpp = networkId('xmpp');
const bob = remoteUserId('bob');
const ghosts = new GhostIds('_', 'hs.test');
const ghostOf = (remote: string): MatrixUserId => matrixUserId(`@_xmpp_${remote}:hs.test`);

function book(parts: PuppetParts): IgnoreLists {
  return new IgnoreLists(
    { request: async (request) => (parts.asked.push(request), parts.answer(request)) },
    parts.puppets,
    ghosts,
    () => parts.time,
  );
}

function lists(parts: PuppetParts): Ignores {
  return book(parts).ignores;
}

function says(...users: string[]): PuppetParts['answer'] {
  return () => ({ kind: 'ok', body: { ignored_users: Object.fromEntries(users.map((user) => [user, {}])) } });
}

describe('the list of ignored people', () => {
  it('is read as the user, kept for a minute, and asked for anew at a first contact', async () => {
    const parts = puppetParts();
    const ignores = lists(parts);
    parts.answer = says(ghostOf('bob'), '@somebody:hs.test');
    assert.equal(await ignores(alice, xmpp, bob, false), true);
    assert.equal(await ignores(alice, xmpp, remoteUserId('carol'), false), false);
    assert.equal(parts.asked.length, 1);
    assert.equal(
      parts.asked[0]?.path,
      '/_matrix/client/v3/user/%40alice%3Ahs.test/account_data/m.ignored_user_list',
    );
    assert.equal(parts.asked[0].as?.credential?.token, asToken);
    parts.answer = says();
    parts.time += 2_000;
    assert.equal(await ignores(alice, xmpp, bob, false), true);
    assert.equal(await ignores(alice, xmpp, bob, true), false);
    parts.answer = says(ghostOf('bob'));
    parts.time += 59_999;
    assert.equal(await ignores(alice, xmpp, bob, false), false);
    parts.time += 1;
    assert.equal(await ignores(alice, xmpp, bob, false), true);
  });

  it('is asked for once, however many wait for it', async () => {
    const parts = puppetParts();
    const ignores = lists(parts);
    parts.answer = says(ghostOf('bob'));
    const all = await Promise.all([1, 2, 3].map(() => ignores(alice, xmpp, bob, true)));
    assert.deepEqual([all, parts.asked.length], [[true, true, true], 1]);
  });

  it('stands as it was while the homeserver does not answer; without one the message waits', async () => {
    const parts = puppetParts();
    const ignores = lists(parts);
    parts.answer = () => failedForNow('link-down');
    assert.deepEqual(await ignores(alice, xmpp, bob, false), failedForNow('link-down'));
    parts.answer = says(ghostOf('bob'));
    assert.equal(await ignores(alice, xmpp, bob, false), true);
    parts.time += 3_600_000;
    parts.answer = () => failedForNow('link-down');
    assert.equal(await ignores(alice, xmpp, bob, true), true);
  });

  it('of whom the bridge cannot act as, of who has none, and by a lost token, ignores nobody', async () => {
    const parts = puppetParts();
    const ignores = lists(parts);
    parts.answer = () => refusal(404, 'M_NOT_FOUND');
    assert.equal(await ignores(alice, xmpp, bob, false), false);
    parts.time += 60_000;
    parts.answer = () => refusal(401, 'M_UNKNOWN_TOKEN');
    assert.equal(await ignores(alice, xmpp, bob, false), false);
    parts.level = 'none';
    parts.asked.length = 0;
    assert.equal(await ignores(alice, xmpp, bob, true), false);
    assert.equal(parts.asked.length, 0);
  });

  it('may hold anything', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const parts = puppetParts();
        parts.answer = () => ({ kind: 'ok', body: { ignored_users: value } });
        assert.equal(typeof (await lists(parts)(alice, xmpp, bob, false)), 'boolean');
      }),
    );
  });

  it('is written with all that it held before, and remembered as it was written', async () => {
    const parts = puppetParts();
    const own = book(parts);
    const done: string[] = [];
    own.agreeBy(async (_user, { there, ignored }) => {
      done.push(`${there} ${ignored.map(({ remote }) => remote).join()}`);
      const [add, remove] = [
        [{ network: xmpp, remote: bob }],
        [{ network: xmpp, remote: remoteUserId('carol') }],
      ];
      return { add, remove, done: async () => void done.push('done') };
    });
    const somebody = '@somebody:hs.test';
    const content = { ignored_users: { [ghostOf('carol')]: {}, [somebody]: { since: 1 } }, other: 'thing' };
    parts.answer = () => ({ kind: 'ok', body: content });
    assert.equal(await own.revise(alice), 'agreed');
    assert.deepEqual(
      parts.asked.map(({ method }) => method),
      ['GET', 'PUT'],
    );
    assert.deepEqual(parts.asked[1]?.body, {
      other: 'thing',
      ignored_users: { [somebody]: { since: 1 }, [ghostOf('bob')]: {} },
    });
    assert.equal(parts.asked[1].as?.credential?.token, asToken);
    assert.deepEqual(done, ['true carol', 'done']);
    assert.equal(await own.ignores(alice, xmpp, bob, true), true);
    assert.equal(await own.ignores(alice, xmpp, remoteUserId('carol'), true), false);
    assert.equal(parts.asked.length, 2);
  });

  it('counts as unwritten where it could not be written, and where the bridge cannot act as the user', async () => {
    const parts = puppetParts();
    const own = book(parts);
    let done = 0;
    own.agreeBy(async () => ({
      ...{ add: [{ network: xmpp, remote: bob }], remove: [] },
      done: async () => void (done += 1),
    }));
    parts.answer = ({ method }) =>
      method === 'PUT' ? failedForNow('link-down') : refusal(404, 'M_NOT_FOUND');
    assert.deepEqual(await own.revise(alice), failedForNow('link-down'));
    assert.equal(await own.ignores(alice, xmpp, bob, true), false);
    parts.answer = () => failedForNow('link-down');
    assert.deepEqual(await own.revise(alice), failedForNow('link-down'));
    parts.level = 'none';
    assert.equal(await own.revise(alice), 'no-puppet');
    assert.equal(done, 0);
  });

  it('is agreed on as one that is not there where the homeserver has none, and not at all where it holds too many', async () => {
    const parts = puppetParts();
    const own = book(parts);
    const there: boolean[] = [];
    own.agreeBy(async (_user, list) => {
      there.push(list.there);
      return { add: [], remove: [], done: async () => undefined };
    });
    parts.answer = () => refusal(404, 'M_NOT_FOUND');
    await own.revise(alice);
    parts.answer = () => ({ kind: 'ok', body: { ignored_users: 'nothing' } });
    await own.revise(alice);
    parts.answer = says(...Array.from({ length: 5_001 }, (_, index) => ghostOf(`g${index}`)));
    await own.revise(alice);
    parts.answer = says();
    await own.revise(alice);
    assert.deepEqual(there, [false, false, true]);
  });
});
