import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { matrixEventId } from '../../../src/core/ids.ts';
import { expiryFields, expiryIn, timerFields, timerIn, timerType } from '../../../src/matrix/disappearing.ts';
import { declining, parseCall } from '../../../src/matrix/parse-call.ts';

const eventId = matrixEventId('$event');
const parse = (type: string, content: Readonly<Record<string, unknown>>): ReturnType<typeof parseCall> =>
  parseCall(type, content, eventId, (user) => user === '@ghost:hs');
const types = [
  ...['m.call.invite', 'm.call.hangup', 'm.rtc.notification'],
  ...['org.matrix.msc4075.rtc.notification', 'org.matrix.msc4075.call.notify'],
];

describe('a call in a room', () => {
  it('is answered as its version answers calls that are not taken', () => {
    const old = parse('m.call.invite', { call_id: 'c', version: 0 });
    assert.deepEqual(old, { kind: 'call', change: 'ring', call: 'v0 c', media: 'audio' });
    assert.deepEqual(declining('v0 c'), {
      type: 'm.call.hangup',
      content: { call_id: 'c', version: 0, reason: 'user_hangup' },
    });
    const sdp = 'v=0\r\nm=audio 9 x\r\nm=video 9 x\r\n'.replaceAll('\r', '');
    const video = parse('m.call.invite', { call_id: 'c d', version: '1', offer: { type: 'offer', sdp } });
    assert.deepEqual(video, { kind: 'call', change: 'ring', call: 'v1 c d', media: 'video' });
    assert.deepEqual(declining('v1 c d'), {
      type: 'm.call.reject',
      content: { call_id: 'c d', party_id: 'bridge', version: '1' },
    });
    const rtc = parse('org.matrix.msc4075.rtc.notification', {
      notification_type: 'ring',
      'm.call.intent': 'video',
    });
    assert.deepEqual(rtc, { kind: 'call', change: 'ring', call: 'rtc $event', media: 'video' });
    assert.deepEqual(declining('rtc $event'), {
      type: 'org.matrix.msc4310.rtc.decline',
      content: { 'm.relates_to': { rel_type: 'm.reference', event_id: '$event' } },
    });
  });

  it('ends by its name, and is nothing where it is for somebody who is no ghost', () => {
    const end = parse('m.call.hangup', { call_id: 'c', version: '1' });
    assert.deepEqual(end, { kind: 'call', change: 'end', call: 'v1 c', media: undefined });
    const invite = { call_id: 'c', version: '1' };
    assert.equal(parse('m.call.invite', { ...invite, invitee: '@ghost:hs' })?.kind, 'call');
    assert.equal(parse('m.call.invite', { ...invite, invitee: '@carol:hs' })?.kind, 'ignored');
    assert.equal(parse('m.call.candidates', invite), undefined);
  });

  it('is broken without a name that can be answered', () => {
    for (const call_id of [undefined, '', 7, 'x'.repeat(256), 'a\u0000b'])
      assert.equal(parse('m.call.invite', { call_id })?.kind, 'unsupported');
  });

  it('is read whatever it holds, and what rings can be declined', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.dictionary(
          fc.constantFrom('call_id', 'version', 'invitee', 'offer', 'm.call.intent'),
          fc.jsonValue(),
        ),
        (type, content) => {
          const parsed = parse(type, content);
          if (parsed?.kind === 'call') assert.notEqual(declining(parsed.call), undefined);
        },
      ),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (call) => void declining(call)));
  });
});

describe('a timer in a room', () => {
  it('is what bridges write, and nothing where it is empty', () => {
    assert.deepEqual(timerIn({ type: 'after_send', timer: 5_000 }), { afterMs: 5_000, from: 'sending' });
    assert.deepEqual(timerIn({ type: 'after_read', timer: 5_000 }), { afterMs: 5_000, from: 'reading' });
    for (const none of [{}, { type: 'after_send' }, { type: 'other', timer: 5 }, { timer: 5_000 }])
      assert.equal(timerIn(none), undefined);
    for (const timer of [0, -1, 1e15, '5000', null, Number.NaN])
      assert.equal(timerIn({ type: 'after_send', timer }), undefined);
    // Nobody could have seen it.
    assert.equal(timerIn({ type: 'after_send', timer: 3 })?.afterMs, 1_000);
  });

  it('reads back what it writes, beside whatever else a message says', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_000, max: 150_000_000_000 }),
        fc.constantFrom('sending' as const, 'reading' as const),
        (afterMs, from) => {
          const expires = { afterMs, from };
          assert.deepEqual(timerIn(timerFields(expires)), expires);
          assert.deepEqual(expiryIn({ body: 'x', ...expiryFields(expires) }), { expires });
        },
      ),
    );
    assert.deepEqual(expiryIn({ body: 'x', [timerType]: {} }), {});
    assert.deepEqual(timerFields(undefined), {});
  });

  it('is read whatever it holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('type', 'timer', timerType), fc.jsonValue()), (content) => {
        timerIn(content);
        expiryIn(content);
      }),
    );
  });
});
