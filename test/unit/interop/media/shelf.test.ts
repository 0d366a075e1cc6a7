import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { entryOf, fileName, parseFileName } from '../../../../src/interop/media/shelf/file-name.ts';
import { newRef, type Shelf } from '../../../../src/interop/media/shelf/shelf.ts';
import { isPartnerRef } from '../../../../src/interop/media/paths.ts';
import { chunksOf, gathered, manyBytes } from '../../../support/byte-streams.ts';
import { bytesUnder, smallShelf } from '../../../support/media-shelf.ts';
import { RecordingLog } from '../../../support/recording-log.ts';
import { makeRunDir } from '../../../support/run-dir.ts';

const keepMs = 60_000;

async function put(shelf: Shelf, ref: string, text: string, owner = 'a'): Promise<string> {
  const kept = await shelf.put({ ref, owner, keepMs }, chunksOf(Buffer.from(text), [1, 3]));
  return kept.kind === 'failed' ? kept.reason : `${kept.size} bytes`;
}

describe('the shelf of sealed files', () => {
  it('gives what was put on it, after a restart as before', async () => {
    await using dir = await makeRunDir('shelf');
    const folder = join(dir.path, 'a', 'b');
    const ref = newRef();
    assert.ok(isPartnerRef(ref) && ref.length === 43 && ref !== newRef());
    {
      await using shelf = await smallShelf(folder);
      assert.equal(await put(shelf, ref, 'hello'), '5 bytes');
      assert.equal(await put(shelf, 'empty', ''), '0 bytes');
      assert.equal(await bytesUnder(shelf, ref), 'hello');
    }
    await using shelf = await smallShelf(folder);
    assert.equal(await bytesUnder(shelf, ref), 'hello');
    assert.equal(await bytesUnder(shelf, 'empty'), '');
    assert.deepEqual(shelf.total(), { files: 2, bytes: 5 });
    assert.ok((await readdir(folder)).every((name) => !name.includes(ref)));
  });

  it('knows nothing of other references, whatever they look like', async () => {
    await using dir = await makeRunDir('shelf');
    await using shelf = await smallShelf(dir.path);
    await put(shelf, 'ref', 'hello');
    const [name = ''] = await readdir(dir.path);
    for (const other of ['', '.', '..', 'REF', 'ref/', `../${name}`, name, 'ref\0', 'x'.repeat(300)]) {
      assert.equal(await shelf.find(other), undefined, other);
    }
    await assert.rejects(put(shelf, '../ref', 'x'), TypeError);
  });

  it('keeps to its limits', async () => {
    await using dir = await makeRunDir('shelf');
    await using shelf = await smallShelf(dir.path);
    assert.equal(await put(shelf, '1', 'x'.repeat(101)), 'too-large');
    assert.equal(await put(shelf, '1', 'x'.repeat(100)), '100 bytes');
    assert.equal(await put(shelf, '2', 'x'.repeat(90)), '90 bytes');
    assert.equal(await put(shelf, '3', 'x'.repeat(11)), 'owner-full');
    assert.equal(await put(shelf, '3', 'x'.repeat(10)), '10 bytes');
    assert.equal(await put(shelf, '4', ''), 'owner-full');
    assert.equal(await put(shelf, '5', 'x'.repeat(100), 'b'), '100 bytes');
    assert.equal(await put(shelf, '6', 'x', 'c'), '1 bytes');
    assert.equal(await put(shelf, '7', '', 'd'), 'full');
    assert.equal(await shelf.remove('6'), true);
    assert.equal(await put(shelf, '7', 'x'.repeat(100), 'd'), '100 bytes');
    assert.deepEqual(shelf.total(), { files: 5, bytes: 400 });
    // A repeat takes its own place, even where there is no other.
    assert.equal(await put(shelf, '7', 'y'.repeat(100), 'd'), '100 bytes');
    assert.equal(await bytesUnder(shelf, '7'), 'y'.repeat(100));
    assert.equal(await put(shelf, '7', 'y'.repeat(101), 'd'), 'too-large');
    assert.equal(await bytesUnder(shelf, '7'), 'y'.repeat(100));
    assert.deepEqual(shelf.total(), { files: 5, bytes: 400 });
  });

  it('counts what is still being written', async () => {
    await using dir = await makeRunDir('shelf');
    await using shelf = await smallShelf(dir.path);
    const all = await Promise.all(['1', '2', '3'].map((ref) => put(shelf, ref, 'x'.repeat(90))));
    assert.deepEqual(all.sort(), ['90 bytes', '90 bytes', 'owner-full']);
    assert.deepEqual(shelf.total(), { files: 2, bytes: 180 });
  });

  it('leaves the disk to others when it is nearly full', async () => {
    await using dir = await makeRunDir('shelf');
    let free = 1000;
    const freeBytes = async (): Promise<number> => free;
    await using shelf = await smallShelf(dir.path, { keepFreeBytes: 990, freeBytes });
    assert.equal(await put(shelf, '1', 'x'), '1 bytes');
    free = 990;
    assert.equal(await put(shelf, '2', 'x'), 'disk-full');
    assert.deepEqual(shelf.total(), { files: 1, bytes: 1 });
    assert.equal((await readdir(dir.path)).length, 1);
  });

  it('keeps nothing of a stream that breaks, and passes on how', async () => {
    await using dir = await makeRunDir('shelf');
    await using shelf = await smallShelf(dir.path);
    await put(shelf, 'ref', 'before');
    const breaking = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      yield Buffer.from('half');
      await Promise.resolve();
      throw new Error('reset');
    };
    for (const ref of ['ref', 'other']) {
      await assert.rejects(shelf.put({ ref, owner: 'a', keepMs }, breaking()), /reset/);
    }
    assert.equal(await bytesUnder(shelf, 'ref'), 'before');
    assert.equal(await bytesUnder(shelf, 'other'), undefined);
    assert.deepEqual(shelf.total(), { files: 1, bytes: 6 });
    assert.equal((await readdir(dir.path)).length, 1);
  });

  it('ends the streams that it does not take', async () => {
    await using dir = await makeRunDir('shelf');
    await using shelf = await smallShelf(dir.path);
    await put(shelf, 'ref', 'x', 'b');
    const ended: string[] = [];
    const stream = async function* (name: string): AsyncGenerator<Uint8Array, void, undefined> {
      try {
        for await (const chunk of manyBytes(10_000, 60)) yield chunk;
        ended.push(`${name} was read to its end`);
      } finally {
        ended.push(name);
      }
    };
    for (const ref of ['large', 'ref']) await shelf.put({ ref, owner: 'a', keepMs }, stream(ref));
    for (const ref of ['1', '2', '3']) await put(shelf, ref, '');
    await shelf.put({ ref: 'full', owner: 'a', keepMs }, stream('full'));
    await rm(dir.path, { recursive: true });
    const kept = await shelf.put({ ref: 'disk', owner: 'c', keepMs }, stream('disk'));
    assert.ok(kept.kind === 'failed' && kept.reason === 'disk');
    assert.deepEqual(ended, ['large', 'ref', 'full', 'disk']);
  });

  it('gives nobody what another has put under the same reference', async () => {
    await using dir = await makeRunDir('shelf');
    await using shelf = await smallShelf(dir.path);
    await put(shelf, 'ref', 'mine');
    assert.equal(await put(shelf, 'ref', 'theirs', 'b'), 'taken');
    assert.equal(await bytesUnder(shelf, 'ref'), 'mine');
    assert.equal(await put(shelf, 'ref', 'mine again'), '10 bytes');
    assert.equal(await bytesUnder(shelf, 'ref'), 'mine again');
    assert.equal((await readdir(dir.path)).length, 1);
  });

  it('forgets what has expired, was taken back, or is of a user who is gone', async () => {
    await using dir = await makeRunDir('shelf');
    let now = 10_000;
    await using shelf = await smallShelf(dir.path, { now: () => now });
    for (const [ref, owner] of [
      ['1', 'a'],
      ['2', 'a'],
      ['3', 'b'],
    ] as const) {
      await put(shelf, ref, ref, owner);
    }
    assert.equal(await shelf.remove('1'), true);
    assert.equal(await shelf.remove('1'), false);
    assert.equal(await bytesUnder(shelf, '1'), undefined);
    assert.equal(await shelf.removeOwner('a'), 1);
    assert.equal(await bytesUnder(shelf, '2'), undefined);
    now += keepMs - 1;
    assert.equal(await bytesUnder(shelf, '3'), '3');
    assert.equal(await shelf.sweep(), 0);
    now += 1;
    assert.equal(await bytesUnder(shelf, '3'), undefined);
    assert.equal(await shelf.sweep(), 1);
    assert.deepEqual([shelf.total(), await readdir(dir.path)], [{ files: 0, bytes: 0 }, []]);
  });

  it('sweeps by itself, and when it is opened', async () => {
    await using dir = await makeRunDir('shelf');
    {
      await using shelf = await smallShelf(dir.path, { sweepEveryMs: 20 });
      await shelf.put({ ref: 'ref', owner: 'a', keepMs: 1 }, chunksOf(Buffer.from('x')));
      while (shelf.total().files > 0) await new Promise((resolve) => setTimeout(resolve, 10));
      await shelf.put({ ref: 'later', owner: 'a', keepMs }, chunksOf(Buffer.from('x')));
    }
    await using shelf = await smallShelf(dir.path, { now: () => Date.now() + 2 * keepMs });
    assert.deepEqual([shelf.total().files, await readdir(dir.path)], [0, []]);
  });

  it('serves no file that was cut, taken or replaced by a link from outside', async () => {
    await using dir = await makeRunDir('shelf');
    const log = new RecordingLog();
    await using other = await makeRunDir('elsewhere');
    const outside = join(other.path, 'secret');
    await writeFile(outside, '5 byt');
    await using shelf = await smallShelf(dir.path, { log });
    const pathOf = async (): Promise<string> => join(dir.path, (await readdir(dir.path))[0] ?? '');
    const damages: readonly ((path: string) => Promise<void>)[] = [
      (path) => truncate(path, 2),
      (path) => rm(path),
      async (path) => {
        await rm(path);
        await symlink(outside, path);
      },
    ];
    for (const damage of damages) {
      await put(shelf, 'ref', 'hello');
      await damage(await pathOf());
      const both = await Promise.all([bytesUnder(shelf, 'ref'), bytesUnder(shelf, 'ref')]);
      assert.deepEqual(both, [undefined, undefined]);
      assert.deepEqual([shelf.total(), await readdir(dir.path)], [{ files: 0, bytes: 0 }, []]);
    }
    assert.equal(log.lines.filter(({ event }) => event === 'media file damaged').length, 3);
  });

  it('goes on being read where it is removed meanwhile', async () => {
    await using dir = await makeRunDir('shelf');
    await using shelf = await smallShelf(dir.path);
    await put(shelf, 'ref', 'hello');
    const file = await shelf.find('ref');
    assert.ok(file !== undefined);
    await using found = file;
    await shelf.remove('ref');
    assert.equal((await gathered(found.read())).toString(), 'hello');
  });

  it('leaves files of others alone, and clears away its own that were never whole', async () => {
    await using dir = await makeRunDir('shelf');
    const log = new RecordingLog();
    const named = (ref: string, expiresAt: number): string =>
      join(dir.path, fileName(entryOf(ref, 'a', expiresAt)));
    await writeFile(join(dir.path, 'notes.txt'), 'x');
    await mkdir(named('folder', 9e14));
    await writeFile(join(dir.path, 'incoming-0'), 'half');
    // Folders are listed in no order: either of the two may come first.
    const twice = Array.from({ length: 12 }, (_, at) => `twice-${at}`);
    for (const ref of twice) {
      await writeFile(named(ref, 9e14), 'older');
      await writeFile(named(ref, 9e14 + 1), 'newer');
    }
    await using shelf = await smallShelf(dir.path, { log });
    for (const ref of twice) assert.equal(await bytesUnder(shelf, ref), 'newer');
    assert.equal(await bytesUnder(shelf, 'folder'), undefined);
    assert.deepEqual(shelf.total(), { files: 12, bytes: 60 });
    assert.equal((await readdir(dir.path)).length, 14);
    assert.deepEqual(
      log.lines.map(({ level, fields }) => [level, fields['files']]),
      [['warn', 2]],
    );
    assert.equal(parseFileName('notes.txt'), undefined);
  });

  it('says so where the disk does not do what it should', async () => {
    await using dir = await makeRunDir('shelf');
    const folder = join(dir.path, 'shelf');
    await using shelf = await smallShelf(folder);
    const moved = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      yield Buffer.from('half');
      await rename(folder, `${folder}-gone`);
    };
    const kept = await shelf.put({ ref: 'ref', owner: 'a', keepMs }, moved());
    assert.ok(kept.kind === 'failed' && kept.reason === 'disk');
    assert.deepEqual(shelf.total(), { files: 0, bytes: 0 });
    await rename(`${folder}-gone`, folder);
    await using again = await smallShelf(folder);
    assert.deepEqual([again.total(), await readdir(folder)], [{ files: 0, bytes: 0 }, []]);
  });

  it('has every file that it said it kept, whole, after being killed again and again', async () => {
    await using dir = await makeRunDir('shelf');
    const child = fileURLToPath(new URL('../../../support/media-shelf-child.ts', import.meta.url));
    const kept = new Map<string, number>();
    for (let round = 0; round < 4; round += 1) {
      const process_ = spawn(process.execPath, [child, dir.path, String(round * 100_000)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const lines: string[] = [];
      process_.stdout.on('data', (data: Buffer) => lines.push(data.toString()));
      await once(process_.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, 40 + 60 * Math.random()));
      process_.kill('SIGKILL');
      await once(process_, 'close');
      for (const line of lines.join('').split('\n').slice(0, -1)) {
        const [ref = '', number] = line.split(' ');
        kept.set(ref, Number(number));
      }
    }
    assert.ok(kept.size > 8);
    const most = 1e9;
    const limits = { mostFileBytes: most, mostBytesOfOwner: most, mostFilesOfOwner: most };
    await using shelf = await smallShelf(dir.path, {
      limits: { ...limits, mostBytes: most, mostFiles: most },
    });
    for (const [ref, number] of kept) {
      const bytes = (await bytesUnder(shelf, ref)) ?? '';
      const [first = ''] = bytes.split('\n', 1);
      assert.equal(bytes, `${first}\n`.repeat(4000), ref);
      // What was put in another's place may have been kept without having been said any more.
      if (ref === 'same') assert.ok(Number(first) % 10 === 0);
      else assert.equal(Number(first), number);
    }
    assert.ok((await readdir(dir.path)).every((name) => parseFileName(name) !== undefined));
    assert.equal((await readdir(dir.path)).length, shelf.total().files);
  });
});
