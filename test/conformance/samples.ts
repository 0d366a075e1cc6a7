import { randomBytes } from 'node:crypto';
import { deflateSync, crc32 } from 'node:zlib';
import type { SampleFile } from './rig.ts';

/** A picture of one red pixel (PNG, https://www.w3.org/TR/png-3/). */
export function picture(name: string): SampleFile {
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]);
  const pixel = deflateSync(Buffer.from([0, 255, 0, 0]));
  const bytes = Uint8Array.from(
    Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      chunk('IHDR', header),
      chunk('IDAT', pixel),
      chunk('IEND', Buffer.alloc(0)),
    ]),
  );
  return { name, type: 'image/png', bytes };
}

/** A file of random bytes. */
export function noise(name: string, size: number): SampleFile {
  return { name, type: 'application/octet-stream', bytes: Uint8Array.from(randomBytes(size)) };
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.byteLength);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
