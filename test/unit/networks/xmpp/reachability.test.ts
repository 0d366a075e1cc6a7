import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { matrixUserId } from '../../../../src/core/ids.ts';
import type { Reachable } from '../../../../src/core/network.ts';
import { Reachability } from '../../../../src/networks/xmpp/reachability.ts';

const alice = matrixUserId('@alice:hs.test');

describe('who can be reached, as XMPP remembers it', () => {
  it('is asked again at once when it has changed', async () => {
    let answer: Reachable = 'yes';
    const reachability = new Reachability({ reachable: async () => answer }, () => 0);
    assert.equal(await reachability.look(alice), 'yes');
    answer = 'no-such-user';
    assert.equal(reachability.known(alice), 'yes');
    reachability.changed(alice);
    assert.equal(reachability.known(alice), undefined);
    assert.equal(await reachability.look(alice), 'no-such-user');
    answer = 'not-permitted';
    reachability.changed(undefined);
    assert.equal(await reachability.look(alice), 'not-permitted');
  });

  it('is not what was being asked for when it changed', async () => {
    const first = Promise.withResolvers<Reachable>();
    let asked = 0;
    const reachable = async (): Promise<Reachable> => (++asked === 1 ? first.promise : 'no-such-user');
    const reachability = new Reachability({ reachable }, () => 0);
    const before = reachability.look(alice);
    await turn();
    reachability.changed(alice);
    const after = reachability.look(alice);
    first.resolve('yes');
    assert.deepEqual(await Promise.all([before, after]), ['no-such-user', 'no-such-user']);
    assert.equal(reachability.known(alice), 'no-such-user');
    assert.equal(asked, 2);
  });
});
