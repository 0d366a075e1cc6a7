/** The loudness of voice messages: MSC3246 has whole numbers up to 1024, the core shares of one. */

const loudest = 1024;
/** As many as the core carries. */
const mostSamples = 256;

/** Reads a waveform; more samples than are carried are thinned out evenly. `undefined` for what is none. */
export function parseWaveform(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const samples: readonly unknown[] = value;
  const count = Math.min(samples.length, mostSamples);
  const read: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const sample = samples[Math.floor((index * samples.length) / count)];
    if (typeof sample !== 'number' || Number.isNaN(sample)) return undefined;
    read.push(Math.min(Math.max(sample, 0), loudest) / loudest);
  }
  return read;
}

/** Writes a waveform. */
export function renderWaveform(waveform: readonly number[]): readonly number[] {
  return waveform.slice(0, mostSamples).map((share) => Math.round(Math.min(Math.max(share, 0), 1) * loudest));
}
