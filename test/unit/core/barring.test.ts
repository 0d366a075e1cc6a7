import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Barring } from '../../../src/core/barring.ts';
import { matrixUserId, networkId } from '../../../src/core/ids.ts';
import { failedForNow, type Failed } from '../../../src/core/outcome.ts';
import { Reach } from '../../../src/core/reach.ts';
import { MemoryReach } from '../../support/memory-reach.ts';
import { quietLog } from '../../support/recording-sink.ts';

const xmpp = networkId('xmpp');
const [alice, bob] = [matrixUserId('@alice:hs.test'), matrixUserId('@bob:hs.test')];

function setUp() {
  const store = new MemoryReach();
  const except: string[] = [];
  const said: string[] = [];
  const world: { failed: Failed | undefined } = { failed: undefined };
  const reach = new Reach({
    ...{ store, groups: {}, now: () => 7, region: () => undefined, numbers: async () => [] },
    reach: () => ({ optIn: 'required', eligible: { except } }),
    changed: () => undefined,
  });
  const barring = new Barring({
    ...{ reach, store, log: quietLog, pause: 5, now: () => 25_200_000 },
    tell: async ({ user }, id, news) => {
      if (world.failed === undefined) said.push(`${user} ${id} ${news.kind}`);
      return world.failed;
    },
    forget: async (user, network) => void said.push(`forget ${user} ${network}`),
  });
  const look = async (): Promise<readonly string[]> => {
    barring.poke();
    await barring.done();
    return said.splice(0);
  };
  return { store, except, world, reach, look };
}

describe('who may not be reached any more', () => {
  it('is told once, is forgotten by the network, and is told when they may again', async () => {
    const { reach, except, look, store } = setUp();
    for (const user of [alice, bob]) await reach.enable(user, xmpp);
    assert.deepEqual(await look(), []);
    except.push(alice);
    assert.deepEqual(await look(), ['forget @alice:hs.test xmpp', '@alice:hs.test barred/xmpp/7 barred']);
    assert.deepEqual(await look(), []);
    assert.deepEqual(await reach.standing(alice, xmpp), { kind: 'ineligible', why: 'excepted' });
    assert.equal((await store.get(alice, xmpp))?.state, 'barred');
    except.splice(0);
    assert.deepEqual(await look(), ['@alice:hs.test unbarred/xmpp/7 again']);
    assert.deepEqual(await look(), []);
    assert.deepEqual(await reach.standing(alice, xmpp), { kind: 'on', since: 7 });
  });

  it('is told later where that was not possible, however long it takes', async () => {
    const { reach, except, look, world } = setUp();
    await reach.enable(alice, xmpp);
    except.push(alice);
    world.failed = failedForNow('link-down');
    setTimeout(() => (world.failed = undefined), 30);
    const said = await look();
    assert.ok(said.length > 2);
    assert.deepEqual(said.slice(-2), ['forget @alice:hs.test xmpp', '@alice:hs.test barred/xmpp/7 barred']);
  });

  it('is nobody who never enabled it, or disabled it', async () => {
    const { reach, except, look } = setUp();
    await reach.enable(alice, xmpp);
    await reach.disable(alice, xmpp);
    except.push(alice, bob);
    assert.deepEqual(await look(), []);
  });
});
