import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createFrameReader, writeFrame, type FrameReader } from '../../../../src/interop/noise/frame.ts';
import { createPrologueReader } from '../../../../src/interop/noise/prologue.ts';
import { noiseProfile } from '../../../../src/interop/profile/noise-profile.ts';

const most = 1_000;

function frameOf(body: Uint8Array): Uint8Array {
  const frame = writeFrame(body);
  assert.ok(frame instanceof Uint8Array);
  return frame;
}

/** All that a reader makes of a stream that comes in these chunks; the last entry is a failure's reason where one came. */
function readAll(reader: FrameReader, chunks: readonly Uint8Array[]): string[] {
  const read: string[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let next = reader.next(); next.kind !== 'more'; next = reader.next()) {
      if (next.kind === 'failed') return [...read, next.reason];
      read.push(Buffer.from(next.body).toString('hex'));
    }
  }
  return read;
}

function cut(bytes: Uint8Array, points: readonly number[]): Uint8Array[] {
  const sorted = [0, ...points.map((point) => point % (bytes.length + 1)), bytes.length].sort(
    (a, b) => a - b,
  );
  // Fresh copies: nothing may depend on chunks lying beside each other.
  return sorted.slice(1).map((end, index) => Uint8Array.from(bytes.subarray(sorted[index], end)));
}

describe('frame reader', () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: most, size: 'max' }), { maxLength: 6 });

  it('finds the same frames however the stream is cut', () => {
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(), { maxLength: 20 }), fc.boolean(), (frames, points, prologue) => {
        const start = prologue ? noiseProfile.prologue : new Uint8Array(0);
        const stream = Buffer.concat([start, ...frames.map(frameOf)]);
        const reader = createFrameReader(most, prologue ? createPrologueReader() : undefined);
        const read = readAll(reader, cut(stream, points));
        assert.deepEqual(
          read,
          frames.map((frame) => Buffer.from(frame).toString('hex')),
        );
        assert.equal(reader.isBetweenFrames(), true);
        assert.equal(reader.held(), 0);
      }),
    );
  });

  it('finds them byte by byte, and knows at each byte whether the stream may end', () => {
    const frames = [new Uint8Array(0), Uint8Array.of(1), new Uint8Array(300).fill(2)];
    const reader = createFrameReader(most);
    const read: number[] = [];
    for (const frame of frames.map(frameOf)) {
      for (const [index, byte] of frame.entries()) {
        reader.push(Uint8Array.of(byte));
        for (let next = reader.next(); next.kind !== 'more'; next = reader.next()) {
          assert.ok(next.kind === 'frame');
          read.push(next.body.length);
        }
        assert.equal(reader.isBetweenFrames(), index === frame.length - 1);
      }
    }
    assert.deepEqual(read, [0, 1, 300]);
  });

  it('stays failed after a frame over its limit, and holds nothing', () => {
    const ok = frameOf(new Uint8Array(most));
    const reader = createFrameReader(most);
    const tooLarge = frameOf(new Uint8Array(most + 1));
    assert.deepEqual(readAll(reader, [ok, tooLarge.subarray(0, 3)]).slice(1), ['frame-too-large']);
    assert.deepEqual(readAll(reader, [ok]), ['frame-too-large']);
    assert.equal(reader.held(), 0);
    reader.push(ok);
    reader.push(ok);
    assert.equal(reader.held(), 0);
  });

  it('takes a new limit with the next frame', () => {
    const reader = createFrameReader(10);
    assert.deepEqual(readAll(reader, [frameOf(new Uint8Array(10))]).length, 1);
    reader.limit(20);
    assert.deepEqual(readAll(reader, [frameOf(new Uint8Array(20))]).length, 1);
    assert.deepEqual(readAll(reader, [frameOf(new Uint8Array(21))]), ['frame-too-large']);
  });

  it('allocates by what has come, not by what was announced', () => {
    const reader = createFrameReader(2 ** 24);
    reader.push(Uint8Array.of(0xff, 0xff, 0xff));
    assert.equal(reader.next().kind, 'more');
    assert.ok(reader.held() <= 64);
    for (let came = 0; came < 20_000; came += 7) {
      reader.push(new Uint8Array(7));
      assert.equal(reader.next().kind, 'more');
      assert.ok(reader.held() <= Math.max(64, 2 * (came + 10)));
    }
  });

  it('copies each byte a bounded number of times: a large frame in small pieces takes time by its size', () => {
    const time = (size: number): number => {
      const reader = createFrameReader(2 ** 24);
      const stream = frameOf(new Uint8Array(size));
      const began = process.cpuUsage();
      for (let at = 0; at < stream.length; at += 16) {
        reader.push(stream.subarray(at, at + 16));
        reader.next();
      }
      return process.cpuUsage(began).user / size;
    };
    time(50_000);
    // Sixteen times the size would cost each byte sixteen times as much, were all copied again for each piece.
    const [small, large] = [time(50_000), Math.min(time(800_000), time(800_000))];
    assert.ok(large < 8 * small, `${large} µs a byte after ${small}`);
  });

  it('says which prologue is wrong at its first wrong byte', () => {
    const read = (bytes: readonly number[]): string[] =>
      readAll(createFrameReader(most, createPrologueReader()), [Uint8Array.from(bytes)]);
    assert.deepEqual(read([0x47]), ['wrong-prologue']);
    assert.deepEqual(read([0x45, 0x44, 0, 1]), ['wrong-prologue']);
    assert.deepEqual(read([0x57, 0x41, 0x05]), ['unsupported-version']);
    assert.deepEqual(read([0x57, 0x41, 0x06, 0x02]), ['unsupported-version']);
    assert.deepEqual(read([0x57, 0x41, 0x06]), []);
  });

  it('makes of any bytes frames within the limit, or one failure', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 30 }), (chunks) => {
        const reader = createFrameReader(most);
        const joined = Buffer.concat(chunks);
        assert.deepEqual(readAll(reader, chunks), readAll(createFrameReader(most), [joined]));
        assert.ok(reader.held() <= Math.max(64, 2 * joined.length));
      }),
    );
  });

  it('cannot write what its length field cannot say', () => {
    const frame = writeFrame(new Uint8Array(2 ** 24));
    assert.ok(!(frame instanceof Uint8Array));
    assert.equal(frame.reason, 'frame-too-large');
    assert.deepEqual(
      Buffer.from(frameOf(new Uint8Array(2 ** 24 - 1)).subarray(0, 3)).toString('hex'),
      'ffffff',
    );
  });
});
