import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Blocker } from '../../../src/core/blocker.ts';
import { matrixUserId, networkId, remoteChatId, remoteUserId, roomId } from '../../../src/core/ids.ts';
import { failedForNow } from '../../../src/core/outcome.ts';
import { expireAfter } from '../../support/request-rig.ts';
import { quiet, rigged, say, stateOf } from '../../support/rigged-requests.ts';
import { alice, fromAlice, fromRemote, net, opened, outcomeOf, textBody } from '../../support/spine-rig.ts';

describe('a first contact', () => {
  it('is held, opens no room, and comes in order when it is accepted', () =>
    rigged({}, async (rig) => {
      await say(rig, 'one', 'two', 'three');
      assert.deepEqual([rig.texts(), rig.rig.roomsMade], [[], []]);
      assert.equal(await stateOf(rig, 'one'), 'held');
      const [request] = await rig.book.list(alice, ['open'], 0, 10);
      assert.deepEqual([request?.number, request?.held, request?.remote], [1, 3, 'bob']);
      assert.equal((await rig.book.answer(alice, 1, 'accept')).kind, 'done');
      await say(rig, 'four');
      assert.deepEqual(rig.texts(), ['one', 'two', 'three', 'four']);
      assert.equal(rig.rig.roomsMade.length, 1);
      assert.equal((await rig.book.answer(alice, 1, 'accept')).kind, 'over');
    }));

  it('is there after a restart, and comes then', () =>
    rigged({}, async (rig) => {
      await say(rig, 'one', 'two');
      await rig.restart();
      await quiet(rig);
      assert.deepEqual(rig.texts(), []);
      await rig.book.answer(alice, 1, 'accept');
      await quiet(rig);
      assert.deepEqual(rig.texts(), ['one', 'two']);
    }));

  it('comes after a crash between the answer and its delivery', () =>
    rigged({}, async (rig) => {
      await say(rig, 'one', 'two');
      const [request] = await rig.book.list(alice, ['open'], 0, 1);
      assert.ok(request);
      await rig.storage.requests.accept(request, 1);
      await rig.restart();
      await quiet(rig);
      assert.deepEqual(rig.texts(), ['one', 'two']);
    }));

  it('takes what refers to it along, in its place', () =>
    rigged({}, async (rig) => {
      await say(rig, 'one');
      const target = { in: 'remote', messageId: 'one' } as never;
      await rig.rig.spine.receiveRemote(net, fromRemote('bob', 'gone', { kind: 'redaction', target }));
      await quiet(rig);
      assert.equal(await stateOf(rig, 'gone'), 'held');
      await rig.book.answer(alice, 1, 'accept');
      await quiet(rig);
      assert.deepEqual(rig.texts(), ['one', 'redaction']);
    }));

  it('is not what refers to nothing: that is over at once', () =>
    rigged({}, async (rig) => {
      const target = { in: 'remote', messageId: 'one' } as never;
      await rig.rig.spine.receiveRemote(net, fromRemote('bob', 'gone', { kind: 'redaction', target }));
      await quiet(rig);
      assert.deepEqual(await outcomeOf(rig.rig, 'gone'), { kind: 'ignored', reason: 'no-portal' });
    }));

  it('ends in silence when it is declined, and does not come back', () =>
    rigged({}, async (rig) => {
      await say(rig, 'one');
      assert.equal((await rig.book.answer(alice, 1, 'decline')).kind, 'done');
      await say(rig, 'two');
      for (const id of ['one', 'two']) {
        assert.deepEqual(await outcomeOf(rig.rig, id), { kind: 'blocked', rule: 'declined' });
        assert.equal((await rig.storage.events.find(id))?.retryable, false);
      }
      assert.deepEqual([rig.texts(), rig.rig.roomsMade, rig.rig.refused], [[], [], []]);
      assert.equal((await rig.book.restore(alice, 1)).kind, 'done');
      await say(rig, 'three');
      assert.equal(await stateOf(rig, 'three'), 'held');
    }));

  it('ends when its receiver cannot be reached there any more, and may be made anew', () =>
    rigged({}, async (rig) => {
      await say(rig, 'one');
      await rig.book.unreachable(alice, networkId('elsewhere'));
      assert.equal(await stateOf(rig, 'one'), 'held');
      await rig.book.unreachable(alice, net);
      assert.deepEqual(await outcomeOf(rig.rig, 'one'), { kind: 'blocked', rule: `not-enabled:${net}` });
      assert.deepEqual(await rig.book.list(alice, ['open'], 0, 10), []);
      await say(rig, 'two');
      assert.equal(await stateOf(rig, 'two'), 'held');
    }));

  it('of somebody who was declined passes once the user starts a chat with them', () =>
    rigged({}, async (rig) => {
      await say(rig, 'one');
      await rig.book.answer(alice, 1, 'decline');
      await rig.book.wrote(net, remoteChatId('bob'), alice, remoteUserId('bob'));
      await say(rig, 'two');
      assert.deepEqual(rig.texts(), ['two']);
    }));

  it('is blocked by the port, and stays open where that fails', () => {
    const asked: string[] = [];
    let fails = true;
    const blocker: Blocker = {
      block: async (_user, _network, remote) => {
        asked.push(remote);
        return fails ? failedForNow('link-down') : undefined;
      },
    };
    return rigged({ blocker }, async (rig) => {
      await say(rig, 'one');
      assert.equal((await rig.book.answer(alice, 1, 'block')).kind, 'failed');
      assert.equal(await stateOf(rig, 'one'), 'held');
      fails = false;
      assert.equal((await rig.book.answer(alice, 1, 'block')).kind, 'done');
      assert.deepEqual(asked, ['bob', 'bob']);
      assert.deepEqual(await outcomeOf(rig.rig, 'one'), { kind: 'blocked', rule: 'blocked' });
    });
  });

  it('ends when a block elsewhere says so, for one user or for all', () =>
    rigged({}, async (rig) => {
      await say(rig, 'one');
      await rig.book.blocked(matrixUserId('@other:hs.test'), net, remoteUserId('bob'));
      assert.equal(await stateOf(rig, 'one'), 'held');
      await rig.book.blocked(undefined, net, remoteUserId('bob'));
      assert.deepEqual(await outcomeOf(rig.rig, 'one'), { kind: 'blocked', rule: 'blocked' });
    }));

  it('expires, and may be made anew', () =>
    rigged({}, async (rig) => {
      await say(rig, 'one');
      rig.now += expireAfter - 1;
      await rig.book.sweep();
      assert.equal(await stateOf(rig, 'one'), 'held');
      rig.now += 2;
      await rig.book.sweep();
      assert.deepEqual(await outcomeOf(rig.rig, 'one'), { kind: 'blocked', rule: 'request-expired' });
      await say(rig, 'two');
      assert.equal(await stateOf(rig, 'two'), 'held');
    }));

  it('has bounds; what comes beyond is dropped, without content', () =>
    rigged({ requestLimits: { perRequest: 2 } }, async (rig) => {
      await say(rig, 'one', 'two', 'three');
      assert.deepEqual(await outcomeOf(rig.rig, 'three'), { kind: 'blocked', rule: 'request-limit' });
      assert.equal((await rig.storage.events.find('three'))?.retryable, false);
      assert.equal((await rig.book.get(alice, 1))?.dropped, 1);
      await rig.book.answer(alice, 1, 'accept');
      await quiet(rig);
      assert.deepEqual(rig.texts(), ['one', 'two']);
    }));

  it('passes where requests are off, and what was held then comes', async () => {
    const options = { isOn: true };
    await rigged(options, async (rig) => {
      await say(rig, 'one');
      options.isOn = false;
      await rig.restart();
      await say(rig, 'two');
      assert.deepEqual(rig.texts(), ['one', 'two']);
    });
  });

  it('passes when requests are switched off meanwhile, and what was held, or was held at that moment, goes before', async () => {
    let isOn = true;
    await rigged({ isOn: () => isOn }, async (rig) => {
      await say(rig, 'one');
      isOn = false;
      await rig.book.start();
      await say(rig, 'two');
      assert.deepEqual(rig.texts(), ['one', 'two']);
      isOn = true;
      await rig.book.start();
      await rig.rig.spine.receiveRemote(net, fromRemote('eve', 'three', textBody('three')));
      await quiet(rig);
      assert.equal(await stateOf(rig, 'three'), 'held');
      isOn = false;
      await rig.book.sweep();
      await quiet(rig);
      assert.deepEqual(rig.texts(), ['one', 'two', 'three']);
    });
  });

  it('to nobody is not held, and one to somebody who is not known yet is decided later', async () => {
    await rigged({ receivers: () => 'no-such-user', reachable: async () => 'no-such-user' }, async (rig) => {
      await say(rig, 'one');
      assert.deepEqual(await outcomeOf(rig.rig, 'one'), { kind: 'failed', reason: 'no-such-user' });
    });
    await rigged({ receivers: () => 'unsure' }, async (rig) => {
      await say(rig, 'one');
      assert.equal(await stateOf(rig, 'one'), 'pending');
    });
  });

  it('is none from an account that the user has linked', () =>
    rigged({}, async (rig) => {
      await rig.storage.logins.put({ user: alice, network: net, remote: remoteUserId('bob'), linkedAt: 1 });
      await say(rig, 'one');
      assert.deepEqual(rig.texts(), ['one']);
    }));

  it('goes before what comes once a room is there in another way', () =>
    rigged({}, async (rig) => {
      await say(rig, 'one', 'two');
      const invitation = opened('!own:hs.test', 'invite', {
        ...{ kind: 'ghost-invited', user: alice, room: roomId('!own:hs.test'), network: net },
        ...{ remote: remoteUserId('bob'), direct: true, predecessor: undefined, at: 1 },
      });
      await rig.rig.spine.receiveMatrix([invitation]);
      await say(rig, 'three');
      assert.deepEqual(rig.texts(), ['one', 'two', 'three']);
      assert.deepEqual(rig.rig.roomsMade, []);
    }));
});

describe('a message to somebody who never answered', () => {
  it('goes as often as the network allows, and again once they answer', () =>
    rigged({ unansweredMessages: 2 }, async (rig) => {
      const chat = remoteChatId('bob');
      await rig.book.wrote(net, chat, alice, remoteUserId('bob'));
      const profile = { userId: remoteUserId('bob'), chat, name: 'Bob' };
      const made = await rig.rig.portals.open(
        rig.rig.network,
        { network: net, chat, receiver: alice },
        profile,
      );
      assert.ok(made.kind === 'portal');
      const { room } = made.portal;
      for (const id of ['a', 'b', 'c']) {
        await rig.rig.spine.receiveMatrix([fromAlice(room, id, textBody(id))]);
        await quiet(rig);
      }
      assert.equal(rig.rig.atNetwork.length, 2);
      assert.deepEqual(await outcomeOf(rig.rig, '$c'), { kind: 'blocked', rule: 'unanswered' });
      assert.ok(rig.rig.notices.some((line) => line.includes('unanswered')));
      await rig.restart();
      await rig.rig.spine.receiveMatrix([fromAlice(room, 'd', textBody('d'))]);
      await quiet(rig);
      assert.deepEqual(
        await outcomeOf(rig.rig, '$d'),
        { kind: 'blocked', rule: 'unanswered' },
        'after a restart',
      );
      await say(rig, 'yes?');
      await rig.restart();
      for (const id of ['e', 'f', 'g']) {
        await rig.rig.spine.receiveMatrix([fromAlice(room, id, textBody(id))]);
        await quiet(rig);
      }
      assert.equal(rig.rig.atNetwork.length, 3, 'the answer stays one');
    }));
});

describe('a reaction in the management room', () => {
  it('is handed on as an answer of its user alone', () =>
    rigged({}, async (rig) => {
      const room = roomId('!management:hs.test');
      await rig.storage.users.put({ userId: alice, managementRoom: room, language: undefined });
      const target = { in: 'matrix', eventId: '$line' } as never;
      const reactions = { op: 'add', emoji: '✅' } as const;
      await rig.rig.spine.receiveMatrix([fromAlice(room, 'r', { kind: 'reaction', target, reactions })]);
      await quiet(rig);
      assert.deepEqual([...rig.rig.acts], ['react ✅']);
      await rig.storage.users.put({
        userId: matrixUserId('@carol:hs.test'),
        managementRoom: room,
        language: undefined,
      });
      await rig.storage.users.put({ userId: alice, managementRoom: undefined, language: undefined });
      await rig.rig.spine.receiveMatrix([fromAlice(room, 's', { kind: 'reaction', target, reactions })]);
      await quiet(rig);
      assert.deepEqual([...rig.rig.acts], ['react ✅']);
    }));
});
