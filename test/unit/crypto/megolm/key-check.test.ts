import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Device } from '../../../../src/crypto/megolm/engine.ts';
import { openEngine } from '../../../../src/crypto/megolm/open-engine.ts';
import { openStore } from '../../../../src/crypto/megolm/store/open-store.ts';
import type { OwnTables } from '../../../../src/crypto/megolm/store/own.ts';
import { nameOf, PaperEngines, paperRoom, sealed } from '../../../support/paper-engine.ts';

const ghost: Device = { userId: '@ghost:paper', deviceId: 'GHOST' };
const room = paperRoom('!room:paper', []);

describe('the key of the crypto store', () => {
  let paper: PaperEngines;

  beforeEach(async () => {
    paper = await PaperEngines.start();
  });
  afterEach(() => paper[Symbol.asyncDispose]());

  it('refuses another key than the one that the store was made with, and the file stays as it was', async () => {
    const other = { key: new Uint8Array(32).fill(9) };
    await (await paper.open('bridge'))[Symbol.asyncDispose]();
    assert.equal((await openEngine(paper.options('bridge', other))).kind, 'refused');
    const engine = await paper.open('bridge');
    assert.equal(await engine.identify(ghost), undefined);
    const before = nameOf(await sealed(engine, ghost, room));
    await engine[Symbol.asyncDispose]();
    const refused = await openEngine(paper.options('bridge', other));
    assert.match(refused.kind === 'refused' ? refused.cause : '', /under another key$/u);
    const after = nameOf(await sealed(await paper.open('bridge'), ghost, room));
    assert.equal(after.session, before.session);
  });

  it('tries the key on a machine where the file has no check value', async () => {
    const other = { key: new Uint8Array(32).fill(9) };
    const engine = await paper.open('bridge');
    assert.equal(await engine.identify(ghost), undefined);
    await engine[Symbol.asyncDispose]();
    const { file } = paper.options('bridge');
    await withStore(file, (own) => own.remove('key-check'));
    assert.equal((await openEngine(paper.options('bridge', other))).kind, 'refused');
    await withStore(file, async (own) => assert.equal(own.get('key-check'), undefined));
    const again = await paper.open('bridge');
    assert.equal(await again.pull(ghost), undefined);
    await again[Symbol.asyncDispose]();
    await withStore(file, async (own) => assert.notEqual(own.get('key-check'), undefined));
  });
});

async function withStore(file: string, work: (own: OwnTables) => Promise<void>): Promise<void> {
  await using store = openStore(file);
  await work(store.own);
}
