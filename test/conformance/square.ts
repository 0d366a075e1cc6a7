import { crc32, deflateSync } from 'node:zlib';
import type { SampleFile } from './rig.ts';

/** A square picture of one grey (PNG, https://www.w3.org/TR/png-3/), `side` pixels wide. */
export function square(name: string, side: number, grey: number): SampleFile {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const row = Buffer.concat([Buffer.of(0), Buffer.alloc(side, grey)]);
  const pixels = Buffer.concat(Array.from({ length: side }, () => row));
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(pixels)), chunk('IEND', Buffer.alloc(0))];
  const signature = Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return { name, type: 'image/png', bytes: Uint8Array.from(Buffer.concat([signature, ...parts])) };
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(named.byteLength + 8);
  frame.writeUInt32BE(data.byteLength, 0);
  named.copy(frame, 4);
  frame.writeUInt32BE(crc32(named), named.byteLength + 4);
  return frame;
}
