/** The loudness of voice messages: in the core from 0 to 1, on the wire 64 values from 0 to 100. Pure. */
import { waveform } from '../profile/message-profile.ts';

/** The most values that the core takes. */
const most = 256;

/** `undefined` where there are none. */
export function readWaveform(bytes: Uint8Array | undefined): readonly number[] | undefined {
  if (bytes === undefined || bytes.byteLength === 0) return undefined;
  return [...resampled([...bytes.subarray(0, most * 16)], Math.min(bytes.byteLength, most))].map((value) =>
    Math.min(value / waveform.top, 1),
  );
}

export function writeWaveform(values: readonly number[] | undefined): Uint8Array | undefined {
  if (values === undefined || values.length === 0) return undefined;
  return Uint8Array.from(
    resampled(values, waveform.values).map((value) =>
      Math.round(Math.min(Math.max(value, 0), 1) * waveform.top),
    ),
  );
}

/** The loudest of what falls together, or the nearest where there are fewer. */
function resampled(values: readonly number[], count: number): readonly number[] {
  if (values.length === count) return values;
  return Array.from({ length: count }, (_, at) => {
    const from = Math.floor((at * values.length) / count);
    const to = Math.max(Math.floor(((at + 1) * values.length) / count), from + 1);
    return values.slice(from, to).reduce((loudest, value) => Math.max(loudest, value), 0);
  });
}
