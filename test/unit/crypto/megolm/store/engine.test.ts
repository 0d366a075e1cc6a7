/** The crypto engine itself over the store: what it keeps is there again, and no secret is to be read in the file. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, it } from 'node:test';
import { z } from 'zod';
import { openStore } from '../../../../../src/crypto/megolm/store/open-store.ts';
import { storeDir } from '../../../../support/engine-store.ts';
import { KeyServer, openEvent, openMachine, sealText, storeKey } from '../../../../support/key-server.ts';

const [alice, bob, room] = ['@alice:x', '@bob:x', '!room:x'];
const index = (event: string): string =>
  z.object({ content: z.object({ ciphertext: z.string() }) }).parse(JSON.parse(event)).content.ciphertext;

describe('the crypto engine over the store', () => {
  before(() => {
    for (const name of ['indexedDB', 'IDBRequest', 'IDBDatabase'])
      assert.equal(
        Object.hasOwn(globalThis, name),
        false,
        'importing the store puts nothing on the global object',
      );
  });

  it('has its machines and sessions again after a restart, and goes on with the ratchet', async () => {
    await using dir = await storeDir();
    const server = new KeyServer();
    const sealed: string[] = [];
    let identity = '';
    {
      await using store = openStore(dir.file);
      store.install(globalThis);
      const [from, to] = await Promise.all([openMachine(alice, 'A'), openMachine(bob, 'B')]);
      await server.settle(from);
      await server.settle(to);
      await server.share(from, room, [bob]);
      await server.deliver(to);
      for (const text of ['one', 'two']) sealed.push(await sealText(from, room, `$${text}`, text));
      assert.equal(await openEvent(to, room, sealed[0] ?? ''), 'one');
      identity = from.identityKeys.ed25519.toBase64();
      from.close();
      to.close();
    }
    const files = await Promise.all(
      ['', '-wal'].map((end) => readFile(`${dir.file}${end}`).catch(() => Buffer.alloc(0))),
    );
    for (const file of files) {
      for (const secret of [
        'private_key',
        'ratchet',
        'pickle_key',
        'BEGIN',
        Buffer.from(storeKey).toString('base64'),
      ])
        assert.equal(file.includes(secret), false, `the file holds ${secret}`);
      assert.equal(file.includes(Buffer.from(storeKey)), false);
    }
    await using store = openStore(dir.file);
    store.install(globalThis);
    const [from, to] = await Promise.all([openMachine(alice, 'A'), openMachine(bob, 'B')]);
    assert.equal(from.identityKeys.ed25519.toBase64(), identity);
    assert.equal(await openEvent(to, room, sealed[1] ?? ''), 'two');
    const third = await sealText(from, room, '$three', 'three');
    assert.equal(await openEvent(to, room, third), 'three');
    assert.equal(new Set([...sealed, third].map(index)).size, 3);
    from.close();
    to.close();
    await store.deleteMachine(alice);
    assert.equal(
      (await store.databases()).some((name) => name.startsWith(`${alice}::`)),
      false,
    );
    const again = await openMachine(alice, 'A');
    assert.notEqual(again.identityKeys.ed25519.toBase64(), identity);
    again.close();
    await assert.rejects(openMachine(alice, 'A', new Uint8Array(32).fill(8)));
  });

  it('is told when the disk is full, and gives nothing out', async () => {
    await using dir = await storeDir();
    const server = new KeyServer();
    await using store = openStore(dir.file, { maxPages: 260 });
    store.install(globalThis);
    const [from, to] = await Promise.all([openMachine(alice, 'A'), openMachine(bob, 'B')]);
    await server.settle(from);
    await server.settle(to);
    let filler = 0;
    await assert.rejects(async () => {
      for (;;) await store.own.put(`${(filler += 1)}`, 'x'.repeat(2_000));
    });
    await assert.rejects(async () => {
      for (let number = 0; number < 50; number += 1) await server.share(from, `!room${number}:x`, [bob]);
    });
    from.close();
    to.close();
  });
});
