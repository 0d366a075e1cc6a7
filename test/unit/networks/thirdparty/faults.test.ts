import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { openBytes } from '../../../../src/core/inline-media.ts';
import { remoteChatId, remoteUserId } from '../../../../src/core/ids.ts';
import type { Arrival } from '../../../../src/core/network.ts';
import { pad } from '../../../../src/interop/message/padding.ts';
import { encodeMessage } from '../../../../src/interop/message/protobuf.ts';
import { openArrival } from '../../../../src/networks/thirdparty/from-remote.ts';
import { partner } from '../../../support/third-party-partner.ts';
import {
  alice,
  handle,
  message,
  messagesIn,
  portalOf,
  scene,
  words,
  type Scene,
} from '../../../support/third-party-scene.ts';
import { anyMessage } from '../../../support/wire-messages.ts';

/** The database goes away at the `nth` write from now on, before or after it was made, until it is `healed`. */
function breakAt(on: Scene, nth: number, side: 'before' | 'after'): void {
  let left = nth;
  const step = (name: string): void => {
    if (name !== 'commit') return;
    left -= 1;
    if (left < 0) throw new Error('the database is away');
  };
  on.records[side] = on.store[side] = step;
}

function heal(on: Scene): void {
  on.records.before = on.records.after = on.store.before = on.store.after = (): void => undefined;
}

function picture(bytes: Uint8Array): Parameters<typeof message>[0] {
  const nothing = { width: undefined, height: undefined, duration: undefined, waveform: undefined };
  return {
    kind: 'media',
    media: {
      ...{ kind: 'image', name: 'a.jpg', mimetype: 'image/jpeg', size: bytes.byteLength, ...nothing },
      ...{ blurhash: undefined, thumbnail: undefined, open: openBytes(bytes, 'image/jpeg') },
    },
    caption: undefined,
  };
}

describe('third-party chats whose database goes away in the middle', () => {
  for (const side of ['before', 'after'] as const) {
    it(`lose nothing that comes in and take nothing twice (${side} the write)`, async () => {
      await using on = await scene();
      const bob = await partner(on);
      const address = (await bob.find('alice')) ?? assert.fail();
      let failures = 0;
      for (let nth = 0; nth < 12; nth += 1) {
        const id = `A${nth}`;
        breakAt(on, nth % 9, side);
        const first = await bob.say(address, id, { conversation: id }).catch(() => undefined);
        heal(on);
        await on.restart();
        if (first !== undefined) continue;
        failures += 1;
        assert.deepEqual(await bob.say(address, id, { conversation: id }), {});
      }
      assert.ok(failures >= 4, String(failures));
      const texts = messagesIn(on).map((event) =>
        event.kind === 'message' && event.content.kind === 'text' ? event.content.text.plain : event.kind,
      );
      assert.deepEqual(
        [...new Set(texts)],
        Array.from({ length: 12 }, (_none, nth) => `A${nth}`),
      );
      const kept = on.sink.arrivals.all.filter(({ outerId }) => outerId.startsWith('message'));
      assert.equal(new Set(kept.map(({ outerId }) => outerId)).size, 12);
      const delivered = bob.receipts().map(({ id }) => id);
      assert.deepEqual(delivered, [...new Set(delivered)]);
      assert.equal(delivered.length, 12);
    });

    it(`send everything once, in order, with its file (${side} the write)`, async () => {
      await using on = await scene();
      const bob = await partner(on);
      let failures = 0;
      for (let nth = 0; nth < 12; nth += 1) {
        const event = message(nth % 3 === 2 ? picture(randomBytes(100)) : words(`M${nth}`));
        breakAt(on, nth % 7, side);
        const first = await handle(on, event, portalOf(bob)).catch(() => undefined);
        heal(on);
        await on.restart();
        if (first === undefined) failures += 1;
        const again = await handle(on, event, portalOf(bob));
        assert.equal(again.kind, 'sent');
        if (first !== undefined) assert.deepEqual(again, first);
      }
      assert.ok(failures >= 3, String(failures));
      const read = await bob.read();
      assert.deepEqual(
        read.map((one) => one.message.conversation ?? Object.keys(one.message)[0]),
        Array.from({ length: 12 }, (_none, nth) => (nth % 3 === 2 ? 'imageMessage' : `M${nth}`)),
      );
      assert.equal(on.shelf.total().files, 4);
    });
  }

  it('answer a message that could not be kept with nothing at all', async () => {
    await using on = await scene();
    const bob = await partner(on);
    const address = (await bob.find('alice')) ?? assert.fail();
    on.sink.keep = () => Promise.reject(new Error('the database is away'));
    await assert.rejects(bob.say(address, 'A1', { conversation: 'hello' }));
    assert.deepEqual(bob.receipts(), []);
  });
});

describe('arrivals of third-party chats', () => {
  const base: Arrival = {
    ...{ outerId: 'message 12-7 8 A1', chat: remoteChatId('12-7'), sender: remoteUserId('12-7') },
    ...{ receiver: alice, at: 1_700_000_000_000, raw: '' },
  };
  const sources = { open: () => () => assert.fail('nothing is fetched while it is opened') };
  const kept = (padded: Uint8Array): string =>
    JSON.stringify({
      ...{ kind: 'message', id: 'A1', resident: '8', notify: 'Bob' },
      padded: Buffer.from(padded).toString('base64'),
    });
  const raw = fc.oneof(
    { weight: 5, arbitrary: anyMessage(3).map((wire) => kept(pad(encodeMessage(wire), 3))) },
    { weight: 3, arbitrary: fc.uint8Array({ maxLength: 200 }).map(kept) },
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc
      .record({ kind: fc.constantFrom('message', 'identity'), identity: fc.string(), id: fc.string() })
      .map((value) => JSON.stringify(value)),
  );

  it('open to an event or a reason, the same every time, whatever they are', () => {
    fc.assert(
      fc.property(raw, fc.constantFrom('12-7', 'x', '1-0', '12-7@interop'), (text, sender) => {
        const arrival = { ...base, raw: text, sender: remoteUserId(sender) };
        const opened = openArrival(arrival, 'a cause', sources);
        assert.ok(['event', 'ignored', 'unsupported'].includes(opened.kind));
        if (opened.kind === 'event') {
          assert.deepEqual(opened.event.sender, { in: 'remote', userId: sender });
          assert.equal(opened.event.cause, 'a cause');
        }
        const again = openArrival(arrival, 'a cause', sources);
        assert.equal(JSON.stringify(again), JSON.stringify(opened));
      }),
      { numRuns: 10_000 },
    );
  });
});
