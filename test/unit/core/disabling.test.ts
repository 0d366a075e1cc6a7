import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Disabling } from '../../../src/core/disabling.ts';
import {
  matrixUserId,
  networkId,
  portalId,
  remoteChatId,
  remoteUserId,
  roomId,
} from '../../../src/core/ids.ts';
import { failedForNow, type Failed } from '../../../src/core/outcome.ts';
import type { DirectIntent, Portal } from '../../../src/core/portal.ts';
import { Reach } from '../../../src/core/reach.ts';
import type { Login } from '../../../src/core/stores.ts';
import { MemoryReach } from '../../support/memory-reach.ts';
import { quietLog } from '../../support/recording-sink.ts';
import { SpineRig } from '../../support/spine-rig.ts';

const alice = matrixUserId('@alice:example.org');
const xmpp = networkId('xmpp');
const other = networkId('other');

function direct(network = xmpp, name = 'bob'): Extract<Portal, { kind: 'direct' }> {
  const key = { network, chat: remoteChatId(name), receiver: alice };
  const id = portalId(`${network} ${name}`);
  return { kind: 'direct', id, key, remote: remoteUserId(name), room: roomId(`!${name}:example.org`) };
}

function setUp(fails: readonly string[] = [], running = true) {
  const store = new MemoryReach();
  const done: string[] = [];
  const problems = new Set(fails);
  const rig = new SpineRig();
  const act = (what: string): Failed | undefined => {
    done.push(what);
    return problems.delete(what) ? failedForNow('link-down') : undefined;
  };
  const group: Portal = {
    ...{ kind: 'group', id: portalId('g'), room: roomId('!g:example.org') },
    key: { network: xmpp, chat: remoteChatId('salon'), receiver: undefined },
  };
  const portals: Portal[] = [direct(), group, direct(other, 'eve')];
  const intent: DirectIntent = { ...direct(xmpp, 'carol'), room: undefined };
  const logins: Login[] = [xmpp, other].map((network) => ({
    ...{ user: alice, network, remote: remoteUserId('me'), linkedAt: 0 },
  }));
  const reach = new Reach({
    ...{
      store,
      groups: {},
      now: () => 7,
      region: () => undefined,
      numbers: async () => [],
      changed: () => undefined,
    },
    reach: () => ({ optIn: 'required', eligible: {} }),
  });
  const gone = <T>(list: T[], one: T | undefined): void => {
    if (one !== undefined) list.splice(list.indexOf(one), 1);
  };
  const make = (): Disabling =>
    new Disabling({
      ...{ reach, store, log: quietLog, pause: 5, configured: () => true },
      portals: {
        ofUser: async () => [...portals],
        intended: async () => [intent],
        closed: async (id) => void act(`drop ${id}`),
      },
      logins: {
        list: async () => [...logins],
        remove: async (_user, network) => {
          act(`unlink ${network}`);
          gone(
            logins,
            logins.find((login) => login.network === network),
          );
          return true;
        },
        removePending: async (_user, network) => void act(`no code of ${network}`),
      },
      close: async (portal) => {
        const failed = act(`close ${portal.remote}`);
        if (failed === undefined) gone(portals, portal);
        return failed;
      },
      leave: async (_user, portal) => {
        const failed = act(`leave ${portal.key.chat}`);
        if (failed === undefined) gone(portals, portal);
        return failed;
      },
      network: () =>
        running
          ? { ...rig.network, forget: async (_user, known) => act(`forget ${known.join()}`) }
          : undefined,
      giveUp: async (_user, network) => act(`give up ${network}`),
      ended: async (_user, network) => act(`space of ${network}`),
    });
  return { reach, store, done, make, problems };
}

describe('disabling a network', () => {
  it('makes the user unreachable at once, and ends what is on that network alone', async () => {
    const { reach, done, make } = setUp();
    await reach.enable(alice, xmpp);
    await using disabling = make();
    assert.equal(await disabling.disable(alice, xmpp), true);
    assert.equal(await reach.isOn(alice, xmpp), false);
    await disabling.done();
    assert.deepEqual(done, [
      ...['forget bob', 'give up xmpp', 'close bob', 'leave salon', 'drop xmpp carol', 'unlink xmpp'],
      ...['no code of xmpp', 'space of xmpp'],
    ]);
    assert.deepEqual(await reach.standing(alice, xmpp), { kind: 'off', state: 'disabled' });
    assert.equal(await disabling.disable(alice, xmpp), false);
  });

  it('goes on until each step has been done', async () => {
    const { reach, done, make } = setUp(['forget bob', 'give up xmpp', 'leave salon', 'space of xmpp']);
    await using disabling = make();
    await disabling.disable(alice, xmpp);
    await disabling.done();
    assert.deepEqual(await reach.standing(alice, xmpp), { kind: 'off', state: 'disabled' });
    assert.equal(done.filter((what) => what === 'close bob').length, 1);
    assert.equal(done.filter((what) => what === 'unlink xmpp').length, 1);
  });

  it('is gone on with after a restart, and once however often it is asked for', async () => {
    const { reach, store, done, make } = setUp();
    await reach.disable(alice, xmpp);
    await using disabling = make();
    await Promise.all([disabling.start(), disabling.start(), disabling.disable(alice, xmpp)]);
    await disabling.done();
    assert.equal(done.filter((what) => what === 'close bob').length, 1);
    assert.deepEqual(await store.disabling(), []);
  });

  it('waits for a network that does not run yet, and ends with the bridge', async () => {
    const { reach, done, make } = setUp([], false);
    const disabling = make();
    await disabling.disable(alice, xmpp);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await disabling[Symbol.asyncDispose]();
    assert.deepEqual(done, []);
    assert.deepEqual(await reach.standing(alice, xmpp), { kind: 'off', state: 'disabling' });
  });
});
