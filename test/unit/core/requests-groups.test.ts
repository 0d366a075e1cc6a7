import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { remoteChatId, remoteUserId } from '../../../src/core/ids.ts';
import { quiet, rigged, stateOf } from '../../support/rigged-requests.ts';
import { alice, fromRemote, net, outcomeOf } from '../../support/spine-rig.ts';

describe('an invitation into a group by a stranger', () => {
  const invitation = (id: string, more: { unvouched?: true } = {}): ReturnType<typeof fromRemote> => {
    const body = {
      ...{ kind: 'membership' as const, member: { in: 'matrix' as const, userId: alice } },
      change: { kind: 'invite' as const, ...more },
    };
    return { ...fromRemote('bob', id, body), chat: remoteChatId('room'), receiver: undefined };
  };

  it('is held and goes on when it is accepted', () =>
    rigged({}, async (rig) => {
      await rig.rig.spine.receiveRemote(net, invitation('in'));
      await quiet(rig);
      assert.equal(await stateOf(rig, 'in'), 'held');
      assert.equal(rig.rig.acts.length, 0);
      const request = await rig.book.get(alice, 1);
      assert.deepEqual([request?.kind, request?.chat, request?.remote], ['group', 'room', 'bob']);
      await rig.book.answer(alice, 1, 'accept');
      await quiet(rig);
      assert.ok(rig.rig.acts.some((act) => act.includes('invite')));
    }));

  it('passes from somebody whom the user knows', () =>
    rigged({}, async (rig) => {
      await rig.book.wrote(net, remoteChatId('bob'), alice, remoteUserId('bob'));
      await rig.rig.spine.receiveRemote(net, invitation('in'));
      await quiet(rig);
      assert.ok(rig.rig.acts.some((act) => act.includes('invite')));
    }));

  it('is held where it is only said to come from somebody whom the user knows', () =>
    rigged({}, async (rig) => {
      await rig.book.wrote(net, remoteChatId('bob'), alice, remoteUserId('bob'));
      await rig.rig.spine.receiveRemote(net, invitation('in', { unvouched: true }));
      await quiet(rig);
      assert.equal(await stateOf(rig, 'in'), 'held');
    }));

  it('is declined in silence', () =>
    rigged({}, async (rig) => {
      await rig.rig.spine.receiveRemote(net, invitation('in'));
      await quiet(rig);
      await rig.book.answer(alice, 1, 'decline');
      await rig.rig.spine.receiveRemote(net, invitation('again'));
      await quiet(rig);
      assert.deepEqual(await outcomeOf(rig.rig, 'again'), { kind: 'blocked', rule: 'declined' });
      assert.deepEqual([rig.rig.acts, rig.rig.refused], [[], []]);
    }));
});
