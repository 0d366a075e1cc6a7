import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alice, whatsappScene, type WhatsappScene } from '../../../support/whatsapp-scene.ts';
import { enabled, handle, patience, textEvent, until } from '../../../support/whatsapp-chat.ts';

/** Lets the nth write of what is kept break, before or after it is written; and all that follow, as a crash does. */
function breakAt(
  scene: WhatsappScene,
  n: number,
  when: 'before' | 'after',
): { readonly isOver: () => boolean } {
  let writes = 0;
  let isOver = false;
  const { records, store } = scene;
  const step = (place: 'before' | 'after') => (kind: string) => {
    if (kind !== 'commit') return;
    if (place === 'before') writes += 1;
    if (writes > n || (writes === n && place === when)) {
      isOver = true;
      throw new Error('killed');
    }
  };
  [records.before, records.after] = [step('before'), step('after')];
  [store.before, store.after] = [step('before'), step('after')];
  return { isOver: () => isOver };
}

function heal({ records, store }: WhatsappScene): void {
  for (const one of [records, store]) [one.before, one.after] = [() => undefined, () => undefined];
}

for (const when of ['before', 'after'] as const) {
  test(`a kill ${when} any write, from enabling to the first messages, loses nothing and doubles nothing`, async () => {
    for (let n = 1; ; n += 1) {
      await using scene = await whatsappScene();
      const crash = breakAt(scene, n, when);
      const hello = textEvent('hello', '$hello');
      const story = (async () => {
        const login = await enabled(scene);
        await handle(scene.network, hello);
        await scene.bob.say(login, 'C1', 'welcome');
        await until(() => crash.isOver() || scene.sink.arrivals.all.length >= 2);
      })();
      await Promise.race([story.catch(() => undefined), until(crash.isOver, 8_000).catch(() => undefined)]);
      const isDone = !crash.isOver();
      await scene.stop();
      heal(scene);
      await scene.start();
      await story.catch(() => undefined);
      const login = await scene.login();
      let handled = await handle(scene.network, hello);
      while (handled.kind === 'failed' && handled.retry.kind === 'later')
        handled = await handle(scene.network, hello);
      assert.equal(handled.kind, 'sent', `write ${String(n)}: ${JSON.stringify(handled)}`);
      await scene.bob.say(login, 'C1', 'welcome');
      await scene.bob.got.waitFor(({ message }) => message.conversation === 'hello', patience);
      await scene.bob.receipts.waitFor(
        ({ id, about }) => id === 'C1' && about.kind === 'delivered',
        patience,
      );
      const messages = scene.sink.arrivals.all.filter(({ raw }) => raw.includes('"C1"'));
      assert.ok(messages.length >= 1);
      assert.equal(new Set(messages.map(({ outerId }) => outerId)).size, 1);
      const identities = scene.sink.arrivals.all.filter(({ raw }) => raw.includes('"identity"'));
      assert.ok(identities.length >= 1, `write ${String(n)} lost an identity`);
      assert.equal(scene.bob.got.all.length, 1);
      if (isDone) {
        assert.ok(n > 5, String(n));
        return;
      }
    }
  });
}

test('a kill at any write of a deletion leaves nothing behind in the end', async () => {
  for (let n = 1; ; n += 1) {
    await using scene = await whatsappScene();
    const { user } = await enabled(scene);
    await handle(scene.network, textEvent('hello', '$hello'));
    const crash = breakAt(scene, n, 'before');
    const forgetting = Promise.resolve(scene.network.forget?.(alice, [])).catch(() => undefined);
    await Promise.race([forgetting, until(crash.isOver, 8_000)]);
    const isDone = !crash.isOver();
    await scene.stop();
    heal(scene);
    scene.sink.on = [];
    await scene.start();
    // The core goes on with what is being disabled.
    await until(async () => (await scene.network.forget?.(alice, [])) === undefined);
    await until(() => scene.store.rows.size === 0);
    assert.ok(scene.bob.accounts.all.includes(`deleted ${user}`), `write ${String(n)}`);
    const left = [...scene.records.rows.values()].filter(({ of }) => of.owner === alice);
    assert.deepEqual(left, []);
    if (isDone) {
      assert.ok(n > 3, String(n));
      return;
    }
  }
});
