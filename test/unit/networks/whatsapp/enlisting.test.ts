import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { enlistmentReasons } from '../../../../src/interop/profile/identity-profile.ts';
import { parseEnlistment } from '../../../../src/interop/enlistment/request.ts';
import { isEnlistmentReason } from '../../../../src/interop/enlistment/answer.ts';
import { listening } from '../../../support/listening.ts';
import { alice, whatsappScene, type WhatsappScene } from '../../../support/whatsapp-scene.ts';
import { enabled, patience, until } from '../../../support/whatsapp-chat.ts';

/** A scene whose enlistments go to a script, and the requests that came. */
async function scripted(answer: () => { readonly status?: number; readonly body: string }) {
  const requests: Uint8Array[] = [];
  const listener: RequestListener = (request, response) => {
    void text(request).then((body) => {
      requests.push(Buffer.from(body));
      const { status = 200, body: said } = answer();
      response.writeHead(status, { 'content-type': 'application/json' }).end(said);
    });
  };
  const server = await listening(listener);
  const scene = await whatsappScene({ config: { enlist_url: server.url } });
  return {
    scene,
    requests,
    [Symbol.asyncDispose]: async () => {
      await scene[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const fail = (reason: string): { readonly body: string } => ({
  body: JSON.stringify({ reason, status: 'fail' }),
});

for (const reason of [...Object.keys(enlistmentReasons), 'a_word_of_next_year']) {
  test(`an enlistment that ends in ${reason} is told, and is tried again by itself only where that may help`, async () => {
    await using script = await scripted(() => fail(reason));
    const { scene, requests } = script;
    const passes = isEnlistmentReason(reason) && enlistmentReasons[reason].retry === 'later';
    const linked = await scene.network.logins?.begin(alice, '');
    assert.ok(linked?.kind === 'failed');
    assert.equal(linked.retry.kind, passes ? 'later' : 'never');
    await scene.sink.told.waitFor(({ user }) => user === alice, patience);
    const asked = requests.length;
    for (const request of requests) assert.equal(parseEnlistment(request).kind, 'request');
    if (passes) await until(() => requests.length > asked);
    else {
      await new Promise((resolve) => setTimeout(resolve, 150));
      assert.equal(requests.length, asked);
      assert.equal(
        asked,
        isEnlistmentReason(reason) && enlistmentReasons[reason].retry === 'new-token' ? 2 : 1,
      );
      assert.ok(memberOf(scene)?.includes('"refused"'));
    }
    assert.equal(scene.sink.told.all.length, 1);
  });
}

test('a host that answers nonsense is asked again until it makes sense, with the same keys', async () => {
  const nonsense = ['<html>', '', '{"status":"ok"}', '{"login":"1-2@elsewhere","status":"ok"}'];
  await using script = await scripted(() => ({
    body: nonsense.shift() ?? '{"login":"12-77@interop","status":"ok"}',
  }));
  const { scene, requests } = script;
  const login = await enabled(scene);
  assert.equal(login.user, '77');
  const keys = requests.map((request) => {
    const parsed = parseEnlistment(request);
    assert.ok(parsed.kind === 'request');
    return Buffer.from(parsed.request.authKey).toString('hex');
  });
  assert.equal(new Set(keys).size, 1);
});

test('a login of another integrator is not taken', async () => {
  await using script = await scripted(() => ({ body: '{"login":"13-77@interop","status":"ok"}' }));
  const linked = await script.scene.network.logins?.begin(alice, '');
  assert.ok(linked?.kind === 'failed' && linked.retry.kind === 'later');
  assert.equal(script.scene.sink.accounts.size, 0);
});

test('who was refused is asked for again when they link', async () => {
  const answers = ['blocked'];
  await using script = await scripted(() => {
    const reason = answers.shift();
    return reason === undefined ? { body: '{"login":"12-5@interop","status":"ok"}' } : fail(reason);
  });
  const { scene } = script;
  const first = await scene.network.logins?.begin(alice, '');
  assert.ok(first?.kind === 'failed' && first.reason === 'not-permitted');
  await scene.restart();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(script.requests.length, 1);
  assert.deepEqual(await scene.network.logins?.begin(alice, ''), { kind: 'done', remote: '12-5' });
});

test('a wish that was not fulfilled yet goes on after a restart, under the same keys', async () => {
  let isAway = true;
  await using script = await scripted(() =>
    isAway ? { status: 503, body: '' } : { body: '{"login":"12-9@interop","status":"ok"}' },
  );
  const { scene, requests } = script;
  scene.sink.on = [alice];
  scene.network.reachChanged?.(alice);
  await until(() => requests.length > 2);
  await scene.restart();
  isAway = false;
  assert.equal((await scene.login()).user, '9');
  const keyOf = (request: Uint8Array): string => Buffer.from(request).toString().split('&', 1)[0] ?? '';
  assert.equal(new Set(requests.map(keyOf)).size, 1);
});

test('who disables the network while they wait to be enlisted leaves nothing behind', async () => {
  await using script = await scripted(() => ({ status: 503, body: '' }));
  const { scene, requests } = script;
  scene.sink.on = [alice];
  scene.network.reachChanged?.(alice);
  await until(() => requests.length > 0);
  assert.equal(await scene.network.forget?.(alice, []), undefined);
  assert.equal(memberOf(scene), undefined);
  assert.equal(scene.store.rows.size, 0);
  const asked = requests.length;
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.ok(requests.length <= asked + 1);
});

function memberOf(scene: WhatsappScene): string | undefined {
  return [...scene.records.rows.values()].find(({ of }) => of.collection === 'member' && of.owner === alice)
    ?.value;
}
