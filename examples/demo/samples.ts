/** The small files that people send each other in the demo, each of them real. */
import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32, deflateSync } from 'node:zlib';
import type { SampleMedia } from '../../test/conformance/rich-chat.ts';
import type { SampleFile } from '../../test/conformance/rig.ts';
import { findFfmpeg } from '../../src/ffmpeg.ts';
import { shippedFilm, shippedVoice } from './shipped-media.ts';

export interface Samples {
  /** Whether ffmpeg is on this machine, for this program and for the bridge. */
  readonly ffmpeg: boolean;
  readonly film: Uint8Array<ArrayBuffer>;
  readonly filmSide: number;
  readonly voice: Uint8Array<ArrayBuffer>;
  /** In milliseconds, as the next. */
  readonly filmLength: number;
  readonly voiceLength: number;
}

const run = promisify(execFile);

/** Makes a film and a voice message with ffmpeg in `folder`, or takes the ones that come with the demo. */
export async function makeSamples(folder: string): Promise<Samples> {
  const program = findFfmpeg(process.env['PATH']);
  if (program === undefined)
    return {
      ffmpeg: false,
      film: decoded(shippedFilm.base64),
      filmSide: shippedFilm.side,
      filmLength: shippedFilm.seconds * 1_000,
      voice: decoded(shippedVoice.base64),
      voiceLength: shippedVoice.seconds * 1_000,
    };
  await mkdir(folder, { recursive: true });
  const made = async (name: string, ...args: readonly string[]): Promise<Uint8Array<ArrayBuffer>> => {
    const path = join(folder, name);
    await run(program, ['-nostdin', '-loglevel', 'error', '-y', '-f', 'lavfi', ...args, path]);
    return Uint8Array.from(await readFile(path));
  };
  const colours = ['-i', 'testsrc=size=128x128:rate=10:duration=2', '-pix_fmt', 'yuv420p'];
  const tone = ['-i', 'sine=frequency=440:duration=3', '-c:a', 'libopus', '-b:a', '16k'];
  return {
    ffmpeg: true,
    film: await made('film.mp4', ...colours),
    filmSide: 128,
    filmLength: 2_000,
    voice: await made('voice.ogg', ...tone),
    voiceLength: 3_000,
  };
}

export type Colour = readonly [red: number, green: number, blue: number];

/** A picture of 64 by 64 pixels in one colour (PNG, https://www.w3.org/TR/png-3/). */
export function picture(name: string, colour: Colour): SampleFile {
  const header = Buffer.from([0, 0, 0, side, 0, 0, 0, side, 8, 2, 0, 0, 0]);
  const line = [0, ...Array.from({ length: side }, () => colour).flat()];
  const pixels = Buffer.from(Array.from({ length: side }, () => line).flat());
  const parts = [
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ];
  return { name, type: 'image/png', bytes: Uint8Array.from(Buffer.concat(parts)) };
}

/** How wide and high a picture is. */
export const side = 64;

export function image(name: string, colour: Colour): SampleMedia {
  return { ...picture(name, colour), sort: 'image', width: side, height: side };
}

export function sticker(name: string, colour: Colour): SampleMedia {
  return { ...image(name, colour), sort: 'sticker' };
}

export function film(name: string, samples: Samples): SampleMedia {
  const { film: bytes, filmSide: width, filmLength: duration } = samples;
  const thumbnail = picture('small.png', [90, 90, 90]);
  return { name, type: 'video/mp4', bytes, sort: 'video', width, height: width, duration, thumbnail };
}

/** A tone of one second (RIFF WAVE, 8 bits, 8,000 samples a second). */
export function tone(name: string, hertz: number): SampleMedia {
  const rate = 8_000;
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + rate, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(rate, 40);
  const wave = Array.from({ length: rate }, (_, at) =>
    Math.round(128 + 100 * Math.sin((2 * Math.PI * hertz * at) / rate)),
  );
  const bytes = Uint8Array.from(Buffer.concat([head, Buffer.from(wave)]));
  return { name, type: 'audio/wav', bytes, sort: 'audio', duration: 1_000 };
}

export function voice(name: string, { voice: bytes, voiceLength: duration }: Samples): SampleMedia {
  const waveform = Array.from({ length: 32 }, (_, at) => Math.abs(Math.sin(at / 5)));
  return { name, type: 'audio/ogg', bytes, sort: 'voice', duration, waveform };
}

export function card(name: string, person: string, telephone: string): SampleMedia {
  const lines = ['BEGIN:VCARD', 'VERSION:4.0', `FN:${person}`, `TEL:${telephone}`, 'END:VCARD', ''];
  return { ...written(name, 'text/vcard', lines.join('\r\n')), sort: 'contact' };
}

export function notes(name: string, text: string, caption: string): SampleMedia {
  return { ...written(name, 'text/plain', text.repeat(100)), sort: 'file', caption };
}

function written(name: string, type: string, text: string): SampleFile {
  return { name, type, bytes: Uint8Array.from(Buffer.from(text)) };
}

function decoded(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(base64, 'base64'));
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.byteLength);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
