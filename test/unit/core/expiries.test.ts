import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Expiries, type Expired, type ExpiryStore } from '../../../src/core/expiries.ts';
import {
  matrixEventId,
  matrixUserId,
  networkId,
  portalId,
  remoteChatId,
  remoteUserId,
  roomId,
} from '../../../src/core/ids.ts';
import { failedForGood, failedForNow, type Failed } from '../../../src/core/outcome.ts';
import type { DirectPortal } from '../../../src/core/portal.ts';
import { RecordingLog } from '../../support/recording-log.ts';

const alice = matrixUserId('@alice:hs');
const portal: DirectPortal = {
  kind: 'direct',
  id: portalId('p'),
  key: { network: networkId('loopback'), chat: remoteChatId('bob'), receiver: alice },
  remote: remoteUserId('bob'),
  room: roomId('!room:hs'),
};
const one: Expired = { message: 1, portal: portal.id, eventIds: [matrixEventId('$a'), matrixEventId('$b')] };

function rig(answer: (event: string) => Failed | undefined = () => undefined) {
  const acts: string[] = [];
  const due = [one];
  const store: ExpiryStore = {
    due: async () => [...due],
    next: async () => undefined,
    gone: async (message) => {
      due.splice(0);
      acts.push(`gone ${message}`);
    },
    later: async (message, at) => {
      due.splice(0);
      acts.push(`later ${message} ${at}`);
    },
    read: async (id, upTo, at) => acts.push(`read ${id} ${upTo} ${at}`),
  };
  const expiries = new Expiries({
    ...{ store, log: new RecordingLog(), now: () => 1_000 },
    portals: {
      byId: async (id) => (id === portal.id ? portal : undefined),
      byRoom: async (room) => (room === portal.room ? portal : undefined),
    },
    acts: {
      vanish: async (_portal, eventId, cause) => {
        acts.push(`${cause}: ${eventId}`);
        return answer(eventId);
      },
    },
  });
  return { expiries, acts, due };
}

describe('what is to be gone after a while', () => {
  it('is taken back, its edits too, under names that a repeat has, and then forgotten', async () => {
    const { expiries, acts } = rig();
    await expiries.sweep();
    assert.deepEqual(acts, ['expiry/1: $a', 'expiry/1: $b', 'gone 1']);
  });

  it('is tried again where the homeserver does not answer, and let be where it must stay', async () => {
    const away = rig((event) => (event === '$b' ? failedForNow('link-down') : undefined));
    await away.expiries.sweep();
    assert.deepEqual(away.acts, ['expiry/1: $a', 'expiry/1: $b', 'later 1 61000']);
    const powerless = rig(() => failedForGood('forbidden'));
    await powerless.expiries.sweep();
    assert.deepEqual(powerless.acts, ['expiry/1: $a', 'expiry/1: $b', 'gone 1']);
  });

  it('is forgotten where its chat is gone', async () => {
    const { expiries, acts, due } = rig();
    due.splice(0, 1, { ...one, portal: portalId('another') });
    await expiries.sweep();
    assert.deepEqual(acts, ['gone 1']);
  });

  it('has its time from when the user whose chat it is has read it', async () => {
    const { expiries, acts } = rig();
    expiries.readIn(portal.room, matrixUserId('@mallory:hs'), matrixEventId('$a'));
    expiries.readIn(roomId('!other:hs'), alice, matrixEventId('$a'));
    await expiries[Symbol.asyncDispose]();
    assert.deepEqual(acts, []);
    expiries.readIn(portal.room, alice, matrixEventId('$a'));
    await expiries[Symbol.asyncDispose]();
    assert.deepEqual(acts, ['read p $a 1000']);
  });

  it('counts as read where it was read while it was being recorded', async () => {
    const { expiries, acts } = rig();
    expiries.readIn(portal.room, alice, matrixEventId('$a'));
    expiries.added(portal, [matrixEventId('$other')]);
    expiries.added(portal, one.eventIds);
    await expiries[Symbol.asyncDispose]();
    assert.deepEqual(acts, ['read p $a 1000', 'read p $a 1000']);
  });
});
