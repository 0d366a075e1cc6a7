/** Samples of one window, an eightieth of a second. */
const windowSamples = 100;
const points = 100;

/** Measures mono sound of signed 16-bit samples (little endian, `rate` of them a second) that comes in chunks. */
export class SoundMeter {
  readonly rate = 8000;
  readonly #peaks: number[] = [];
  #samples = 0;
  #peak = 0;
  #half: number | undefined;

  take(chunk: Uint8Array): void {
    const bytes = this.#half === undefined ? chunk : Buffer.concat([Uint8Array.of(this.#half), chunk]);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const even = bytes.byteLength - (bytes.byteLength % 2);
    for (let at = 0; at < even; at += 2) {
      this.#peak = Math.max(this.#peak, Math.abs(view.getInt16(at, true)));
      this.#samples += 1;
      if (this.#samples % windowSamples === 0) this.#endWindow();
    }
    this.#half = even === bytes.byteLength ? undefined : bytes[even];
  }

  /** In milliseconds. */
  get duration(): number {
    return Math.round((this.#samples / this.rate) * 1000);
  }

  /** The loudness over the time, in 100 points from 0 to 1, the loudest of them 1. */
  waveform(): readonly number[] {
    const peaks = this.#samples % windowSamples === 0 ? this.#peaks : [...this.#peaks, this.#peak];
    const loudest = peaks.reduce((most, peak) => Math.max(most, peak), 1);
    return Array.from({ length: points }, (_, point) => {
      const from = Math.floor((point * peaks.length) / points);
      const to = Math.max(from + 1, Math.floor(((point + 1) * peaks.length) / points));
      const peak = peaks.slice(from, to).reduce((most, one) => Math.max(most, one), 0);
      return Math.round((peak / loudest) * 1000) / 1000;
    });
  }

  #endWindow(): void {
    this.#peaks.push(this.#peak);
    this.#peak = 0;
  }
}
