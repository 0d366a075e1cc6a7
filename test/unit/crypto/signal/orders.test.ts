import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Sealed } from '../../../../src/crypto/signal/sessions.ts';
import type { MemorySignalStore } from '../../../support/memory-signal.ts';
import { keyNameOf } from '../../../support/signal-name.ts';
import {
  bundleOf,
  newId,
  open,
  opened,
  person,
  type Person,
  reasonOf,
  restarted,
  sealed,
} from '../../../support/signal-scene.ts';

interface Letter {
  readonly text: string;
  readonly message: Sealed;
}

interface Side {
  self: Person<MemorySignalStore>;
  /** What is on its way to this side. */
  readonly coming: Letter[];
  readonly read: Letter[];
}

const side = fc.constantFrom(0, 1);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('send' as const), by: side }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('receive' as const), by: side, which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replay' as const), by: side, which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), by: side }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('begin anew' as const), by: side }) },
);

class Talk {
  readonly sides: readonly [Side, Side];
  readonly names = new Set<string>();
  sent = 0;

  constructor(one: Person<MemorySignalStore>, other: Person<MemorySignalStore>) {
    this.sides = [
      { self: one, coming: [], read: [] },
      { self: other, coming: [], read: [] },
    ];
  }

  async begin(by: number): Promise<void> {
    const [self, other] = this.#pair(by);
    const made = await self.self.party.establish(other.self.name, await bundleOf(other.self));
    assert.equal(made.kind, 'established');
  }

  async send(by: number): Promise<void> {
    const [self, other] = this.#pair(by);
    if (!(await self.self.party.has(other.self.name))) return;
    const text = `${self.self.name} ${this.sent}`;
    const message = await sealed(self.self, other.self, text);
    this.sent += 1;
    this.names.add(keyNameOf(message.type, message.bytes));
    other.coming.push({ text, message });
  }

  async receive(by: number, which: number): Promise<void> {
    const [self, other] = this.#pair(by);
    const [letter] = self.coming.splice(which % Math.max(1, self.coming.length), 1);
    if (letter === undefined) return;
    assert.equal(await opened(self.self, other.self, letter.message), letter.text);
    self.read.push(letter);
  }

  async replay(by: number, which: number): Promise<void> {
    const [self, other] = this.#pair(by);
    const letter = self.read[which % Math.max(1, self.read.length)];
    if (letter === undefined) return;
    assert.notEqual(reasonOf(await open(self.self, other.self, letter.message, newId())), undefined);
  }

  restart(by: number): void {
    const [self] = this.#pair(by);
    self.self = restarted(self.self);
  }

  #pair(by: number): readonly [Side, Side] {
    const [one, other] = this.sides;
    return by === 0 ? [one, other] : [other, one];
  }
}

describe('messages in any order', () => {
  it('open once each, whoever begins, and no key is used twice', async () => {
    const ends = fc.array(fc.nat(), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), ends, async (steps, order) => {
        const talk = new Talk(await person('alice'), await person('bob'));
        await talk.begin(0);
        for (const one of steps) {
          switch (one.kind) {
            case 'send':
              await talk.send(one.by);
              break;
            case 'receive':
              await talk.receive(one.by, one.which);
              break;
            case 'replay':
              await talk.replay(one.by, one.which);
              break;
            case 'restart':
              talk.restart(one.by);
              break;
            case 'begin anew':
              if (talk.sent < 20) await talk.begin(one.by);
              break;
          }
        }
        for (const by of [0, 1]) {
          for (let i = 0; (talk.sides[by]?.coming.length ?? 0) > 0; i += 1)
            await talk.receive(by, order[i % order.length] ?? 0);
        }
        assert.equal(talk.names.size, talk.sent);
      }),
      { numRuns: 60 },
    );
  });
});
