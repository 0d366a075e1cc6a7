import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { withAnn } from '../../../support/connected-scene.ts';
import { deliver, drained, receipt } from '../../../support/host-mail.ts';
import { hostScene, type HostScene } from '../../../support/host-scene.ts';

describe("a host's pushes", () => {
  const pushed = async (scene: HostScene, times: number): Promise<void> => {
    for (let tries = 0; scene.provider.pushes.length < times && tries < 200; tries++) await sleep(10);
    await sleep(50);
    assert.equal(scene.provider.pushes.length, times);
  };

  it('wake who is not connected, once for a burst, and again for what comes later', async () => {
    let offset = 0;
    await using all = await withAnn({ now: () => Date.now() + offset });
    const { scene, login } = all;
    await deliver(scene, login, 'a', 'b', 'c', 'd');
    await pushed(scene, 1);
    assert.deepEqual(scene.provider.pushes, ['ann@birdy.example']);
    offset = 59_000;
    await deliver(scene, login, 'd2');
    await pushed(scene, 1);
    offset = 61_000;
    await deliver(scene, login, 'e');
    await pushed(scene, 2);
    {
      await using client = await all.connect();
      assert.equal((await drained(client)).length, 6);
      await deliver(scene, login, 'f');
      await client.acknowledge(await client.next('message'));
      await client.ask({ kind: 'ping' });
      await pushed(scene, 2);
    }
    for (let tries = 0; scene.host.connected() > 0 && tries < 100; tries++) await sleep(10);
    await deliver(scene, login, 'g');
    await pushed(scene, 3);
  });

  it('are not made for receipts, but for those that ask again', async () => {
    await using all = await withAnn();
    const { scene, login } = all;
    assert.equal(await scene.host.deliver(login, receipt('a', { kind: 'read', more: [] })), 'kept');
    await pushed(scene, 0);
    const retry = { kind: 'retry', messageId: 'a', messageTime: undefined, error: undefined } as const;
    const about = { ...retry, count: 1, registration: 5, keys: undefined };
    assert.equal(await scene.host.deliver(login, receipt('a', about)), 'kept');
    await pushed(scene, 1);
  });

  it('are made again after a restart, and where a connection ends with mail unread', async () => {
    await using all = await withAnn();
    const { scene, login } = all;
    {
      await using client = await all.connect();
      await deliver(scene, login, 'a');
      await client.next('message');
    }
    await pushed(scene, 1);
    await scene.host[Symbol.asyncDispose]();
    await using next = await hostScene({ records: scene.records, provider: scene.provider });
    await pushed(next, 2);
  });
});
