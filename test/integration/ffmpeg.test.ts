import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { Media } from '../../src/core/media.ts';
import { Ffmpeg, findFfmpeg } from '../../src/ffmpeg.ts';
import { soundProbe } from '../../src/sound-probe.ts';
import { makeRunDir, type RunDir } from '../support/run-dir.ts';

const run = promisify(execFile);
const program = findFfmpeg(process.env['PATH']) ?? '';
const signal = AbortSignal.timeout(60_000);

describe('voice messages through the real ffmpeg', { timeout: 60_000 }, () => {
  let dir: RunDir;
  let ogg: Buffer;
  before(async () => {
    assert.notEqual(program, '', 'install ffmpeg');
    dir = await makeRunDir('ffmpeg');
    // A second of silence, then two of a tone.
    const source = 'aevalsrc=if(lt(t\\,1)\\,0\\,sin(440*2*PI*t)):d=3';
    const path = join(dir.path, 'tone.ogg');
    await run(program, [
      '-nostdin',
      '-loglevel',
      'error',
      '-f',
      'lavfi',
      '-i',
      source,
      '-c:a',
      'libopus',
      path,
    ]);
    ogg = await readFile(path);
  });
  after(() => dir[Symbol.asyncDispose]());

  const voice = (bytes: Uint8Array, more: Partial<Media> = {}): Media => ({
    ...{ kind: 'voice', name: 'Hello.ogg', mimetype: 'audio/ogg', size: bytes.byteLength },
    ...{ width: undefined, height: undefined, duration: undefined },
    ...{ waveform: undefined, blurhash: undefined, thumbnail: undefined },
    open: async () => ({ kind: 'open', stream: once(bytes), size: bytes.byteLength, mimetype: undefined }),
    ...more,
  });

  it('become AAC in MP4, with their duration and waveform', async () => {
    const made = await new Ffmpeg({ program }).voice(voice(ogg), 'm4a-aac', signal);
    assert.ok(made.kind === 'voice', JSON.stringify(made));
    assert.deepEqual([made.name, made.mimetype], ['Hello.m4a', 'audio/mp4']);
    assert.ok(Math.abs((made.duration ?? 0) - 3000) < 100, String(made.duration));
    assert.equal(made.waveform?.length, 100);
    assert.ok((made.waveform[10] ?? 1) < 0.05 && (made.waveform[80] ?? 0) > 0.8);
    const bytes = await bytesOf(made);
    assert.equal(bytes.byteLength, made.size);
    assert.match(bytes.subarray(4, 12).toString('latin1'), /^ftypM4A/);
    const path = join(dir.path, 'made.m4a');
    await writeFile(path, bytes);
    const { stdout } = await run(program.replace(/ffmpeg$/, 'ffprobe'), [
      ...[
        '-loglevel',
        'error',
        '-show_entries',
        'stream=codec_name,channels:format=duration',
        '-of',
        'json',
        path,
      ],
    ]);
    assert.match(stdout, /"codec_name": "aac"[^]*"channels": 1[^]*"duration": "[23]\.\d/);
  });

  it('become Ogg with Opus, and are let be where they are that already', async () => {
    const ffmpeg = new Ffmpeg({ program });
    const same = await ffmpeg.voice(voice(ogg), 'ogg-opus', signal);
    assert.ok(same.kind === 'voice' && same.duration !== undefined && same.waveform !== undefined);
    assert.deepEqual(await bytesOf(same), ogg);
    const m4a = await ffmpeg.voice(voice(ogg), 'm4a-aac', signal);
    assert.ok(m4a.kind === 'voice');
    const back = await ffmpeg.voice(voice(await bytesOf(m4a), { mimetype: 'audio/mp4' }), 'ogg-opus', signal);
    assert.ok(back.kind === 'voice', JSON.stringify(back));
    assert.deepEqual([back.name, back.mimetype], ['Hello.ogg', 'audio/ogg']);
    assert.match((await bytesOf(back)).subarray(0, 64).toString('latin1'), /^OggS.*OpusHead/s);
  });

  it('are nothing that names other files, and nothing that is no sound', async () => {
    const ffmpeg = new Ffmpeg({ program });
    const secret = join(dir.path, 'tone.ogg');
    await stat(secret);
    const hostile = [
      `#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nfile://${secret}\n#EXT-X-ENDLIST\n`,
      `ffconcat version 1.0\nfile '${secret}'\n`,
      'not a sound at all',
      '',
      ogg.subarray(0, 20).toString('latin1'),
    ];
    for (const text of hostile) {
      const made = await ffmpeg.voice(voice(Buffer.from(text, 'latin1')), 'm4a-aac', signal);
      assert.equal(made.kind, 'failed', text.slice(0, 20));
    }
  });

  it('are what the doctor sees', async () => {
    const found = await soundProbe(process.env['PATH']).look();
    assert.ok(found.kind === 'found');
    assert.deepEqual(found.lacks, []);
    assert.match(found.version, /^\S/);
    assert.deepEqual(await soundProbe('/nonexistent').look(), { kind: 'none' });
  });
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

async function bytesOf(media: Media): Promise<Buffer> {
  const opened = await media.open(signal);
  assert.ok(opened.kind === 'open');
  const chunks: Uint8Array[] = [];
  for await (const chunk of opened.stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
