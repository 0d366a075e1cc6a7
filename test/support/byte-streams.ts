/** The bytes cut at these places (which wrap around their length), one chunk after the other; empty ones among them. */
export async function* chunksOf(
  bytes: Uint8Array,
  cuts: readonly number[] = [],
): AsyncGenerator<Uint8Array, void, undefined> {
  const places = cuts.map((cut) => cut % (bytes.byteLength + 1)).sort((a, b) => a - b);
  let from = 0;
  for (const place of [...places, bytes.byteLength]) {
    await Promise.resolve();
    yield bytes.subarray(from, place);
    from = place;
  }
}

/** So many bytes that repeat, in chunks of one buffer: no more of them is in memory. */
export async function* manyBytes(
  size: number,
  chunkBytes = 64 * 1024,
): AsyncGenerator<Uint8Array, void, undefined> {
  const chunk = Buffer.alloc(chunkBytes, 0xa5);
  for (let left = size; left > 0; left -= chunkBytes) {
    await Promise.resolve();
    yield chunk.subarray(0, Math.min(left, chunkBytes));
  }
}

/** All of a stream in one piece. */
export async function gathered(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
