// Streams of sealed frames, spoilt or not, cut anywhere: two readers of the same bytes must read the same.
import { createFrameReader } from '../../src/interop/noise/frame.ts';
import { createSessionCipher } from '../../src/interop/noise/session-cipher.ts';
import type { Random } from './random.ts';
import { spoil } from './spoil.ts';

const most = 300;
const [key, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];

export function frames(random: Random): string {
  const sender = createSessionCipher(key, other);
  const bodies = Array.from({ length: random.below(5) }, () => random.bytes(random.below(most)));
  const parts = bodies.map((body) => {
    const sealed = sender.seal(body);
    if (!(sealed instanceof Uint8Array)) throw new Error(sealed.text);
    return Buffer.from([0, sealed.length >> 8, sealed.length & 255, ...sealed]);
  });
  const stream = spoil(random, Buffer.concat(parts));
  const whole = read([stream], bodies);
  const cut = read(pieces(random, stream), bodies);
  if (whole !== cut) throw new Error(`whole ${whole}, but in pieces ${cut}`);
  return `frames ${whole.replace(/^\d+ /, '')}`;
}

/** How many messages came, and how it ended. What opens is what was sealed, in its order. */
function read(chunks: readonly Uint8Array[], bodies: readonly Uint8Array[]): string {
  const receiver = createSessionCipher(other, key);
  const reader = createFrameReader(most);
  let opened = 0;
  let came = 0;
  for (const chunk of chunks) {
    came += chunk.length;
    reader.push(chunk);
    for (let next = reader.next(); next.kind !== 'more'; next = reader.next()) {
      if (next.kind === 'failed') return `${opened} ${next.reason}`;
      const body = receiver.open(next.body);
      if (!(body instanceof Uint8Array)) return `${opened} ${body.reason}`;
      if (Buffer.compare(body, bodies[opened] ?? Buffer.from('none')) !== 0)
        throw new Error('opened something else');
      opened += 1;
    }
    if (reader.held() > Math.max(64, 2 * came) || reader.held() > most + 3) throw new Error('holds too much');
  }
  return `${opened} ${reader.isBetweenFrames() ? 'whole' : 'truncated'}`;
}

function pieces(random: Random, stream: Uint8Array): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < stream.length;) {
    const next = Math.min(stream.length, at + random.oneOf([1, 2, 3, 50, 500]));
    chunks.push(Uint8Array.from(stream.subarray(at, next)));
    at = next;
  }
  return chunks;
}
