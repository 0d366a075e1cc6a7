import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Fence } from '../../../../src/networks/xmpp/fence.ts';

describe('the fence', () => {
  const setUp = (most?: number): { fence: Fence; sent: string[] } => {
    const sent: string[] = [];
    return {
      fence: new Fence(
        'f-',
        (id) => sent.push(id),
        () => 7,
        most,
      ),
      sent,
    };
  };
  const state = async (pass: Promise<boolean>): Promise<boolean | 'waiting'> =>
    Promise.race([pass, turn('waiting' as const)]);

  it('serves all that was written in one turn with one request', async () => {
    const { fence, sent } = setUp();
    const passes = [fence.pass(), fence.pass(), fence.pass()];
    await turn();
    assert.deepEqual(sent, ['f-1']);
    assert.equal(fence.oldest, 7);
    assert.ok(fence.answered('f-1'));
    assert.deepEqual(await Promise.all(passes), [true, true, true]);
    assert.equal(fence.oldest, undefined);
  });

  it('does not pass what was written after the request that was answered', async () => {
    const { fence, sent } = setUp();
    const early = fence.pass();
    await turn();
    const late = fence.pass();
    await turn();
    fence.answered('f-1');
    assert.equal(await state(early), true);
    assert.equal(await state(late), 'waiting');
    assert.deepEqual(sent, ['f-1', 'f-2']);
  });

  it('has few requests on their way, and goes on when one comes back', async () => {
    const { fence, sent } = setUp(1);
    void fence.pass();
    await turn();
    const next = [fence.pass(), fence.pass()];
    await turn();
    assert.deepEqual(sent, ['f-1']);
    fence.answered('f-1');
    await turn();
    fence.answered('f-2');
    assert.deepEqual(await Promise.all(next), [true, true]);
  });

  it('takes a later answer for all before it, and knows its own ids from others', async () => {
    const { fence } = setUp();
    const first = fence.pass();
    await turn();
    void fence.pass();
    await turn();
    assert.ok(fence.answered('f-2'));
    assert.equal(await first, true);
    assert.ok(fence.answered('f-1'));
    assert.ok(!fence.answered('q-1'));
  });

  it('fails what waits when the stream ends, and all after that', async () => {
    const { fence } = setUp();
    const sent = fence.pass();
    await turn();
    const waiting = fence.pass();
    fence.end();
    assert.deepEqual(await Promise.all([sent, waiting, fence.pass()]), [false, false, false]);
  });
});
