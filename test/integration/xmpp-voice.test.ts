import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { Media } from '../../src/core/media.ts';
import { Ffmpeg, findFfmpeg } from '../../src/ffmpeg.ts';
import { makeRunDir } from '../support/run-dir.ts';
import { XmppScene } from '../support/xmpp-scene.ts';
import { attribute, NS, type Stanza } from '../support/xmpp-stanzas.ts';

describe('a voice message to XMPP, on Prosody', { timeout: 120_000 }, () => {
  const program = findFfmpeg(process.env['PATH']) ?? '';
  let scene: XmppScene;
  let ogg: Buffer;
  before(async () => {
    scene = await XmppScene.open('xmpp-voice');
    await using dir = await makeRunDir('xmpp-voice-tone');
    const path = join(dir.path, 'tone.ogg');
    const tone = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=2', '-c:a', 'libopus', path];
    await promisify(execFile)(program, ['-nostdin', '-loglevel', 'error', ...tone]);
    ogg = await readFile(path);
  });
  after(() => scene[Symbol.asyncDispose]());

  const voice = (bytes: Buffer): Media => ({
    ...{ kind: 'voice', name: 'Voice message.ogg', mimetype: 'audio/ogg', size: bytes.byteLength },
    ...{ width: undefined, height: undefined, duration: undefined },
    ...{ waveform: undefined, blurhash: undefined, thumbnail: undefined },
    open: async () => ({ kind: 'open', stream: once(bytes), size: bytes.byteLength, mimetype: undefined }),
  });
  const received = async (media: Media, cause: string): Promise<{ file: Stanza; bytes: Buffer }> => {
    const handled = await scene.say({ kind: 'media', media, caption: undefined }, cause);
    assert.ok(handled.kind === 'sent', JSON.stringify(handled));
    const [id] = handled.messageIds;
    const message = await scene.bob.waitFor((stanza) => attribute(stanza, 'id') === id);
    const file = message.getChild('file-sharing', NS.fileSharing)?.getChild('file', NS.fileMetadata);
    assert.ok(file);
    const response = await fetch(message.getChild('x', NS.oob)?.getChildText('url') ?? '');
    return { file, bytes: Buffer.from(await response.arrayBuffer()) };
  };

  it('is AAC in MP4 with its length, where there is ffmpeg', async () => {
    await scene.start({ transcoder: new Ffmpeg({ program }) });
    await scene.up();
    assert.equal(scene.network.capabilities.features.voice, 'full');
    const { file, bytes } = await received(voice(ogg), 'sung');
    assert.deepEqual(
      ['media-type', 'name', 'size'].map((name) => file.getChildText(name)),
      ['audio/mp4', 'Voice message.m4a', String(bytes.byteLength)],
    );
    assert.ok(Math.abs(Number(file.getChildText('length')) - 2000) < 100);
    assert.match(bytes.subarray(4, 12).toString('latin1'), /^ftypM4A/);
    const broken = Buffer.from('no sound');
    const original = await received(voice(broken), 'mumbled');
    assert.deepEqual(original.bytes, broken);
    assert.equal(original.file.getChildText('media-type'), 'audio/ogg');
  });

  it('is as it was recorded without, and where the configuration says so', async () => {
    await scene.start();
    await scene.up();
    assert.equal(scene.network.capabilities.features.voice, 'partial');
    assert.deepEqual((await received(voice(ogg), 'plain')).bytes, ogg);
    const media = { trusted_hosts: ['127.0.0.1'], transcode_voice: false };
    await scene.start({ transcoder: new Ffmpeg({ program }), media });
    await scene.up();
    assert.equal(scene.network.capabilities.features.voice, 'partial');
    assert.deepEqual((await received(voice(ogg), 'as-said')).bytes, ogg);
  });
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
