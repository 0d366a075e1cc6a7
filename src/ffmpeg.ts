/**
 * The transcoder on the system's ffmpeg (https://ffmpeg.org/ffmpeg.html), run as a child process without a shell. What it
 * reads comes from strangers: it gets one local file of ours and a list of plain containers (no playlists, which name
 * other files), bounded time and size, and no environment. Nothing here throws.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { limitBytes, MediaError, type Media, type OpenMedia } from './core/media.ts';
import { essence } from './core/media-type.ts';
import { failedForGood, failedForNow, type Failed } from './core/outcome.ts';
import { spoolToFile, type SpooledFile } from './core/spool.ts';
import type { Transcoder, VoiceFormat } from './core/transcoder.ts';
import { SoundMeter } from './sound-meter.ts';

/** What the transcoder may use; `timeoutMs` is for one run of the program. */
export interface FfmpegOptions {
  /** The program's path. */
  readonly program: string;
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
}

interface Format {
  readonly mimetype: string;
  readonly ending: string;
  /** Types that clients declare for files which have the format already. */
  readonly same: ReadonlySet<string>;
  readonly arguments: readonly string[];
}

const formats: Readonly<Record<VoiceFormat, Format>> = {
  'ogg-opus': {
    mimetype: 'audio/ogg',
    ending: '.ogg',
    same: new Set(['audio/ogg', 'audio/opus', 'application/ogg']),
    arguments: ['-c:a', 'libopus', '-b:a', '24k', '-application', 'voip', '-ar', '48000', '-f', 'ogg'],
  },
  'm4a-aac': {
    mimetype: 'audio/mp4',
    ending: '.m4a',
    same: new Set(['audio/mp4', 'audio/m4a', 'audio/x-m4a', 'audio/aac']),
    arguments: ['-c:a', 'aac', '-b:a', '48k', '-movflags', '+faststart', '-f', 'ipod'],
  },
};

const containers = 'ogg,mov,mp4,m4a,3gp,matroska,webm,mp3,wav,flac,aac,amr,caf';
const defaults = { maxBytes: 32 * 1024 * 1024, timeoutMs: 60_000 };
/** Nobody speaks longer than this at a time; a small file can claim to. */
const longestMs = 6 * 60 * 60_000;
/** What is not fetched by then is removed. */
const keptMs = 10 * 60_000;
/** More that wait than this are sent as they are. */
const mostWaiting = 32;

/** Looks for ffmpeg in the folders of a search path (`PATH`), or `undefined` where it is in none. */
export function findFfmpeg(searchPath: string | undefined): string | undefined {
  const folders = (searchPath ?? '').split(delimiter).filter(isAbsolute);
  return folders.map((folder) => join(folder, 'ffmpeg')).find(isProgram);
}

/** The transcoder of this machine, or `undefined` where it has no ffmpeg. */
export function installedFfmpeg(): Transcoder | undefined {
  const program = findFfmpeg(process.env['PATH']);
  return program === undefined ? undefined : new Ffmpeg({ program });
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What a run of the program came to. */
type Ran = { readonly kind: 'ran' } | Failed;

/** Runs ffmpeg for voice messages, at most one for each processor but one at the same time. */
export class Ffmpeg implements Transcoder {
  readonly #options: Required<FfmpegOptions>;
  readonly #turns = new Turns(Math.max(1, availableParallelism() - 1));

  constructor(options: FfmpegOptions) {
    this.#options = { ...defaults, ...options };
  }

  async voice(media: Media, format: VoiceFormat, signal: AbortSignal): Promise<Media | Failed> {
    const { maxBytes } = this.#options;
    if (media.size !== undefined && media.size > maxBytes) return failedForGood('too-large');
    if (!(await this.#turns.enter(signal))) return failedForNow('timeout');
    try {
      const opened = await media.open(signal);
      if (opened.kind === 'failed') return opened;
      const file = await spoolToFile(limitBytes(opened.stream, maxBytes));
      const made = await this.#from(file, media, formats[format], signal);
      if (made.kind === 'failed') await file[Symbol.asyncDispose]();
      return made;
    } catch (error) {
      return error instanceof MediaError ? error.failed : failedForNow('media-unavailable', error);
    } finally {
      this.#turns.leave();
    }
  }

  async #from(file: SpooledFile, media: Media, format: Format, signal: AbortSignal): Promise<Media | Failed> {
    const heard = await this.#hear(file, media, signal);
    if (heard.kind === 'failed') return heard;
    if (format.same.has(essence(media.mimetype)))
      return onDisk({ ...media, ...heard.facts }, file, file.path, file.size);
    const path = `${file.path}${format.ending}`;
    const input = ['-i', `file:${file.path}`, '-map', '0:a:0', '-map_metadata', '-1', '-ac', '1'];
    const limit = ['-fs', String(this.#options.maxBytes)];
    const ran = await this.#run([...input, ...format.arguments, ...limit, `file:${path}`], signal, undefined);
    if (ran.kind === 'failed') return ran;
    const { size } = await stat(path);
    // A file that was cut off at the limit is no voice message.
    if (size === 0 || size >= this.#options.maxBytes * 0.99) return failedForGood('too-large');
    const stem = media.name.replace(/\.[A-Za-z0-9]{1,5}$/, '');
    const { mimetype, ending } = format;
    return onDisk({ ...media, ...heard.facts, mimetype, name: `${stem}${ending}` }, file, path, size);
  }

  /** How long it is and how loud over its time, where that was not said. */
  async #hear(
    file: SpooledFile,
    { duration, waveform }: Media,
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'heard'; readonly facts: Pick<Media, 'duration' | 'waveform'> } | Failed> {
    if (duration !== undefined && waveform !== undefined)
      return { kind: 'heard', facts: { duration, waveform } };
    const meter = new SoundMeter();
    const input = ['-i', `file:${file.path}`, '-map', '0:a:0', '-ac', '1', '-ar', String(meter.rate)];
    const enough = new AbortController();
    const take = (chunk: Uint8Array): void => {
      meter.take(chunk);
      if (meter.duration > longestMs) enough.abort();
    };
    const bounded = AbortSignal.any([signal, enough.signal]);
    const ran = await this.#run([...input, '-f', 's16le', 'pipe:1'], bounded, take);
    if (ran.kind === 'failed') return ran;
    if (meter.duration === 0) return failedForGood('media-unavailable');
    const facts = { duration: duration ?? meter.duration, waveform: waveform ?? meter.waveform() };
    return { kind: 'heard', facts };
  }

  #run(
    own: readonly string[],
    signal: AbortSignal,
    take: ((chunk: Uint8Array) => void) | undefined,
  ): Promise<Ran> {
    const bounds = ['-nostdin', '-hide_banner', '-loglevel', 'error', '-threads', '1', '-y'];
    const trust = ['-protocol_whitelist', 'file,pipe', '-format_whitelist', containers];
    const child = spawn(this.#options.program, [...bounds, ...trust, ...own], {
      stdio: ['ignore', take === undefined ? 'ignore' : 'pipe', 'ignore'],
      env: {},
      shell: false,
      signal: AbortSignal.any([signal, AbortSignal.timeout(this.#options.timeoutMs)]),
      killSignal: 'SIGKILL',
    });
    if (take !== undefined) child.stdout?.on('data', take);
    const ended = Promise.withResolvers<Ran>();
    child.once('error', (error) => ended.resolve(failedForNow('media-unavailable', error)));
    child.once('close', (code) => {
      ended.resolve(code === 0 ? { kind: 'ran' } : failedForGood('media-unavailable', { code }));
    });
    return ended.promise;
  }
}

/** The media with its bytes at a path of a spooled file's folder, which goes once they were read, or after a while. */
function onDisk(media: Media, file: SpooledFile, path: string, size: number): Media {
  const remove = async (): Promise<void> => {
    clearTimeout(timer);
    await file[Symbol.asyncDispose]();
  };
  const timer = setTimeout(() => void remove().catch(() => undefined), keptMs);
  timer.unref();
  async function* bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of createReadStream(path)) yield chunk as Uint8Array;
    } finally {
      await remove();
    }
  }
  const open = async (): Promise<OpenMedia> => ({
    kind: 'open',
    stream: bytes(),
    size,
    mimetype: media.mimetype,
  });
  return { ...media, size, open };
}

/** Lets a few in at once, the others after them in order. */
class Turns {
  #free: number;
  readonly #waiting: ((entered: true) => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  /** Whether there is a place now, or was one before the signal. */
  async enter(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted || this.#waiting.length >= mostWaiting) return false;
    if (this.#free > 0) {
      this.#free -= 1;
      return true;
    }
    const turn = Promise.withResolvers<boolean>();
    const enter = (): void => turn.resolve(true);
    this.#waiting.push(enter);
    const give = (): void => {
      const at = this.#waiting.indexOf(enter);
      if (at === -1) return;
      this.#waiting.splice(at, 1);
      turn.resolve(false);
    };
    signal.addEventListener('abort', give, { once: true });
    try {
      return await turn.promise;
    } finally {
      signal.removeEventListener('abort', give);
    }
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next(true);
  }
}
