import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Asking } from '../../../../src/interop/stanza/asking.ts';
import { aMessage, ChatTester, mailFrom } from '../../../support/chat-tester.ts';
import { bob, hostScene, prekeysFrom, testPerson, tokenFor } from '../../../support/host-scene.ts';

describe('a host', () => {
  for (const over of ['tcp', 'websocket'] as const)
    it(`enlists a user, who connects over ${over}, leaves keys, and writes`, async () => {
      await using scene = await hostScene();
      const ann = testPerson('ann@birdy.example');
      const login = await scene.enlisted(ann);
      assert.deepEqual(scene.listener.told, [`new ${login.user}`]);
      await using client = await ChatTester.in(scene, ann, login, { over });
      assert.equal(scene.host.connected(), 1);
      const notice = await client.next('notification');
      assert.deepEqual(notice.about, { kind: 'prekeys-left', count: 0 });
      const prekeys = prekeysFrom(1, 30);
      const upload: Asking = {
        ...{
          kind: 'upload-keys',
          registration: 1234,
          identity: ann.identity.publicKey,
          signed: ann.signed,
          prekeys,
        },
      };
      assert.deepEqual(await client.ask(upload), { kind: 'done' });
      assert.deepEqual(await client.ask({ kind: 'count-keys' }), { kind: 'key-count', count: 30 });
      const keys = await scene.host.keysOf(login);
      assert.ok(!('kind' in keys));
      assert.deepEqual(keys.identity, ann.identity.publicKey);
      assert.deepEqual(keys.prekey, prekeys[0]);
      assert.deepEqual(await client.ask({ kind: 'count-keys' }), { kind: 'key-count', count: 29 });

      await client.send(aMessage('m1', { notify: 'Ann' }));
      const ack = await client.next('ack');
      assert.deepEqual([ack.id, ack.of, ack.error, ack.from], ['m1', 'message', undefined, bob]);
      const [heard] = scene.listener.messages;
      assert.deepEqual(heard?.stanza.from, { kind: 'interop', ...login, device: 0 });
      assert.equal(heard.from.name, 'Ann');
      assert.equal(heard.from.identifier, 'ann@birdy.example');
      assert.equal((await scene.host.account(login))?.name, 'Ann');

      assert.equal(await scene.host.deliver(login, mailFrom(bob, 'a1')), 'kept');
      const mail = await client.next('message');
      assert.deepEqual([mail.id, mail.offline, mail.from], ['a1', undefined, bob]);
      await client.acknowledge(mail);
      assert.deepEqual(scene.log.errors(), []);
    });

  it('hands over what waited, in order, and says how much it was and when it was all', async () => {
    await using scene = await hostScene();
    const ann = testPerson('ann@birdy.example');
    const login = await scene.enlisted(ann);
    for (const id of ['a', 'b', 'c'])
      assert.equal(await scene.host.deliver(login, mailFrom(bob, id)), 'kept');
    await using client = await ChatTester.in(scene, ann, login);
    assert.deepEqual((await client.next('ib')).about, { kind: 'offline-preview', count: 3 });
    for (const id of ['a', 'b', 'c']) {
      const mail = await client.next('message');
      assert.deepEqual([mail.id, mail.offline], [id, 0]);
      await client.acknowledge(mail);
    }
    assert.deepEqual((await client.next('ib')).about, { kind: 'offline-end', count: 3 });
    await client.ask({ kind: 'ping' });
    await using again = await ChatTester.in(scene, ann, login);
    assert.deepEqual((await again.next('ib')).about, { kind: 'offline-end', count: 0 });
    assert.deepEqual((await client.next('stream-error')).about, { kind: 'conflict', type: 'replaced' });
    await client.over();
  });

  it('does not let in who has no account, another key, or a token about somebody else', async () => {
    await using scene = await hostScene();
    const [ann, eve] = [testPerson('ann@birdy.example'), testPerson('eve@birdy.example')];
    const login = await scene.enlisted(ann);
    const eves = await scene.enlisted(eve);
    const cases = [
      [ann, { accountId: 1n }, 401],
      [eve, { token: tokenFor(ann.identifier) }, 401],
      [ann, { token: tokenFor(eve.identifier) }, 414],
      [ann, { token: tokenFor(ann.identifier, { exp: 1 }) }, 413],
    ] as const;
    for (const [person, options, reason] of cases) {
      await using client = await ChatTester.connect(scene, person, login, options);
      assert.equal((await client.next('failure')).reason, reason);
      await client.over();
    }
    assert.notEqual(login.user, eves.user);
    assert.equal(scene.host.connected(), 0);
  });
});
