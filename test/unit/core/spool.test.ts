import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { buffer } from 'node:stream/consumers';
import { removeStaleSpools, spool, spoolToFile } from '../../../src/core/spool.ts';

async function* chunks(...sizes: readonly number[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const [at, size] of sizes.entries()) yield await Promise.resolve(Buffer.alloc(size, at + 1));
}

/** The folders of this process. */
async function left(): Promise<readonly string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith(`causeway-media-${process.pid}-`));
}

describe('A spooled file', () => {
  it('is read as it was written, as often as one likes, and has no name meanwhile', async () => {
    await using file = await spool(chunks(100_000, 1, 70_000));
    assert.equal(file.size, 170_001);
    assert.deepEqual(await left(), [], 'a process that is killed leaves nothing');
    const expected = Buffer.concat([Buffer.alloc(100_000, 1), Buffer.alloc(1, 2), Buffer.alloc(70_000, 3)]);
    for (let times = 0; times < 2; times += 1) assert.deepEqual(await buffer(file.read()), expected);
  });

  it('of nothing is empty', async () => {
    await using file = await spool(chunks());
    assert.deepEqual([file.size, (await buffer(file.read())).length], [0, 0]);
  });

  it('that other programs read has a name until it is disposed of', async () => {
    const file = await spoolToFile(chunks(5));
    assert.equal((await left()).length, 1);
    assert.equal((await buffer(file.read())).length, 5);
    await file[Symbol.asyncDispose]();
    assert.deepEqual(await left(), []);
  });

  it('leaves nothing where its stream breaks, whose error is passed on', async () => {
    const broken = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      yield Buffer.from('x');
      await Promise.reject(new Error('broken'));
    };
    await assert.rejects(spool(broken()), /broken/);
    await assert.rejects(spoolToFile(broken()), /broken/);
    assert.deepEqual(await left(), []);
  });
});

describe('Spooled files of processes that were killed', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stale-spools-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function make(name: string, minutes: number): Promise<void> {
    const path = join(folder, name);
    await mkdir(path);
    await writeFile(join(path, 'file'), 'x');
    const at = new Date(Date.now() - minutes * 60_000);
    await utimes(path, at, at);
  }

  it('are removed after a while, and those of the living only when nothing takes that long', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    const gone = child.pid ?? 0;
    await make(`causeway-media-${gone}-aaaaaa`, 20);
    await make(`causeway-media-${gone}-bbbbbb`, 1);
    await make('causeway-media-cccccc', 20);
    await make(`causeway-media-${process.pid}-dddddd`, 20);
    await make(`causeway-media-${process.pid}-eeeeee`, 25 * 60);
    await make(`something-else-${gone}-ffffff`, 25 * 60);
    await writeFile(join(folder, 'causeway-media-no-folder'), 'x');
    assert.equal(await removeStaleSpools(folder), 3);
    assert.deepEqual(
      (await readdir(folder)).toSorted(),
      [
        `causeway-media-${gone}-bbbbbb`,
        `causeway-media-${process.pid}-dddddd`,
        'causeway-media-no-folder',
        `something-else-${gone}-ffffff`,
      ].toSorted(),
    );
    assert.equal(await removeStaleSpools(join(folder, 'not there')), 0);
  });
});
