import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { BridgeEvent, CallEvent, TimerEvent } from '../../../../src/core/event.ts';
import { failedForGood } from '../../../../src/core/outcome.ts';
import { fromRemote } from '../../../../src/networks/loopback/from-remote.ts';
import { remoteChatId, remoteUserId } from '../../../../src/core/ids.ts';
import type { OpenedArrival } from '../../../../src/core/network.ts';
import { alice, bob, handle, join, message } from './rig.ts';

const head = { cause: 'c', sender: { in: 'matrix', userId: alice }, name: undefined, at: 1_000 } as const;
const ring: CallEvent = { ...head, kind: 'call', change: 'ring', call: 'v1 x', media: 'audio' };
const expires = { afterMs: 90_000, from: 'reading' } as const;
const timer: TimerEvent = { ...head, kind: 'timer', expires };

/** Opens a packet of Bob's with this body. */
function open(body: unknown): OpenedArrival {
  const raw = JSON.stringify({ id: 'p1', from: bob, to: alice, at: 5, body });
  return fromRemote(
    {
      ...{ outerId: 'p1', chat: remoteChatId(bob), sender: remoteUserId(bob), receiver: alice, at: 5, raw },
    },
    'cause',
    async () => failedForGood('media-gone'),
  );
}

describe('calls, timers and identities of the world', () => {
  it('come in as what they are', () => {
    const kinds = [
      { kind: 'call', call: 'c1', change: 'ring', media: 'video' },
      { kind: 'timer', expires: { seconds: 90, from: 'reading' } },
      { kind: 'timer' },
      { kind: 'identity', identity: '11111  22222', previous: '3333' },
    ].map((body) => {
      const opened = open(body);
      assert.ok(opened.kind === 'event', JSON.stringify(opened));
      const { event } = opened;
      assert.equal(event.name, undefined);
      const own = Object.entries(event).filter(([key]) => !['cause', 'sender', 'name', 'at'].includes(key));
      return Object.fromEntries(own);
    });
    assert.deepEqual(kinds, [
      { kind: 'call', change: 'ring', call: 'c1', media: 'video' },
      { kind: 'timer', expires },
      { kind: 'timer', expires: undefined },
      {
        ...{ kind: 'identity-change', person: bob, identity: '11111 22222' },
        ...{ previous: '3333', verified: false },
      },
    ]);
  });

  it('are broken with a name that is none, a time that is none, a number that is none', () => {
    for (const body of [
      { kind: 'call', call: '', change: 'ring' },
      { kind: 'call', call: 'c', change: 'answer' },
      { kind: 'timer', expires: { seconds: 0, from: 'reading' } },
      { kind: 'timer', expires: { seconds: 1.5, from: 'sending' } },
      { kind: 'identity', identity: '<b>' },
      { kind: 'identity', identity: 'x'.repeat(101) },
    ])
      assert.deepEqual(open(body), { kind: 'unsupported', reason: 'broken-event' });
  });

  it('go out: a call as a sign that somebody tried, whose caller is told that it went nowhere', async () => {
    await using rig = await join();
    const person = rig.world.person('bob');
    const bodies = (): readonly unknown[] => person.inbox.map(({ body }) => body);
    const noCalls = { kind: 'unsupported', reason: 'no-calls' };
    assert.deepEqual(await handle(rig.network, ring), noCalls);
    assert.deepEqual(await handle(rig.network, ring), noCalls);
    const end: BridgeEvent = { ...ring, cause: 'e', change: 'end' };
    assert.equal((await handle(rig.network, end)).kind, 'ignored');
    assert.deepEqual(bodies(), [{ kind: 'call', change: 'ring', call: 'mx.c', media: 'audio' }]);
    assert.equal((await handle(rig.network, { ...timer, cause: 't' })).kind, 'sent');
    assert.deepEqual(bodies().at(-1), { kind: 'timer', expires: { seconds: 90, from: 'reading' } });
    assert.equal((await handle(rig.network, message('m', 'hello', { expires }))).kind, 'sent');
    const said = person.inbox.at(-1)?.body;
    assert.deepEqual(said?.kind === 'text' && said.expires, { seconds: 90, from: 'reading' });
    rig.world.fail({ down: true });
    assert.equal((await handle(rig.network, { ...ring, cause: 'd' })).kind, 'failed');
  });

  it('end in an event or a reason whatever they hold', () => {
    const names = ['kind', 'call', 'change', 'media', 'expires', 'identity', 'previous', 'verified'];
    fc.assert(
      fc.property(
        fc.constantFrom('call', 'timer', 'identity'),
        fc.dictionary(fc.constantFrom(...names), fc.jsonValue()),
        (kind, body) => void open({ ...body, kind }),
      ),
    );
  });
});
