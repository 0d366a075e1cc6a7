import assert from 'node:assert/strict';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { voiceFor } from '../../src/core/transcoder.ts';
import { MediaError, type Media } from '../../src/core/media.ts';
import { failedForGood, failedForNow } from '../../src/core/outcome.ts';
import { Ffmpeg, findFfmpeg } from '../../src/ffmpeg.ts';
import { makeRunDir } from '../support/run-dir.ts';

const signal = (): AbortSignal => AbortSignal.timeout(20_000);

function recording(more: Partial<Media> = {}): Media {
  return {
    ...{ kind: 'voice', name: 'voice.ogg', mimetype: 'audio/ogg', size: 4 },
    ...{ width: undefined, height: undefined, duration: undefined },
    ...{ waveform: undefined, blurhash: undefined, thumbnail: undefined },
    open: async () => ({ kind: 'open', stream: bytes('OggS'), size: 4, mimetype: 'audio/ogg' }),
    ...more,
  };
}

async function* bytes(text: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from(text);
}

/** A program in the place of ffmpeg. */
async function program(folder: string, script: string): Promise<string> {
  const path = join(folder, 'ffmpeg');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

async function spooled(): Promise<readonly string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('causeway-media-'));
}

describe('ffmpeg as the transcoder', () => {
  it('is looked for in the folders of the search path', async () => {
    await using dir = await makeRunDir('ffmpeg-search');
    assert.equal(findFfmpeg(`/nonexistent:${dir.path}`), undefined);
    const path = await program(dir.path, 'true');
    assert.equal(findFfmpeg(`/nonexistent:${dir.path}`), path);
    await chmod(path, 0o644);
    assert.equal(findFfmpeg(dir.path), undefined);
    assert.equal(findFfmpeg(undefined), undefined);
    assert.equal(findFfmpeg('.'), undefined);
  });

  it('gets one file, no shell, no environment, and no way to others', async () => {
    await using dir = await makeRunDir('ffmpeg-arguments');
    const seen = join(dir.path, 'seen');
    const path = await program(dir.path, `echo "$@" >> ${seen}; env >> ${seen}; exit 1`);
    const given = await new Ffmpeg({ program: path }).voice(
      recording({ name: '$(touch x); -i http://e.org/.ogg' }),
      'm4a-aac',
      signal(),
    );
    assert.ok(given.kind === 'failed');
    const { readFile } = await import('node:fs/promises');
    const told = await readFile(seen, 'utf8');
    assert.match(
      told,
      /-nostdin .*-protocol_whitelist file,pipe -format_whitelist ogg,\S+ -i file:\S+\/file /,
    );
    assert.doesNotMatch(told, /e\.org|touch|HOME=|hls|concat/);
  });

  it('fails where the program fails, hangs, floods, or is not there; and leaves nothing behind', async () => {
    await using dir = await makeRunDir('ffmpeg-trouble');
    const before = await spooled();
    const cases: readonly (readonly [script: string, media: Media])[] = [
      ['exit 1', recording()],
      ['exec sleep 60', recording()],
      ['exec cat /dev/zero', recording()],
      ['true', recording()],
      ['true', recording({ size: 10_000_000_000 })],
      ['true', recording({ open: async () => failedForGood('media-gone') })],
    ];
    for (const [script, media] of cases) {
      const ffmpeg = new Ffmpeg({ program: await program(dir.path, script), timeoutMs: 1500 });
      const started = performance.now();
      const made = await ffmpeg.voice(media, 'm4a-aac', signal());
      assert.ok(performance.now() - started < 15_000, script);
      assert.equal(made.kind, 'failed', script);
      assert.equal(await voiceFor(ffmpeg, media, 'm4a-aac', signal()), media);
    }
    const gone = new Ffmpeg({ program: join(dir.path, 'none') });
    assert.equal((await gone.voice(recording(), 'm4a-aac', signal())).kind, 'failed');
    assert.deepEqual(
      (await spooled()).filter((name) => !before.includes(name)),
      [],
    );
  });

  it('says what the source said where that breaks, and bounds what it takes', async () => {
    await using dir = await makeRunDir('ffmpeg-source');
    const ffmpeg = new Ffmpeg({ program: await program(dir.path, 'true'), maxBytes: 1000 });
    const broken = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      yield Buffer.from('x');
      throw new MediaError(failedForNow('media-unavailable'));
    };
    const breaks = recording({
      open: async () => ({ kind: 'open', stream: broken(), size: undefined, mimetype: undefined }),
    });
    const first = await ffmpeg.voice(breaks, 'm4a-aac', signal());
    assert.ok(first.kind === 'failed' && first.reason === 'media-unavailable');
    const large = recording({
      size: undefined,
      open: async () => ({
        kind: 'open',
        stream: bytes('x'.repeat(2000)),
        size: undefined,
        mimetype: undefined,
      }),
    });
    const second = await ffmpeg.voice(large, 'm4a-aac', signal());
    assert.ok(second.kind === 'failed' && second.reason === 'too-large');
  });

  it('ends with the signal, the program with it, and lets the next one in', async () => {
    await using dir = await makeRunDir('ffmpeg-signal');
    const ffmpeg = new Ffmpeg({ program: await program(dir.path, 'exec sleep 60') });
    const started = performance.now();
    const results = await Promise.all(
      Array.from({ length: 5 }, () => ffmpeg.voice(recording(), 'm4a-aac', AbortSignal.timeout(500))),
    );
    assert.ok(results.every(({ kind }) => kind === 'failed'));
    assert.ok(performance.now() - started < 10_000);
    const aborted = await ffmpeg.voice(recording(), 'm4a-aac', AbortSignal.abort());
    assert.ok(aborted.kind === 'failed' && aborted.reason === 'timeout');
  });
});
