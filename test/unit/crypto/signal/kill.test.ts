import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Sealed } from '../../../../src/crypto/signal/sessions.ts';
import { storageSchema } from '../../../../src/storage/config.ts';
import type { Begin, ForChild, FromSignalChild } from '../../../support/signal-child.ts';
import { keyNameOf } from '../../../support/signal-name.ts';
import { bundleOf, handOut, person, personOn, reasonOf, sealed } from '../../../support/signal-scene.ts';
import { newKey, open } from '../../../support/storage.ts';

const child = fileURLToPath(new URL('../../../support/signal-child.ts', import.meta.url));
/** `CAUSEWAY_KILLS=20` takes longer. */
const lives = Number(process.env['CAUSEWAY_KILLS'] ?? 5);
/** How many messages from the end of its life before a life seals once more. */
const overlap = 5;

/** Lets a child live for a while after its first message, and kills it. */
async function live(begin: Begin, lifetime: number, hear: (said: FromSignalChild) => void): Promise<void> {
  const living = fork(child, { serialization: 'advanced' });
  const gone = new Promise((resolve) => living.once('exit', resolve));
  const begun = Promise.withResolvers<undefined>();
  const heard = new Promise((resolve) => living.once('disconnect', resolve));
  living.on('message', (said: FromSignalChild) => {
    hear(said);
    if (said.kind === 'sealed') begun.resolve(undefined);
  });
  living.once('exit', () => begun.reject(new Error('it ended by itself')));
  living.send(begin);
  await begun.promise;
  await sleep(lifetime);
  living.kill('SIGKILL');
  await Promise.all([gone, heard]);
}

/** What a child and those who live on have said to each other. */
class Records {
  readonly sealed = new Map<string, Sealed>();
  readonly texts = new Map<string, string>();
  readonly letters: ForChild[] = [];
  readonly released = new Set<string>();
  readonly opened = new Set<string>();
  readonly troubles: string[] = [];

  hear(said: FromSignalChild): void {
    switch (said.kind) {
      case 'uploaded':
        return;
      case 'sealed': {
        const before = this.sealed.get(said.id);
        if (before === undefined) this.sealed.set(said.id, said.message);
        else if (!Buffer.from(before.bytes).equals(said.message.bytes)) this.troubles.push(`${said.id} anew`);
        return;
      }
      case 'opened':
        this.opened.add(said.id);
        if (said.text !== this.texts.get(said.id)) this.troubles.push(`${said.id} is not what was sent`);
        return;
      case 'released':
        this.released.add(said.id);
        return;
      case 'failed':
        // Only what was opened in an earlier life may have been released by it, unheard of.
        if (said.reason !== 'released' || !this.opened.has(said.id) || Number(said.id.slice(1)) % 2 !== 0)
          this.troubles.push(`${said.what} ${said.id}: ${said.reason}`);
    }
  }
}

describe('sessions whose process is killed', () => {
  it('lose nothing, and use no key twice', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'causeway-signal-'));
    const reader = await person('reader');
    const bundle = await bundleOf(reader);
    const base = { file: join(dir, 'test.db'), key: newKey(), bundle };
    const records = new Records();
    const read = new Map<string, string>();
    const strangers: Promise<void>[] = [];
    const post = (from: string, id: string, message: Sealed): void => {
      records.texts.set(id, `this is ${id}`);
      records.letters.push({ from, id, type: message.type, bytes: message.bytes });
    };
    for (let life = 0; life < lives; life += 1) {
      const from = Math.max(0, records.sealed.size - overlap);
      const lifetime = Math.random() * 250;
      await live({ ...base, letters: records.letters, from }, lifetime, (said) => {
        records.hear(said);
        // Somebody who never wrote before, with one of the keys that were uploaded in this life.
        if (said.kind !== 'uploaded') return;
        strangers.push(
          (async () => {
            const stranger = await person(`stranger${life}`);
            await stranger.party.establish('child', handOut(said.upload));
            const id = `X${life}`;
            post(stranger.name, id, await sealed(stranger, { ...reader, name: 'child' }, `this is ${id}`));
          })(),
        );
      });
      await Promise.all(strangers);
      for (const [id, { type, bytes }] of records.sealed) {
        if (read.has(id)) continue;
        const opened = await reader.party.open('child', id, type, bytes);
        assert.ok(opened.kind === 'opened', `${id}: ${reasonOf(opened)}`);
        read.set(id, Buffer.from(opened.bytes).toString());
      }
      for (let i = 0; i < 5; i += 1) {
        const id = `R${life * 5 + i}`;
        post('reader', id, await sealed(reader, { ...reader, name: 'child' }, `this is ${id}`));
      }
    }
    const storage = await open(storageSchema.parse({ file: base.file, key: base.key }));
    const { party } = await personOn(storage.signal, 'child');
    for (const { from, id, type, bytes } of records.letters) {
      const last = await party.open(from, id, type, bytes);
      if (last.kind === 'failed') records.hear({ kind: 'failed', what: 'open', id, reason: last.reason });
      else records.hear({ kind: 'opened', id, text: Buffer.from(last.bytes).toString() });
    }
    await storage[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
    assert.equal(records.opened.size, records.letters.length);
    assert.deepEqual(records.troubles, []);
    assert.ok(records.sealed.size > lives * 3);
    for (const [id, text] of read) assert.equal(text, `this is ${id}`);
    const names = [...records.sealed.values()].map(({ type, bytes }) => keyNameOf(type, bytes));
    assert.equal(new Set(names).size, records.sealed.size);
    t.diagnostic(
      `${records.sealed.size} sealed, ${records.opened.size} opened, ${records.released.size} released`,
    );
  });
});
