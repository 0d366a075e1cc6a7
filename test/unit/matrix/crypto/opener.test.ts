import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { OpenedMatrixEvent } from '../../../../src/core/homeserver.ts';
import { matrixEventId, matrixUserId, portalId, remoteChatId, roomId } from '../../../../src/core/ids.ts';
import type { Portal } from '../../../../src/core/portal.ts';
import type { Device, LockedEvent, Opened, Trouble } from '../../../../src/crypto/megolm/engine.ts';
import { Opener, type OpenerParts } from '../../../../src/matrix/crypto/opener.ts';
import {
  alice,
  bob,
  bot,
  ghostOfBob,
  parseContext,
  roomEvent,
  xmpp,
} from '../../../support/matrix-events.ts';

const room = roomId('!room:hs');
const key = { network: xmpp, chat: remoteChatId(bob) };
const direct: Portal = {
  kind: 'direct',
  id: portalId('p'),
  key: { ...key, receiver: alice },
  remote: bob,
  room,
};
const envelope = { algorithm: 'm.megolm.v1.aes-sha2', session_id: 's', ciphertext: 'c' };

function opening(
  answer: Opened,
  more: Partial<OpenerParts> = {},
): { opener: Opener; asked: [Device, LockedEvent][] } {
  const asked: [Device, LockedEvent][] = [];
  const opener = new Opener({
    engine: {
      open: async (...call) => {
        asked.push(call);
        return answer;
      },
    },
    portalOf: async () => direct,
    isManagementRoom: async () => false,
    bot,
    ghostOf: () => ghostOfBob,
    deviceOf: async (userId) => ({ kind: 'device', device: { userId, deviceId: 'D' } }),
    required: false,
    parse: parseContext(),
    ...more,
  });
  return { opener, asked };
}

function sealedRaw(content: object = {}, more: object = {}): string {
  return roomEvent({ type: 'm.room.encrypted', content: { ...envelope, ...content }, ...more });
}

function open(opener: Opener, raw: string): Promise<OpenedMatrixEvent> {
  return opener.open({ eventId: matrixEventId('$event'), room, raw }, 'cause');
}

function clear(type: string, content: object): Opened {
  return { kind: 'opened', type, content: JSON.stringify(content), trust: 'signed' };
}
const hello = clear('m.room.message', { msgtype: 'm.text', body: 'hello' });
const userOf = ([device]: [Device, LockedEvent]): string => device.userId;

describe('an encrypted event', () => {
  it('that the bridge sealed for the user is known as that, also where it cannot be opened', async () => {
    const locked: Opened = { kind: 'locked', sessionId: 's', withheld: undefined };
    const isSealedHere = async (user: string, deviceId: string): Promise<boolean> =>
      user === alice && deviceId === 'GUEST';
    for (const answer of [locked, { kind: 'refused', why: 'replayed' } as const]) {
      const { opener } = opening(answer, { isSealedHere });
      assert.deepEqual(await open(opener, sealedRaw({ device_id: 'GUEST' })), {
        kind: 'ignored',
        reason: 'own-echo',
      });
      for (const device_id of ['PHONE', undefined, 7])
        assert.notEqual((await open(opener, sealedRaw({ device_id }))).kind, 'ignored');
    }
    const mark = { 'io.causeway.puppet': { portal: 'p', message: 'm1' } };
    const { opener } = opening(clear('m.room.message', { msgtype: 'm.text', body: 'x', ...mark }), {
      isSealedHere,
    });
    assert.equal((await open(opener, sealedRaw({ device_id: 'GUEST' }))).kind, 'echo');
  });

  it('is opened by the ghost in a direct portal, elsewhere by the bot, and by nobody in strange rooms', async () => {
    const inDirect = opening(hello);
    const said = await open(inDirect.opener, sealedRaw());
    assert.ok(said.kind === 'event' && said.event.kind === 'message');
    assert.deepEqual(said.event.sender, { in: 'matrix', userId: alice });
    assert.deepEqual(inDirect.asked.map(userOf), [ghostOfBob]);
    const group = { kind: 'group', id: direct.id, key: { ...key, receiver: undefined }, room } as const;
    const inGroup = opening(hello, { portalOf: async () => group });
    await open(inGroup.opener, sealedRaw());
    assert.deepEqual(inGroup.asked.map(userOf), [bot]);
    const managed = opening(hello, { portalOf: async () => undefined, isManagementRoom: async () => true });
    await open(managed.opener, sealedRaw());
    assert.deepEqual(managed.asked.map(userOf), [bot]);
    const nowhere = opening(hello, { portalOf: async () => undefined });
    assert.equal((await open(nowhere.opener, sealedRaw())).kind, 'locked');
    assert.deepEqual(nowhere.asked, []);
  });

  it('relates to what its envelope says, whatever the ciphertext says', async () => {
    const inner = { 'm.in_reply_to': { event_id: '$inner' } };
    const { opener } = opening(
      clear('m.room.message', { msgtype: 'm.text', body: 'x', 'm.relates_to': inner }),
    );
    const alone = await open(opener, sealedRaw());
    assert.ok(alone.kind === 'event' && alone.event.kind === 'message');
    assert.equal(alone.event.replyTo, undefined);
    const answer = await open(
      opener,
      sealedRaw({ 'm.relates_to': { 'm.in_reply_to': { event_id: '$outer' } } }),
    );
    assert.ok(answer.kind === 'event' && answer.event.kind === 'message');
    assert.deepEqual(answer.event.replyTo, { in: 'matrix', eventId: '$outer' });
  });

  it('is nothing that servers act on', async () => {
    for (const type of ['m.room.redaction', 'm.room.member', 'm.room.encrypted', 'm.room.tombstone']) {
      const { opener } = opening(clear(type, { redacts: '$x', membership: 'leave', ...envelope }));
      const ended = await open(opener, sealedRaw());
      assert.deepEqual([ended.kind, 'reason' in ended && ended.reason], ['failed', 'not-genuine'], type);
    }
    const { opener } = opening(clear('m.room.name', { name: 'x' }));
    assert.deepEqual(await open(opener, sealedRaw()), { kind: 'ignored', reason: 'nothing-to-do' });
  });

  it('says why it cannot be taken for what it seems', async () => {
    const expected = {
      tampered: 'not-genuine',
      replayed: 'replayed',
      'mismatched-sender': 'other-sender',
      'untrusted-device': 'untrusted-device',
      malformed: 'broken-event',
    } as const;
    for (const [why, reason] of Object.entries(expected)) {
      const { opener } = opening({ kind: 'refused', why: why as keyof typeof expected });
      assert.partialDeepStrictEqual(await open(opener, sealedRaw()), {
        kind: 'failed',
        reason,
        retry: { kind: 'never' },
        user: alice,
      });
    }
  });

  it('is tried again where the engine is in trouble that passes', async () => {
    const trouble: Trouble = {
      ...{ kind: 'trouble', retry: 'later', afterMs: 7, errcode: undefined, cause: undefined },
      what: 'homeserver',
    };
    const later = await open(opening(trouble).opener, sealedRaw());
    assert.partialDeepStrictEqual(later, { kind: 'failed', retry: { kind: 'later', afterMs: 7 } });
    const never = await open(opening({ ...trouble, what: 'broken', retry: 'never' }).opener, sealedRaw());
    assert.partialDeepStrictEqual(never, { reason: 'broken-event', retry: { kind: 'never' } });
  });

  it('is locked without a key, with what its sender says of that', async () => {
    const { opener } = opening({ kind: 'locked', sessionId: 's', withheld: 'm.unverified' });
    const locked = { kind: 'locked', user: alice, room, sessionId: 's', withheld: 'm.unverified' };
    assert.deepEqual(await open(opener, sealedRaw()), locked);
  });

  it('says nothing once it was redacted, and is not opened where it makes no sense', async () => {
    const { opener, asked } = opening(hello);
    const redacted = sealedRaw({}, { unsigned: { redacted_because: {} } });
    assert.equal((await open(opener, redacted)).kind, 'ignored');
    assert.equal((await open(opener, roomEvent({ type: 'm.room.encrypted', content: {} }))).kind, 'ignored');
    for (const content of [
      { algorithm: 'm.olm' },
      { session_id: '' },
      { session_id: 'x'.repeat(300) },
      { ciphertext: 7 },
    ])
      assert.equal((await open(opener, sealedRaw(content))).kind, 'unsupported');
    assert.deepEqual(asked, []);
  });

  it('cannot be read without an engine', async () => {
    const { opener } = opening(hello, { engine: undefined });
    assert.deepEqual(await open(opener, sealedRaw()), {
      kind: 'unsupported',
      reason: 'no-encryption',
      user: alice,
    });
  });

  it('may hold anything without harm', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.oneof(fc.json(), fc.string()), async (type, content) => {
        const { opener } = opening({ kind: 'opened', type, content, trust: 'unknown' });
        assert.ok((await open(opener, sealedRaw())).kind !== 'locked');
      }),
    );
  });
});

describe('a verification', () => {
  const ask = (to: unknown): string =>
    roomEvent({ content: { msgtype: 'm.key.verification.request', body: 'x', to, from_device: 'A' } });

  it('is seen where it is asked of a ghost or the bot, in the clear or encrypted', async () => {
    const { opener } = opening(clear('m.room.message', { msgtype: 'm.key.verification.request', to: bot }));
    const asked = { kind: 'verification', user: alice, room, request: '$event', of: ghostOfBob };
    assert.deepEqual(await open(opener, ask(ghostOfBob)), asked);
    assert.deepEqual(await open(opener, sealedRaw()), { ...asked, of: bot });
  });

  it('is nothing of ours where it is asked of others, and its steps say nothing', async () => {
    const { opener } = opening(hello);
    const nothing = { kind: 'ignored', reason: 'verification' };
    for (const to of [alice, matrixUserId('@carol:hs'), 7, undefined])
      assert.deepEqual(await open(opener, ask(to)), nothing);
    for (const step of ['start', 'ready', 'cancel', 'mac'])
      assert.deepEqual(
        await open(opener, roomEvent({ type: `m.key.verification.${step}`, content: {} })),
        nothing,
      );
  });
});
