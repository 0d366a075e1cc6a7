/** What the doctor sees of ffmpeg. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { SoundProbe } from './doctor/context.ts';
import { findFfmpeg } from './ffmpeg.ts';

const needed = ['aac', 'libopus'];
const run = promisify(execFile);

/** Asks the ffmpeg of a search path; one that does not answer is none. */
export function soundProbe(searchPath: string | undefined): SoundProbe {
  return {
    look: async () => {
      const program = findFfmpeg(searchPath);
      if (program === undefined) return { kind: 'none' };
      try {
        const bounds = { timeout: 10_000, env: {} };
        const { stdout: about } = await run(program, ['-nostdin', '-version'], bounds);
        const { stdout: encoders } = await run(program, ['-nostdin', '-hide_banner', '-encoders'], bounds);
        const version = /^ffmpeg version (\S{1,60})/.exec(about)?.[1] ?? '–';
        const has = (name: string): boolean =>
          encoders.split('\n').some((line) => line.trim().split(/\s+/)[1] === name);
        return { kind: 'found', version, lacks: needed.filter((name) => !has(name)) };
      } catch {
        return { kind: 'none' };
      }
    },
  };
}
