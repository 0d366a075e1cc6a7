import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Contact } from '../../../src/core/door.ts';
import { matrixUserId, networkId, remoteChatId, remoteUserId } from '../../../src/core/ids.ts';
import { failedForNow } from '../../../src/core/outcome.ts';
import { Regions, regionsDoor } from '../../../src/core/regions.ts';
import type { Login } from '../../../src/core/stores.ts';
import { countryOf } from '../../../src/number-region.ts';

const alice = matrixUserId('@alice:example.org');
const net = networkId('loopback');
const gone = networkId('gone');

function setUp() {
  const numbers = new Map<string, string>();
  const logins: Login[] = [];
  const world: { declared: string | undefined } = { declared: undefined };
  const down = async () => failedForNow('link-down');
  const directory = {
    ...{ find: down, profile: down, chatWith: remoteChatId },
    numberOf: (remote: string) => numbers.get(remote),
  };
  const regions = new Regions({
    logins: { list: async () => logins },
    network: (id) => (id === net ? { directory } : undefined),
    declared: async () => world.declared,
    countryOf,
  });
  const link = (name: string, network = net): void =>
    void logins.push({ user: alice, network, remote: remoteUserId(name), linkedAt: 0 });
  return { numbers, world, regions, link };
}

describe('where somebody is at home', () => {
  it('is where the numbers of their linked accounts are, and what is declared', async () => {
    const { numbers, world, regions, link } = setUp();
    assert.deepEqual([await regions.ofNumbers(alice), await regions.look(alice)], [[], []]);
    link('me');
    link('other', gone);
    assert.deepEqual(await regions.ofNumbers(alice), []);
    numbers.set('me', '+4917012345678');
    link('odd');
    numbers.set('odd', 'no number');
    assert.deepEqual(await regions.ofNumbers(alice), ['DE', undefined]);
    world.declared = 'office';
    assert.deepEqual(regions.known(alice), []);
    assert.deepEqual(await regions.look(alice), ['OFFICE', 'DE']);
    assert.deepEqual(regions.known(alice), ['OFFICE', 'DE']);
  });

  it('is known of people by their number, and of nobody else', () => {
    const { numbers, regions } = setUp();
    numbers.set('bob', '+12125550123');
    assert.equal(regions.ofPerson(net, remoteUserId('bob')), 'US');
    assert.equal(regions.ofPerson(net, remoteUserId('eve')), undefined);
    assert.equal(regions.ofPerson(gone, remoteUserId('bob')), undefined);
  });

  it('is looked up before rules are asked, where they ask', async () => {
    const { world, regions } = setUp();
    world.declared = 'DE';
    const contact: Contact = {
      ...{ network: net, chat: remoteChatId('bob'), kind: 'direct', direction: 'to-network', user: alice },
      ...{ remote: remoteUserId('bob'), what: 'message', first: false },
    };
    assert.deepEqual(await regionsDoor(regions, () => false).admit(contact), { kind: 'pass' });
    assert.deepEqual(regions.known(alice), []);
    assert.deepEqual(await regionsDoor(regions, () => true).admit(contact), { kind: 'pass' });
    assert.deepEqual(regions.known(alice), ['DE']);
  });
});
