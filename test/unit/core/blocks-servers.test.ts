import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { remoteChatId, remoteUserId } from '../../../src/core/ids.ts';
import {
  xmpp,
  whatsapp,
  alice,
  anna,
  admin,
  load,
  contact,
  bob,
  ruleOf,
} from '../../support/blocked-people.ts';
import { MemoryBlocks } from '../../support/memory-blocks.ts';

describe('blocks on a server', () => {
  it('count, by a user, wherever those of a person do', async () => {
    const store = new MemoryBlocks();
    const blocks = await load(store);
    const server = { kind: 'server', network: xmpp, domain: 'x.example', subdomains: false } as const;
    store.shared.push(alice);
    assert.equal(await blocks.isUnwanted(bob), false);
    await blocks.block(alice, server, { author: alice });
    for (const one of [blocks, await load(store)]) {
      assert.equal(await ruleOf(one), 'blocked-by-user told nobody');
      assert.ok(one.byUser(alice, bob) && one.isHeld(bob) && !one.byUser(anna, bob));
      assert.ok(await one.isUnwanted(bob));
      assert.ok(
        one.mayBeBlocked(alice, xmpp) && !one.mayBeBlocked(anna, xmpp) && !one.mayBeBlocked(alice, whatsapp),
      );
      assert.deepEqual((await one.between(contact(), 'user'))?.blocked, server);
    }
    await blocks.unblock(alice, server);
    assert.equal(blocks.isHeld(bob), false);
  });

  it('take its subdomains in when they are wanted too', async () => {
    const store = new MemoryBlocks();
    const blocks = await load(store);
    const server = { kind: 'server', network: xmpp, domain: 'x.example' } as const;
    const below = { remote: remoteUserId('eve@a.x.example'), chat: remoteChatId('eve@a.x.example') };
    const ban = (subdomains: boolean): Promise<string> =>
      blocks.block('homeserver', { ...server, subdomains }, { author: admin });
    assert.deepEqual([await ban(false), await ruleOf(blocks, below)], ['blocked', 'pass']);
    assert.deepEqual([await ban(true), await ban(true), await ban(false)], ['blocked', 'known', 'known']);
    for (const one of [blocks, await load(store)])
      assert.equal(await ruleOf(one, below), 'banned-server told nobody');
  });
});
