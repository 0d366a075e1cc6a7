import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { groupBlocksDoor } from '../../../src/core/group-blocks-door.ts';
import type { Contact, Door } from '../../../src/core/door.ts';
import {
  matrixUserId,
  portalId,
  remoteChatId,
  remoteMessageId,
  remoteUserId,
  roomId,
} from '../../../src/core/ids.ts';
import type { Policy, Verdict } from '../../../src/core/policy.ts';
import type { GroupPortal } from '../../../src/core/portal.ts';
import {
  alice,
  fromRemote,
  net,
  outcomeOf,
  rigWithPortal,
  SpineRig,
  textBody,
} from '../../support/spine-rig.ts';

const blocked: Door = {
  admit: async () => ({ kind: 'blocked', rule: 'blocked-by-user', told: 'nobody' }),
};
const open: Door = { admit: async () => ({ kind: 'pass' }) };
const refusing = (verdict: Verdict = { kind: 'block', rule: 'no-text', feature: 'text' }): Policy => ({
  judge: () => verdict,
});
const own = { kind: 'blocked', rule: 'blocked-by-user' };

async function said(rig: SpineRig, arrival = fromRemote('bob', 'one', textBody('hello'))) {
  await rig.spine.receiveRemote(rig.network.id, arrival);
  await rig.quiet();
  rig.reports.poke();
  await rig.stop();
  assert.deepEqual([rig.atMatrix, rig.roomsMade.length > 1], [[], false]);
  return { outcome: await outcomeOf(rig, arrival.outerId), told: rig.refused };
}

describe('who is blocked', () => {
  it('is told of the rules that they break as everybody is, in a chat that is there and in one that is not', async () => {
    for (const make of [async () => (await rigWithPortal(options)).rig, async () => new SpineRig(options)]) {
      const outcome = { kind: 'blocked', rule: 'no-text', feature: 'text' };
      const ended = await said(await make());
      assert.deepEqual(ended, { outcome, told: [{ outerId: 'one', outcome }] });
    }
  });
  const options = { doors: [blocked], unblocked: open, policy: refusing() };

  it('is told that nobody can be called as everybody is, unless a rule is silent about it', async () => {
    const ring = { kind: 'call', change: 'ring', call: 'c', media: 'audio' } as const;
    const toldOf = async (policy: Policy, unblocked = open): Promise<unknown> => {
      const { rig } = await rigWithPortal({ doors: [blocked], unblocked, policy });
      return (await said(rig, fromRemote('bob', 'one', ring, Date.now()))).told;
    };
    const outcome = { kind: 'unsupported', reason: 'no-calls' };
    assert.deepEqual(await toldOf(refusing({ kind: 'pass' })), [{ outerId: 'one', outcome }]);
    assert.deepEqual(await toldOf(refusing({ kind: 'block', rule: 'quiet', told: 'nobody' })), []);
    const strict: Door = { admit: async () => ({ kind: 'blocked', rule: 'strict-call', told: 'sender' }) };
    const refused = { kind: 'blocked', rule: 'strict-call' };
    assert.deepEqual(await toldOf(refusing({ kind: 'pass' }), strict), [
      { outerId: 'one', outcome: refused },
    ]);
  });

  it('is told nothing where nobody would be', async () => {
    const held: Door = { admit: async () => ({ kind: 'held', rule: 'request' }) };
    for (const other of [
      { unblocked: held },
      { policy: refusing({ kind: 'pass' }) },
      { policy: refusing({ kind: 'block', rule: 'quiet', told: 'nobody' }) },
      { unblocked: undefined },
    ]) {
      const { unblocked, ...rest } = { ...options, ...other };
      const { rig } = await rigWithPortal({ ...rest, ...(unblocked && { unblocked }) });
      assert.deepEqual(await said(rig), { outcome: own, told: [] });
    }
    // Without a chat there is nothing that this could be about.
    const reaction = {
      kind: 'reaction',
      target: { in: 'remote', messageId: remoteMessageId('gone') },
      reactions: { op: 'set', emojis: ['!'] },
    } as const;
    assert.deepEqual(await said(new SpineRig(options), fromRemote('bob', 'two', reaction)), {
      outcome: own,
      told: [],
    });
  });

  it('is judged by what is known of what they refer to', async () => {
    const { rig } = await rigWithPortal(options);
    const answer = {
      ...textBody('yes'),
      replyTo: { in: 'remote', messageId: remoteMessageId('gone') },
    } as const;
    assert.equal((await said(rig, fromRemote('bob', 'three', answer))).told.length, 1);
  });
});

describe('a group whose users have all blocked somebody', () => {
  const anna = matrixUserId('@anna:hs.test');
  const bob = remoteUserId('bob');
  const chat = remoteChatId('room');
  const portal: GroupPortal = {
    ...{ kind: 'group', id: portalId('p'), room: roomId('!room:hs') },
    key: { network: net, chat, receiver: undefined },
  };
  const contact: Contact = {
    ...{ network: net, chat, kind: 'group', direction: 'to-matrix', user: undefined, remote: bob },
    ...{ what: 'message', first: false },
  };
  const door = (have: readonly string[], known: GroupPortal | undefined = portal): Door =>
    groupBlocksDoor({
      blocks: { isHeld: () => have.length > 0, byUser: (user) => have.includes(user) },
      portals: { byKey: async () => known },
      groups: {
        members: async () =>
          [alice, anna].map((user) => ({ user, nick: user, state: 'joined', role: 'member' })),
      },
    });

  it('hears nothing of them; one user who has not is enough', async () => {
    const both = [alice, anna];
    const shut = { kind: 'blocked', rule: 'blocked-by-user', told: 'nobody' };
    assert.deepEqual(await door(both).admit(contact), shut);
    assert.equal((await door([alice]).admit(contact)).kind, 'pass');
    assert.equal((await door(both, undefined).admit({ ...contact, user: alice })).kind, 'pass');
    assert.equal((await door(both, { ...portal, borrowed: true }).admit(contact)).kind, 'pass');
    // That they put somebody out of the group is so, whoever wants to know.
    assert.equal(
      (await door(both).admit({ ...contact, what: 'membership', actsOnOthers: true })).kind,
      'pass',
    );
  });
});
