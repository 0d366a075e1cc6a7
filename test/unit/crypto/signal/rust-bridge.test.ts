/** Held against another implementation of Signal's protocol, that of `whatsapp-rust-bridge`. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Bundle } from '../../../../src/crypto/signal/bundle.ts';
import { Stranger } from '../../../support/signal-stranger.ts';
import { bundleOf, newId, person, reasonOf } from '../../../support/signal-scene.ts';

const texts = ['', 'hello', 'x'.repeat(5_000)];

describe("another implementation's sessions", () => {
  it('open what ours seal and the other way round, begun by ours', async () => {
    const alice = await person('alice');
    const rust = new Stranger('rust');
    const made = await alice.party.establish('rust', rust.bundle());
    assert.equal(made.kind, 'established');
    for (const [index, text] of texts.entries()) {
      const message = await alice.party.seal('rust', newId(), Buffer.from(text));
      assert.ok(message.kind === 'sealed' && message.type === (index === 0 ? 'pkmsg' : 'msg'));
      assert.equal(message.bytes[0], 0x33);
      assert.equal(await rust.open('alice', message), text);
      const answer = await rust.seal('alice', `re: ${text}`);
      assert.deepEqual([answer.type, answer.bytes[0]], ['msg', 0x33]);
      const opened = await alice.party.open('rust', newId(), answer.type, answer.bytes);
      assert.ok(opened.kind === 'opened', reasonOf(opened));
      assert.equal(Buffer.from(opened.bytes).toString(), `re: ${text}`);
    }
  });

  for (const [what, change] of [
    ['with a one-time prekey', (bundle: Bundle) => bundle],
    ['without one', (bundle: Bundle) => ({ ...bundle, prekey: undefined })],
  ] as const) {
    it(`and the other way round, begun by the other, ${what}`, async () => {
      const alice = await person('alice');
      const rust = new Stranger('rust');
      await rust.establish('alice', change(await bundleOf(alice)));
      for (const [index, text] of texts.entries()) {
        const message = await rust.seal('alice', text);
        assert.deepEqual([message.type, message.bytes[0]], [index === 0 ? 'pkmsg' : 'msg', 0x33]);
        const opened = await alice.party.open('rust', newId(), message.type, message.bytes);
        assert.ok(opened.kind === 'opened', reasonOf(opened));
        assert.equal(Buffer.from(opened.bytes).toString(), text);
        const answer = await alice.party.seal('rust', newId(), Buffer.from(`re: ${text}`));
        assert.ok(answer.kind === 'sealed' && answer.type === 'msg');
        assert.equal(await rust.open('alice', answer), `re: ${text}`);
      }
    });
  }

  it('open out of order, and once', async () => {
    const alice = await person('alice');
    const rust = new Stranger('rust');
    await rust.establish('alice', await bundleOf(alice));
    const first = await rust.seal('alice', 'first');
    assert.equal((await alice.party.open('rust', newId(), first.type, first.bytes)).kind, 'opened');
    const hello = await alice.party.seal('rust', newId(), Buffer.from('hello'));
    assert.ok(hello.kind === 'sealed');
    await rust.open('alice', hello);
    const sent = [];
    for (let i = 0; i < 5; i += 1) sent.push({ text: `m${i}`, message: await rust.seal('alice', `m${i}`) });
    for (const { text, message } of sent.toReversed()) {
      const opened = await alice.party.open('rust', newId(), message.type, message.bytes);
      assert.ok(opened.kind === 'opened' && Buffer.from(opened.bytes).toString() === text);
    }
    for (const { message } of sent) {
      const again = await alice.party.open('rust', newId(), message.type, message.bytes);
      assert.equal(reasonOf(again), 'replayed');
    }
  });

  it('agree on signatures of prekeys', async () => {
    const rust = new Stranger('rust');
    assert.equal(rust.verifies(await bundleOf(await person('alice'))), true);
    const bundle = await bundleOf(await person('alice'));
    assert.equal(
      rust.verifies({ ...bundle, identity: (await bundleOf(await person('bob'))).identity }),
      false,
    );
  });
});
