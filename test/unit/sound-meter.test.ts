import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SoundMeter } from '../../src/sound-meter.ts';

/** Samples as bytes, little endian. */
function pcm(samples: readonly number[]): Buffer {
  const bytes = Buffer.alloc(samples.length * 2);
  for (const [at, sample] of samples.entries()) bytes.writeInt16LE(sample, at * 2);
  return bytes;
}

describe('the sound meter', () => {
  it('tells how long a sound is and where it is loud', () => {
    const meter = new SoundMeter();
    meter.take(pcm(Array.from({ length: 8000 }, (_, at) => (at < 4000 ? 0 : -16_000))));
    assert.equal(meter.duration, 1000);
    const dripping = new SoundMeter();
    const two = Array.from({ length: 200 }, (_, at) => (at < 100 ? 300 : -4000));
    for (const byte of pcm(two)) dripping.take(Uint8Array.of(byte));
    assert.deepEqual([dripping.waveform()[0], dripping.waveform()[99]], [0.075, 1]);
    const waveform = meter.waveform();
    assert.equal(waveform.length, 100);
    assert.deepEqual([waveform[0], waveform[49], waveform[50], waveform[99]], [0, 0, 1, 1]);
  });

  it('gives the same however the bytes are cut, and always a hundred points from 0 to 1', () => {
    const samples = fc.array(fc.integer({ min: -32_768, max: 32_767 }), { maxLength: 1500 });
    fc.assert(
      fc.property(samples, fc.array(fc.nat({ max: 400 }), { maxLength: 20 }), (sound, cuts) => {
        const bytes = pcm(sound);
        const [whole, cut] = [new SoundMeter(), new SoundMeter()];
        whole.take(bytes);
        let from = 0;
        for (const length of cuts) {
          cut.take(bytes.subarray(from, from + length));
          from += length;
        }
        cut.take(bytes.subarray(Math.min(from, bytes.byteLength)));
        assert.deepEqual([cut.duration, cut.waveform()], [whole.duration, whole.waveform()]);
        assert.equal(whole.waveform().length, 100);
        for (const point of whole.waveform()) assert.ok(point >= 0 && point <= 1);
      }),
      { numRuns: 300 },
    );
  });
});
