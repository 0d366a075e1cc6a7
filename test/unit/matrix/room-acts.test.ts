import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
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
import type { DirectPortal, GroupPortal } from '../../../src/core/portal.ts';
import { timerType } from '../../../src/matrix/disappearing.ts';
import type { JsonObject } from '../../../src/matrix/json-object.ts';
import { MatrixRoomActs } from '../../../src/matrix/room-acts.ts';

const network = networkId('loopback');
const portal: DirectPortal = {
  ...{ kind: 'direct', id: portalId('p'), remote: remoteUserId('bob'), room: roomId('!room:hs') },
  key: { network, chat: remoteChatId('bob'), receiver: matrixUserId('@alice:hs') },
};
const group: GroupPortal = {
  ...{ kind: 'group', id: portalId('g'), room: roomId('!group:hs') },
  key: { network, chat: remoteChatId('#g'), receiver: undefined },
};
const ghost = matrixUserId('@ghost:hs');
const signal = new AbortController().signal;
const day = { afterMs: 86_400_000, from: 'sending' } as const;

function rig(state?: JsonObject | 'away', fails?: Failed) {
  const acts: string[] = [];
  const acting = new MatrixRoomActs({
    sender: {
      send: async ({ type, content, as, cause, part, room }) => {
        acts.push(`${as.userId} ${room} ${type} ${JSON.stringify(content)} ${cause} ${part}`);
        return fails ?? { kind: 'event', eventId: matrixEventId('$sent') };
      },
      redact: async ({ target, cause, part }) => {
        acts.push(`redact ${target} ${cause} ${part}`);
        return fails ?? { kind: 'event', eventId: matrixEventId('$sent') };
      },
    },
    states: {
      get: async () => (state === 'away' ? failedForNow('link-down') : { kind: 'state', content: state }),
      put: async (room, { type, content }) => {
        acts.push(`put ${room} ${type} ${JSON.stringify(content)}`);
        return fails;
      },
    },
    as: () => ({ userId: ghost, deviceId: undefined }),
  });
  return { acts, acting };
}

describe('what the bridge does of itself in rooms', () => {
  it('declines calls in their form, under a name that a repeat has', async () => {
    const { acts, acting } = rig();
    assert.equal(await acting.declineCall(portal, 'v1 c', 'cause', signal), undefined);
    assert.deepEqual(acts, [
      `${ghost} !room:hs m.call.reject {"call_id":"c","party_id":"bridge","version":"1"} cause decline`,
    ]);
    assert.equal(await acting.declineCall(portal, 'no name of a call', 'cause', signal), undefined);
    assert.equal(acts.length, 1);
    assert.deepEqual(
      await rig(undefined, failedForNow('link-down')).acting.declineCall(portal, 'v0 c', 'c', signal),
      failedForNow('link-down'),
    );
  });

  it('takes events back, and is content where they are gone', async () => {
    const { acts, acting } = rig();
    assert.equal(await acting.vanish(portal, matrixEventId('$a'), 'expiry/1'), undefined);
    assert.deepEqual(acts, ['redact $a expiry/1 redact $a']);
    const gone = rig(undefined, failedForGood('unknown-target')).acting;
    assert.equal(await gone.vanish(portal, matrixEventId('$a'), 'expiry/1'), undefined);
    const powerless = rig(undefined, failedForGood('forbidden')).acting;
    assert.deepEqual(
      await powerless.vanish(portal, matrixEventId('$a'), 'expiry/1'),
      failedForGood('forbidden'),
    );
  });

  it('says how long messages stay where the room does not say so yet, and where it is the bridge’s to say', async () => {
    const said = { type: 'after_send', timer: 86_400_000 };
    const fresh = rig();
    await fresh.acting.showTimer(portal, day);
    assert.deepEqual(fresh.acts, [`put !room:hs ${timerType} ${JSON.stringify(said)}`]);
    const known = rig(said);
    await known.acting.showTimer(portal, day);
    assert.deepEqual(known.acts, []);
    await known.acting.showTimer(portal, undefined);
    assert.deepEqual(known.acts, [`put !room:hs ${timerType} {}`]);
    const empty = rig();
    await empty.acting.showTimer(portal, undefined);
    await empty.acting.showTimer({ ...group, borrowed: true }, day);
    assert.deepEqual(empty.acts, []);
  });

  it('does without where it lacks the power, and tries again where the homeserver is away', async () => {
    assert.equal(await rig(undefined, failedForGood('forbidden')).acting.showTimer(portal, day), undefined);
    for (const away of [rig('away'), rig(undefined, failedForNow('link-down'))])
      assert.deepEqual(await away.acting.showTimer(portal, day), failedForNow('link-down'));
  });
});
