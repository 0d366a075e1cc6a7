import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CallEvent, IdentityChangeEvent, TimerEvent } from '../../src/core/event.ts';
import { Identities } from '../../src/core/identities.ts';
import {
  matrixUserId,
  networkId,
  parseFingerprint,
  portalId,
  remoteChatId,
  remoteUserId,
  roomId,
} from '../../src/core/ids.ts';
import { failedForNow, type Failed } from '../../src/core/outcome.ts';
import type { DirectPortal, GroupPortal, Portal } from '../../src/core/portal.ts';
import { timerText } from '../../src/core/timers.ts';
import { tellings, type TellingDeps } from '../../src/tellings.ts';
import { languages, type Language } from '../../src/texts/catalogue.ts';
import { memoryIdentities } from '../support/memory-identities.ts';

const alice = matrixUserId('@alice:hs');
const network = networkId('xmpp');
const bob = remoteUserId('bob@x');
const direct: DirectPortal = {
  ...{ kind: 'direct', id: portalId('p'), remote: bob, room: roomId('!room:hs') },
  key: { network, chat: remoteChatId('bob@x'), receiver: alice },
};
const group: GroupPortal = {
  ...{ kind: 'group', id: portalId('g'), room: roomId('!group:hs') },
  key: { network, chat: remoteChatId('group@x'), receiver: undefined },
};
const head = { cause: 'c', sender: { in: 'remote', userId: bob }, name: undefined, at: 1 } as const;
const ring: CallEvent = { ...head, kind: 'call', change: 'ring', call: 'x', media: 'video' };
const timer: TimerEvent = { ...head, kind: 'timer', expires: { afterMs: 7_200_000, from: 'sending' } };
const [one, two] = ['11111 22222', '33333 44444'].map((text) => parseFingerprint(text) ?? assert.fail());

function rig(language: Language = 'en', name = 'Bob', fails?: Failed) {
  const told: string[] = [];
  const ids: string[] = [];
  const identities = new Identities(memoryIdentities());
  const deps: TellingDeps = {
    reporter: {
      notice: async (user, id, { plain }) => {
        told.push(`${user}: ${plain}`);
        ids.push(id);
        return fails;
      },
    },
    acts: {
      showTimer: async (_portal, expires) =>
        void told.push(expires === undefined ? 'none' : timerText(expires)),
    },
    identities,
    users: { get: async (userId) => ({ userId, language, managementRoom: undefined }) },
    ghosts: { get: async (userId) => ({ userId, network, remote: bob, name }) },
    ghostId: () => matrixUserId('@ghost:hs'),
    say: async (room, id, { plain }) => {
      told.push(`${room}: ${plain}`);
      ids.push(id);
      return undefined;
    },
  };
  const handlers = tellings(deps);
  const signal = new AbortController().signal;
  return {
    ...{ told, ids, identities },
    call: (event: CallEvent, portal: Portal = direct) => handlers.call?.(event, portal, signal),
    timer: (event: TimerEvent, portal: Portal = direct) => handlers.timer?.(event, portal, signal),
    identity: (event: IdentityChangeEvent, portal: Portal = direct) =>
      handlers['identity-change']?.(event, portal, signal),
  };
}

describe('a call that is told', () => {
  it('goes to the user, in their language, and answers that there are no calls', async () => {
    for (const language of languages) {
      const there = rig(language);
      assert.deepEqual(await there.call(ring), { kind: 'unsupported', reason: 'no-calls' });
      const [line = ''] = there.told;
      for (const part of ['@alice:hs', 'Bob', 'XMPP', encodeURIComponent('!room:hs')])
        assert.ok(line.includes(part), line);
      assert.deepEqual(there.ids, ['call/c']);
    }
  });

  it('is said by the bot in a group, and is nothing where it has ended or was the user’s own', async () => {
    const there = rig();
    await there.call(ring, group);
    assert.match(there.told[0] ?? '', /^!group:hs: Bob tried to call the group group@x/);
    for (const own of [
      { ...ring, change: 'end' },
      { ...ring, sender: { in: 'matrix', userId: alice } },
      { ...ring, sender: { in: 'remote', userId: remoteUserId('alice@x') } },
    ] as const)
      assert.deepEqual(await there.call(own), { kind: 'ignored', reason: 'nothing-to-do' });
    assert.equal(there.told.length, 1);
  });

  it('is tried again where the line could not be written', async () => {
    assert.deepEqual(await rig('en', 'Bob', failedForNow('link-down')).call(ring), failedForNow('link-down'));
  });

  it('names who has no name that can be shown by their address', async () => {
    const there = rig('en', '\u202e\u0000');
    await there.call(ring);
    assert.match(there.told[0] ?? '', /bob@x tried/);
  });
});

describe('a timer that is told', () => {
  it('is shown in the room, and told in the largest unit that has it whole', async () => {
    const there = rig();
    await there.timer(timer);
    await there.timer({ ...timer, expires: { afterMs: 90_000, from: 'reading' } });
    await there.timer({ ...timer, expires: undefined });
    const [shown, hours, , seconds, off, stays] = there.told;
    assert.deepEqual([shown, off], ['sending 7200000', 'none']);
    assert.match(hours ?? '', /disappear after 2 hours/);
    assert.match(seconds ?? '', /disappear 90 seconds after they were read/);
    assert.match(stays ?? '', /stay/);
  });

  it('is only told where messages stay, and only shown where the user set it at another client', async () => {
    const there = rig();
    await there.timer({ ...timer, onlyTold: true });
    assert.match(there.told.join(), /^@alice:hs: .*Here they stay/);
    await there.timer({ ...timer, sender: { in: 'remote', userId: remoteUserId('alice@x') } });
    assert.deepEqual(there.told.slice(1), ['sending 7200000']);
  });
});

describe('an identity that is told', () => {
  const change: IdentityChangeEvent = {
    ...{ ...head, kind: 'identity-change', person: bob, verified: false },
    ...{ identity: two ?? assert.fail(), previous: one },
  };

  it('is told under one name however often, with what is to be written, and not where it is no news', async () => {
    const there = rig();
    assert.equal((await there.identity(change))?.kind, 'ignored');
    await there.identities.seen({ user: alice, network, remote: bob }, { ...change, at: 7 });
    await there.identity(change);
    await there.identity({ ...change, cause: 'another' });
    assert.match(there.told[0] ?? '', /confirm xmpp bob@x 33333 44444/);
    assert.deepEqual(new Set(there.ids), new Set(['identity/xmpp/bob@x/33333 44444/7']));
    await there.identities.confirm({ user: alice, network, remote: bob }, change.identity);
    assert.equal((await there.identity(change))?.kind, 'ignored');
    assert.equal((await there.identity(change, group))?.kind, 'ignored');
  });
});
