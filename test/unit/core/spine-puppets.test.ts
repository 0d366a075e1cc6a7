import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { matrixEventId, portalId, remoteMessageId, remoteUserId } from '../../../src/core/ids.ts';
import type { MatrixArrival, OpenedMatrixEvent } from '../../../src/core/homeserver.ts';
import type { Arrival } from '../../../src/core/network.ts';
import { failedForNow } from '../../../src/core/outcome.ts';
import type { Portal } from '../../../src/core/portal.ts';
import { about, inGroup } from '../../support/group-scene.ts';
import {
  alice,
  bob,
  fromAlice,
  fromRemote,
  net,
  outcomeOf,
  rigWithPortal,
  SpineRig,
  textBody,
} from '../../support/spine-rig.ts';

const echo = { kind: 'ignored', reason: 'own-echo' };

/** An event that came back: what the bridge sent as alice, or a copy of it. */
function marked(portal: Portal, id: string, message: string | undefined, of = portal.id): MatrixArrival {
  const arrival = fromAlice(portal.room, id, textBody('from her phone'));
  const { event } = JSON.parse(arrival.raw) as Extract<OpenedMatrixEvent, { kind: 'event' }>;
  const named = message === undefined ? {} : { message: remoteMessageId(message) };
  return { ...arrival, raw: JSON.stringify({ kind: 'echo', event, portal: of, ...named }) };
}

describe('what the bridge sent as a user', () => {
  it('does not go out to the network, whether it comes back before or after it is recorded', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }), async (echoFirst) => {
        const { rig, portal } = await rigWithPortal();
        for (const [at, first] of echoFirst.entries()) {
          const own = fromRemote('bob', `m${at}`, textBody('from her phone'));
          const back = marked(portal, `m-loopback/m${at}`, `m${at}`);
          if (first) await rig.spine.receiveMatrix([back]);
          await rig.spine.receiveRemote(net, own);
          await rig.quiet();
          if (!first) await rig.spine.receiveMatrix([back]);
          await rig.quiet();
          assert.deepEqual(await outcomeOf(rig, back.eventId), echo);
        }
        assert.deepEqual(rig.atNetwork, []);
        await rig.stop();
      }),
      { numRuns: 20 },
    );
  });

  it('does not go out after a crash between sending and recording either', async () => {
    const { rig, portal } = await rigWithPortal({
      // The homeserver has it, and the process ends before the answer comes.
      toMatrix: (_event, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('gone')))),
    });
    await rig.spine.receiveRemote(net, fromRemote('bob', 'm', textBody('from her phone')));
    await new Promise((resolve) => setImmediate(resolve));
    await rig.spine.stop(0);
    const next = new SpineRig({ stores: rig.stores });
    await next.spine.receiveMatrix([marked(portal, 'm-loopback/m', 'm')]);
    await next.spine.start();
    await next.quiet();
    assert.deepEqual(await outcomeOf(next, '$m-loopback/m'), echo);
    assert.deepEqual(
      next.atMatrix.map(({ cause }) => cause),
      ['loopback/m'],
    );
    assert.deepEqual(next.atNetwork, []);
    await next.stop();
  });

  it('is no echo where it is a copy: of another chat, or of a message that is known by other names', async () => {
    const { rig, portal } = await rigWithPortal();
    await rig.spine.receiveRemote(net, fromRemote('bob', 'm', textBody('from her phone')));
    await rig.quiet();
    await rig.spine.receiveMatrix([
      marked(portal, 'copy', 'm'),
      marked(portal, 'other', undefined, portalId('another')),
      marked(portal, 'reaction', undefined),
    ]);
    await rig.quiet();
    assert.deepEqual(
      rig.atNetwork.map(({ name }) => name?.in === 'matrix' && name.eventId),
      ['$copy', '$other'],
    );
    assert.deepEqual(await outcomeOf(rig, '$reaction'), echo);
    await rig.stop();
  });
});

describe('what a user cannot have shown', () => {
  it('is told by nobody’s client: its sender is the user, who was told on Matrix', async () => {
    const unheard = { kind: 'unsupported', reason: 'no-puppet' } as const;
    const { rig } = await rigWithPortal({ toMatrix: async () => unheard });
    await rig.spine.receiveRemote(net, fromRemote('bob', 'm', textBody('x')));
    await rig.quiet();
    rig.reports.poke();
    await rig.stop();
    assert.deepEqual(await outcomeOf(rig, 'm'), unheard);
    assert.deepEqual([rig.refused, rig.notices], [[], []]);
  });

  it('and an edit on Matrix of what was written elsewhere is told to belong there', async () => {
    const { rig, portal } = await rigWithPortal();
    const own = fromRemote('bob', 'm', textBody('x'));
    const raw = own.raw.replace('"userId":"bob"', '"userId":"own"');
    await rig.stores.logins.put({ user: alice, network: net, remote: remoteUserId('own'), linkedAt: 1 });
    await rig.spine.receiveRemote(net, { ...own, raw });
    await rig.spine.receiveRemote(net, fromRemote('bob', 'b', textBody('y')));
    await rig.quiet();
    const ids = { in: 'matrix', eventId: matrixEventId('$m-loopback/m') } as const;
    const bobs = { in: 'matrix', eventId: matrixEventId('$m-loopback/b') } as const;
    await rig.spine.receiveMatrix([
      fromAlice(portal.room, 'r', { kind: 'redaction', target: ids }),
      fromAlice(portal.room, 's', { kind: 'redaction', target: bobs }),
    ]);
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, '$r'), { kind: 'unsupported', reason: 'other-account' });
    assert.deepEqual(await outcomeOf(rig, '$s'), { kind: 'ignored', reason: 'forbidden' });
    assert.deepEqual(rig.atNetwork, []);
    await rig.stop();
  });
});

describe('who is ignored by the user', () => {
  it('is not let through and notices nothing, nor gets a room made', async () => {
    const asked: unknown[] = [];
    const rig = new SpineRig({
      ignores: async (...all) => {
        asked.push(all);
        return true;
      },
    });
    await rig.spine.receiveRemote(net, fromRemote('bob', 'm', textBody('x')));
    await rig.quiet();
    rig.reports.poke();
    await rig.stop();
    assert.deepEqual(await outcomeOf(rig, 'm'), { kind: 'blocked', rule: 'ignored-by-user' });
    assert.deepEqual([rig.atMatrix, rig.roomsMade, rig.refused], [[], [], []]);
    assert.deepEqual(asked, [[alice, net, bob.userId, true]]);
  });

  it('does not get the user into a group either', async () => {
    const asked: unknown[] = [];
    const rig = new SpineRig({
      ignores: async (...all) => {
        asked.push(all);
        return true;
      },
    });
    const invite = about({ in: 'matrix', userId: alice }, { kind: 'invite' });
    await rig.spine.receiveRemote(net, inGroup('bob', 'i', invite));
    await rig.quiet();
    await rig.stop();
    assert.deepEqual(await outcomeOf(rig, 'i'), { kind: 'blocked', rule: 'ignored-by-user' });
    assert.deepEqual([rig.acts, rig.refused], [[], []]);
    assert.deepEqual(asked, [[alice, net, bob.userId, true]]);
  });

  it('waits while that is not known', async () => {
    let known = false;
    const { rig } = await rigWithPortal({
      ignores: async () => (known ? false : failedForNow('link-down', undefined, 1)),
    });
    await rig.spine.receiveRemote(net, fromRemote('bob', 'm', textBody('x')));
    await rig.quiet();
    assert.deepEqual(rig.atMatrix, []);
    known = true;
    rig.spine.wake('matrix');
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, 'm'), { kind: 'sent' });
    await rig.stop();
  });

  it('does not keep what the user wrote to them elsewhere', async () => {
    const { rig } = await rigWithPortal({ ignores: async () => true });
    const by = (person: string, id: string): Arrival => {
      const arrival = fromRemote('bob', id, textBody('x'));
      return { ...arrival, raw: arrival.raw.replace('"userId":"bob"', `"userId":"${person}"`) };
    };
    await rig.stores.logins.put({ user: alice, network: net, remote: remoteUserId('own'), linkedAt: 1 });
    await rig.spine.receiveRemote(net, by('own', 'm'));
    await rig.spine.receiveRemote(net, by('somebody else', 'n'));
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, 'm'), { kind: 'sent' });
    assert.deepEqual(await outcomeOf(rig, 'n'), { kind: 'blocked', rule: 'ignored-by-user' });
    await rig.stop();
  });
});
