import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Contact } from '../../src/core/door.ts';
import { networkId, remoteChatId, remoteUserId } from '../../src/core/ids.ts';
import { failedForGood } from '../../src/core/outcome.ts';
import type { Standing } from '../../src/core/block-index.ts';
import { barredBy, roomsMeant } from '../../src/policing.ts';
import { aRule } from '../support/policy-lists.ts';
import { aGroup, alice } from '../support/storage.ts';

const group = aGroup();
const { network, chat } = group.key;

describe('groups that are shut out for everybody', () => {
  const barred = (standing: Standing): Promise<unknown> => {
    const blocks = {
      standing: (sides: { readonly room?: string; readonly kind?: string }): Standing => {
        assert.deepEqual([sides.room, sides.kind], [group.room, 'group']);
        return standing;
      },
    };
    const storage = { portals: { byKey: async () => group } };
    return barredBy(blocks, storage as never, async () => failedForGood('not-enabled'))(alice, network, chat);
  };

  it('are entered by nobody, whatever else stands in the way', async () => {
    const shut = failedForGood('shut-out');
    assert.deepEqual(await barred({ kind: 'homeserver', what: 'server' }), shut);
    assert.deepEqual(await barred({ kind: 'list', rule: aRule('room', 'x') }), shut);
    assert.deepEqual(await barred({ kind: 'user' }), failedForGood('not-enabled'));
    assert.deepEqual(await barred({ kind: 'clear' }), failedForGood('not-enabled'));
  });

  it('are looked up by their room only where a list can mean rooms', async () => {
    const asked: unknown[] = [];
    const portals = { byKey: async (key: unknown) => (asked.push(key), group) };
    const contact: Contact = {
      ...{ network, chat, user: alice, remote: remoteUserId('x'), direction: 'to-matrix', what: 'message' },
      ...{ kind: 'group', first: false },
    };
    const of = (meansRooms: boolean) => roomsMeant({ meansRooms }, { portals } as never);
    assert.equal(await of(false)(contact), undefined);
    assert.deepEqual(asked, []);
    assert.equal(await of(true)(contact), group.room);
    await of(true)({ ...contact, kind: 'direct', chat: remoteChatId('x'), network: networkId('xmpp') });
    assert.deepEqual(asked, [
      { network, chat, receiver: undefined },
      { network: 'xmpp', chat: 'x', receiver: alice },
    ]);
  });
});
