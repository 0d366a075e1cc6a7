import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { MessageStanza } from '../../../../src/interop/stanza/message.ts';
import type { Retry } from '../../../../src/interop/stanza/receipt.ts';
import { keyNameOf } from '../../../support/signal-name.ts';
import { smallLimits } from '../../../support/signal-scene.ts';
import {
  anew,
  homeUser,
  KeyShelf,
  loseSessions,
  partner,
  receiptOf,
  stanzaOf,
  talker,
  textOf,
  type Talker,
} from '../../../support/talk-scene.ts';

class Fault extends Error {}

/** What is on its way to somebody. */
type Letter =
  | { readonly kind: 'message'; readonly stanza: MessageStanza }
  | { readonly kind: 'retry'; readonly about: Retry }
  | { readonly kind: 'delivered'; readonly id: string };

interface Side {
  self: Talker;
  readonly coming: Letter[];
  /** What was sent and is not known to have arrived. */
  readonly owed: Map<string, string>;
  /** What was read: the core's events, known by their ids. */
  readonly read: Map<string, string>;
}

const by = fc.constantFrom(0, 1);
const which = fc.nat();
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('send' as const), by }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('receive' as const), by, which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('repeat' as const), by, which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const), by, which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), by }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const), by }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      by,
      at: fc.integer({ min: 1, max: 12 }),
      when: fc.constantFrom('before' as const, 'after' as const),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const limits = { ...smallLimits, maxRetries: 60, maxResets: 1_000, maxAsked: 1_000 };

class Talks {
  readonly shelf: KeyShelf;
  readonly sides: readonly [Side, Side];
  readonly keys = new Map<string, string>();
  #sent = 0;

  constructor(shelf: KeyShelf, one: Talker, other: Talker) {
    this.shelf = shelf;
    const side = (self: Talker): Side => ({ self, coming: [], owed: new Map(), read: new Map() });
    this.sides = [side(one), side(other)];
  }

  async take(one: Step): Promise<void> {
    const [side, other] = this.pair(one.by);
    switch (one.kind) {
      case 'send':
        return this.#send(side, other);
      case 'receive':
        return this.receive(side, other, one.which);
      case 'repeat': {
        const letter = side.coming[one.which % Math.max(1, side.coming.length)];
        if (letter !== undefined) side.coming.push(letter);
        return undefined;
      }
      case 'lose':
        side.coming.splice(one.which % Math.max(1, side.coming.length), 1);
        return undefined;
      case 'restart':
        side.self = anew(side.self, this.shelf, limits);
        return undefined;
      case 'forget':
        loseSessions(side.self);
        return undefined;
      case 'fault':
        sabotage(side.self, one);
        return undefined;
    }
  }

  pair(index: number): readonly [Side, Side] {
    const [one, other] = this.sides;
    return index === 0 ? [one, other] : [other, one];
  }

  /** Says again what is owed and not on its way. */
  async insist(side: Side, other: Side): Promise<void> {
    for (const id of side.owed.keys())
      if (!other.coming.some((letter) => letter.kind === 'message' && letter.stanza.id === id))
        await this.#say(side, other, id);
  }

  async receive(side: Side, other: Side, index: number): Promise<void> {
    const at = index % Math.max(1, side.coming.length);
    const letter = side.coming[at];
    if (letter === undefined) return;
    const done = await this.#tried(side, () => this.#handle(side, other, letter));
    // What could not be kept is not acknowledged, and comes again.
    if (done) side.coming.splice(side.coming.indexOf(letter), 1);
  }

  async #send(side: Side, other: Side): Promise<void> {
    const id = `ID${this.#sent}`;
    this.#sent += 1;
    side.owed.set(id, `text of ${id}`);
    await this.#say(side, other, id);
  }

  async #say(side: Side, other: Side, id: string): Promise<void> {
    await this.#tried(side, async () => {
      const made = await side.self.talk.seal(other.self.address, id, Buffer.from(`text of ${id}`));
      assert.ok(made.kind === 'sealed', JSON.stringify(made));
      other.coming.push({ kind: 'message', stanza: this.#used(stanzaOf(side.self, id, made.sealed)) });
    });
  }

  async #handle(side: Side, other: Side, letter: Letter): Promise<void> {
    const { talk } = side.self;
    switch (letter.kind) {
      case 'message':
        return this.#open(side, other, letter.stanza);
      case 'retry': {
        const { messageId: id } = letter.about;
        const again = await talk.askedAgain(receiptOf(other.self, letter.about));
        assert.ok(again === undefined || !('kind' in again));
        if (again === undefined) assert.ok(!side.owed.has(id), `${id} is owed and not sealed again`);
        else other.coming.push({ kind: 'message', stanza: this.#used(stanzaOf(side.self, id, ...again)) });
        return undefined;
      }
      case 'delivered':
        await talk.delivered(other.self.address, [letter.id]);
        side.owed.delete(letter.id);
        return undefined;
    }
  }

  async #open(side: Side, other: Side, stanza: MessageStanza): Promise<void> {
    const { talk } = side.self;
    const { id } = stanza;
    const opened = await talk.open(stanza);
    switch (opened.kind) {
      case 'opened': {
        const text = textOf(opened);
        assert.equal(text, `text of ${id}`);
        side.read.set(id, text);
        await talk.released(other.self.address, id);
        other.coming.push({ kind: 'delivered', id });
        return;
      }
      case 'known':
        assert.ok(side.read.has(id), `${id} is said to be known, and was never read`);
        other.coming.push({ kind: 'delivered', id });
        return;
      case 'ask':
        assert.ok(!side.read.has(id), `${id} is asked for, and was read`);
        other.coming.push({ kind: 'retry', about: opened.receipt });
        return;
      case 'closed':
        assert.fail(`${id} is given up: ${opened.reason}`);
    }
  }

  /** A step of a ratchet is used for one ciphertext. */
  #used(stanza: MessageStanza): MessageStanza {
    for (const { type, ciphertext } of stanza.sealed) {
      assert.ok(type !== 'skmsg');
      const name = keyNameOf(type, ciphertext);
      const text = Buffer.from(ciphertext).toString('base64');
      assert.equal(this.keys.get(name) ?? text, text, 'a key was used twice');
      this.keys.set(name, text);
    }
    return stanza;
  }

  /** False where a store failed: then the process is started anew. */
  async #tried(side: Side, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      side.self = anew(side.self, this.shelf, limits);
      return false;
    }
  }
}

/** The store fails once, `at` so many of its steps from here. */
function sabotage({ person: { store } }: Talker, plan: { at: number; when: 'before' | 'after' }): void {
  let left = plan.at;
  const fail = (): void => {
    left -= 1;
    if (left === 0) throw new Fault('the store fails');
  };
  store.before = plan.when === 'before' ? fail : () => undefined;
  store.after = plan.when === 'after' ? fail : () => undefined;
}

function heal({ person: { store } }: Talker): void {
  store.before = () => undefined;
  store.after = () => undefined;
}

describe('two who talk, over a line that loses, repeats and mixes up', () => {
  it('read each message once, whatever fails when', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 70, size: 'max' }), async (steps) => {
        const shelf = new KeyShelf();
        const talks = new Talks(
          shelf,
          await talker(shelf, partner, limits),
          await talker(shelf, homeUser, limits),
        );
        for (const one of steps) await talks.take(one);
        for (const { self } of talks.sides) heal(self);
        for (
          let round = 0;
          talks.sides.some(({ coming, owed }) => coming.length + owed.size > 0);
          round += 1
        ) {
          assert.ok(round < 40, 'it does not come to an end');
          for (const index of [0, 1]) {
            const [side, other] = talks.pair(index);
            await talks.insist(side, other);
            for (let left = other.coming.length; left > 0; left -= 1) await talks.receive(other, side, 0);
          }
        }
        const sent = steps.filter(({ kind }) => kind === 'send').length;
        assert.equal(talks.sides[0].read.size + talks.sides[1].read.size, sent);
      }),
      { numRuns: 100 },
    );
  });
});
