import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { delivered, eventually, seesText } from './eventually.ts';
import { signalWays, type SignalPair } from './signal-chat.ts';
import { acquaint, ways, type Pair, type Stage } from './stage.ts';

/** What is told in passing: writing, reading, being there. */
export function signalCases(stage: Stage): void {
  describe('signals', () => {
    let pair: Pair | undefined;
    let ends: SignalPair | undefined;
    const both = (): { readonly pair: Pair; readonly ends: SignalPair } => {
      assert.ok(pair !== undefined && ends !== undefined);
      return { pair, ends };
    };
    before(async () => {
      pair = await acquaint(stage.rig());
      ends = await stage.rig().signals(pair);
    });
    it('reading that is private is not seen by the other', async () => {
      const { pair: two, ends: signal } = both();
      const ids: string[] = [];
      for (const text of ['for me alone', 'for all to see']) {
        ids.push(await two.remoteChat.say(text));
        const there = await seesText(two.matrixChat, text);
        if (ids.length === 1) await signal.matrix.readPrivately?.(there.id);
        else await signal.matrix.read(there.id);
      }
      const [secret = '', open = ''] = ids;
      await eventually('the reading', async () => (await signal.remote.isRead(open)) || undefined);
      assert.equal(await signal.remote.isRead(secret), false);
    });
    for (const [index, way] of signalWays.entries()) {
      typingCases(way, ways[index] ?? ways[0], both);
      presenceCases(way, both);
    }
  });
}

type Both = () => { readonly pair: Pair; readonly ends: SignalPair };

function typingCases(
  { name, from, to }: (typeof signalWays)[number],
  way: (typeof ways)[number] | undefined,
  both: Both,
): void {
  it(`writing and stopping is seen ${name}`, async () => {
    const { ends } = both();
    await from(ends).type(true);
    await eventually('writing', async () => (await to(ends).isTyping()) || undefined);
    await from(ends).type(false);
    await eventually('the end of writing', async () => !(await to(ends).isTyping()) || undefined);
  });

  it(`reading is seen ${name}, and says that the message has arrived`, async () => {
    const { pair, ends } = both();
    assert.ok(way !== undefined);
    // The reader is who signals; what is read was said by the other.
    const id = await way.to(pair).say(`read me ${name}`);
    const there = await seesText(way.from(pair), `read me ${name}`);
    assert.equal(await to(ends).isRead(id), false);
    await from(ends).read(there.id);
    await eventually('the reading', async () => (await to(ends).isRead(id)) || undefined);
    await delivered(way.to(pair), id);
  });

  it(`a message ends the writing ${name}`, async () => {
    const { pair, ends } = both();
    assert.ok(way !== undefined);
    await from(ends).type(true);
    await eventually('writing', async () => (await to(ends).isTyping()) || undefined);
    await way.from(pair).say(`written ${name}`);
    await seesText(way.to(pair), `written ${name}`);
    await from(ends).type(false);
    await eventually('the end of writing', async () => !(await to(ends).isTyping()) || undefined);
  });
}

function presenceCases({ name, from, to }: (typeof signalWays)[number], both: Both): void {
  it(`being away, there and gone is seen ${name}`, async () => {
    const { ends } = both();
    for (const presence of ['away', 'online', 'offline', 'online'] as const) {
      await from(ends).be(presence, `I am ${presence}`);
      const seen = await eventually(
        presence,
        async () => {
          const now = await to(ends).presence();
          return now?.presence === presence ? now : undefined;
        },
        30_000,
      );
      if (presence !== 'offline') assert.equal(seen.status, `I am ${presence}`);
    }
  });
}
