import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KeyBundle } from '../../../../src/interop/stanza/keys.ts';
import type { Upload } from '../../../../src/networks/thirdparty/key-shelf.ts';
import { ChatTester } from '../../../support/chat-tester.ts';
import { connected, count, type ConnectedScene } from '../../../support/connected-scene.ts';
import { bob, hostScene, prekeysFrom, signedPrekey, testPerson } from '../../../support/host-scene.ts';

function uploadOf({ ann }: ConnectedScene, first: number, size: number): Upload {
  const { identity, signed, registration } = ann;
  const prekeys = prekeysFrom(first, size);
  return { kind: 'upload-keys', registration, identity: identity.publicKey, signed, prekeys };
}

async function bundle({ scene, login }: ConnectedScene): Promise<KeyBundle> {
  const keys = await scene.host.keysOf(login);
  assert.ok(!('kind' in keys));
  return keys;
}

describe("a host's keys of users", () => {
  it('are given once each, in order, and told of when they run low and when they have run out', async () => {
    await using all = await connected({ limits: { fewPrekeys: 3 } });
    const upload = uploadOf(all, 1, 70);
    await all.client.next('notification');
    await all.client.ask(upload);
    for (const prekey of upload.prekeys) assert.deepEqual((await bundle(all)).prekey, prekey);
    const last = await bundle(all);
    assert.equal(last.prekey, undefined);
    assert.deepEqual([last.signed, last.registration], [all.ann.signed, all.ann.registration]);
    const told: number[] = [];
    while (told.length < 4) {
      const { about } = await all.client.next('notification');
      assert.ok(about.kind === 'prekeys-left');
      told.push(about.count);
    }
    assert.deepEqual(told, [2, 1, 0, 0]);
    assert.deepEqual(await all.client.ask({ kind: 'count-keys' }), { kind: 'key-count', count: 0 });
    assert.equal(count(all.scene, 'prekey-given'), 70);
    assert.equal(count(all.scene, 'prekey-none-left'), 1);
  });

  it('are not given twice where an upload comes twice, or all at once are asked for', async () => {
    await using all = await connected();
    const upload = uploadOf(all, 1, 20);
    await all.client.ask(upload);
    const first = await Promise.all(Array.from({ length: 8 }, () => bundle(all)));
    assert.deepEqual(await all.client.ask(upload), { kind: 'done' });
    assert.deepEqual(await all.client.ask({ kind: 'count-keys' }), { kind: 'key-count', count: 12 });
    const rest = await Promise.all(Array.from({ length: 13 }, () => bundle(all)));
    const ids = [...first, ...rest].map(({ prekey }) => prekey?.id);
    assert.deepEqual(
      ids.filter((id) => id !== undefined).toSorted((a, b) => a - b),
      upload.prekeys.map(({ id }) => id),
    );
    assert.equal(ids.length, 21);
  });

  it('take a prekey with a used id where its key is another, and one that is there twice once', async () => {
    await using all = await connected();
    await all.client.ask(uploadOf(all, 1, 1));
    const before = await bundle(all);
    const upload = uploadOf(all, 1, 1);
    await all.client.ask({ ...upload, prekeys: [...upload.prekeys, ...upload.prekeys] });
    assert.deepEqual(await all.client.ask({ kind: 'count-keys' }), { kind: 'key-count', count: 1 });
    const after = await bundle(all);
    assert.deepEqual([after.prekey?.id, before.prekey?.id], [1, 1]);
    assert.notDeepEqual(after.prekey, before.prekey);
  });

  it('are refused with a bad signature, of another identity, or beyond the most, and nothing of them is kept', async () => {
    await using all = await connected({ limits: { mostPrekeys: 100 } });
    const good = uploadOf(all, 1, 60);
    const eve = testPerson('eve@birdy.example');
    const forged = { ...good.signed, signature: new Uint8Array(64).fill(7) };
    const weak = { ...good.signed, key: new Uint8Array(32) };
    for (const bad of [
      { ...good, signed: forged },
      { ...good, signed: weak },
      { ...good, signed: eve.signed },
      { ...good, identity: eve.identity.publicKey, signed: eve.signed },
      { ...good, identity: new Uint8Array(32) },
    ])
      assert.equal(await all.client.ask(bad), 406);
    assert.equal(await all.client.ask({ kind: 'rotate-signed-key', signed: forged }), 406);
    assert.deepEqual(await all.client.ask({ kind: 'count-keys' }), { kind: 'key-count', count: 0 });
    assert.deepEqual((await bundle(all)).signed, all.ann.signed);
    await all.client.ask(good);
    assert.equal(await all.client.ask(uploadOf(all, 61, 41)), 429);
    assert.deepEqual(await all.client.ask(uploadOf(all, 61, 40)), { kind: 'done' });
  });

  it('take a new signed prekey', async () => {
    await using all = await connected();
    const signed = signedPrekey(all.ann.identity, 2);
    assert.deepEqual(await all.client.ask({ kind: 'rotate-signed-key', signed }), { kind: 'done' });
    assert.deepEqual((await bundle(all)).signed, signed);
  });

  it('are handed out of homeserver users alone', async () => {
    await using all = await connected();
    const eve = testPerson('eve@birdy.example');
    const login = await all.scene.enlisted(eve);
    const keys = { registration: 9, identity: eve.identity.publicKey, signed: eve.signed, prekey: undefined };
    all.scene.listener.keys = keys;
    const of = [bob, { kind: 'interop', ...login, device: 0 }, { ...bob, server: 's.whatsapp.net' }] as const;
    const answer = await all.client.ask({ kind: 'fetch-keys', of });
    assert.ok(typeof answer !== 'number' && answer.kind === 'keys');
    assert.deepEqual(
      answer.of.map((one) => (one.kind === 'keys' ? one.keys : one.error.code)),
      [keys, 403, 403],
    );
  });

  it('are there again after a restart, and not those that were given', async () => {
    await using all = await connected();
    const upload = uploadOf(all, 1, 3);
    await all.client.ask(upload);
    await bundle(all);
    await all.scene.host[Symbol.asyncDispose]();
    const { records, provider } = all.scene;
    await using scene = await hostScene({ records, provider });
    await using client = await ChatTester.in(scene, all.ann, all.login);
    await client.ask(upload);
    const ids = [];
    for (let at = 0; at < 3; at++) ids.push((await bundle({ ...all, scene })).prekey?.id);
    assert.deepEqual(ids, [2, 3, undefined]);
  });

  it('of nobody are none', async () => {
    await using all = await connected();
    for (const login of [
      { integrator: 12, user: '1' },
      { ...all.login, integrator: 11 },
    ]) {
      const keys = await all.scene.host.keysOf(login);
      assert.ok('kind' in keys && keys.reason === 'no-such-user');
    }
  });
});
