import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { imageSize } from '../../src/core/image-size.ts';
import { eventually } from './eventually.ts';
import { square } from './square.ts';
import { noise } from './samples.ts';
import { signalWays, type SignalPair } from './signal-chat.ts';
import { acquaint, type Stage } from './stage.ts';

/** What people are called and look like, kept in step. */
export function peopleCases(stage: Stage): void {
  describe('people', () => {
    let ends: SignalPair | undefined;
    const pair = (): SignalPair => {
      assert.ok(ends !== undefined);
      return ends;
    };
    before(async () => {
      ends = await stage.rig().signals(await acquaint(stage.rig()));
    });
    for (const { name, from, to } of signalWays) {
      it(`a new name is followed ${name}`, async () => {
        for (const called of [`Ada ${name}`, `Ada the Second ${name}`]) {
          await from(pair()).rename(called);
          await eventually(called, async () => (await to(pair()).name()) === called || undefined);
        }
      });

      it(`a picture, another one, and none are followed ${name}`, async () => {
        let before: Uint8Array | undefined;
        for (const grey of [200, 90]) {
          const file = square(`face-${grey}.png`, 96, grey);
          await from(pair()).picture(file);
          before = await eventually(
            `the picture ${grey}`,
            async () => another(await to(pair()).face(), before),
            30_000,
          );
          // A homeserver scales and codes pictures anew for the network, so there they are only other ones.
          if (name === 'to Matrix') assert.deepEqual(Buffer.from(before), Buffer.from(file.bytes));
        }
        await from(pair()).picture(undefined);
        await eventually(
          'no picture',
          async () => (await to(pair()).face()) === undefined || undefined,
          30_000,
        );
      });
    }

    it('names that turn, hide or are endless are cleaned to Matrix', async () => {
      await pair().remote.rename(`\u202eevil\n ${'x'.repeat(10_000)}`);
      const seen = await eventually('the cleaned name', async () => {
        const called = await pair().matrix.name();
        return called?.startsWith('evil x') === true ? called : undefined;
      });
      assert.equal(Array.from(seen).length, 100);
    });

    it('what is no picture is not shown as one', async () => {
      const file = square('face.png', 64, 150);
      await pair().remote.picture(file);
      await eventually(
        'the picture',
        async () => (await pair().matrix.face()) !== undefined || undefined,
        30_000,
      );
      const before = await pair().matrix.face();
      await pair().remote.picture({ ...noise('fake.png', 500), type: 'image/png' });
      await pair().remote.rename('After the fake');
      await eventually(
        'the name',
        async () => (await pair().matrix.name()) === 'After the fake' || undefined,
      );
      assert.deepEqual(await pair().matrix.face(), before);
    });
  });
}

/** A picture that is one, and not the one before. */
function another(seen: Uint8Array | undefined, before: Uint8Array | undefined): Uint8Array | undefined {
  if (seen === undefined || imageSize(seen) === undefined) return undefined;
  return before !== undefined && Buffer.compare(seen, before) === 0 ? undefined : seen;
}
