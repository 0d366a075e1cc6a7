import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SameAs } from '../../../../src/core/network.ts';
import { connected } from '../../../support/connected-scene.ts';
import { partner } from '../../../support/third-party-partner.ts';
import { scene } from '../../../support/third-party-scene.ts';

describe('who deletes their account and enlists again', () => {
  it('has another number, and the listener is told whose it was', async () => {
    await using all = await connected();
    const { scene: host, client, login, ann } = all;
    const told: unknown[] = [];
    host.listener.enlisted = async (account, keys, former) =>
      void told.push([keys, account.login.user, former]);
    await client.ask({ kind: 'delete-account' });
    await client.over();
    const again = await host.enlisted(ann);
    assert.notEqual(again.user, login.user);
    assert.deepEqual(told, [['new', again.user, login]]);
    await host.enlisted(ann);
    assert.deepEqual(told.at(-1), ['same', again.user, undefined]);
  });

  it('is told again with it where the listener did not take it', async () => {
    await using all = await connected();
    const { scene: host, client, login, ann } = all;
    const told: unknown[] = [];
    await client.ask({ kind: 'delete-account' });
    await client.over();
    const { enlisted } = host.listener;
    host.listener.enlisted = async () => {
      throw new Error('the database is away');
    };
    await assert.rejects(host.enlisted(ann));
    host.listener.enlisted = async (...args) => {
      await enlisted(...args);
      told.push([args[1], args[2]]);
    };
    await host.enlisted(ann);
    assert.deepEqual(told, [['new', login]]);
  });

  it('is the same person to the core', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const said: [string, SameAs][] = [];
    Object.assign(on.sink, {
      samePerson: async (user: string, other: SameAs) => void said.push([user, other]),
    });
    await on.listener().enlisted(bob.account, 'new', { integrator: 12, user: '42' });
    assert.deepEqual(said, [[`12-${bob.account.login.user}`, { kind: 'account', remote: '12-42' }]]);
  });
});
