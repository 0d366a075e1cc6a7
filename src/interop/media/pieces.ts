/** So much is worked on at once: a stream of any chunks costs the same memory, and the event loop is not held up. */
const pieceBytes = 256 * 1024;

/** The same bytes in pieces of a bounded size, without the empty ones; a chunk is not copied. */
export async function* inPieces(
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of stream) {
    for (let from = 0; from < chunk.byteLength; from += pieceBytes) {
      yield chunk.subarray(from, from + pieceBytes);
    }
  }
}

/**
 * Ends a stream that nobody is going to read. A first chunk is asked for, because a generator that has not begun does not
 * pass its end on to the stream that it reads.
 */
export async function unread(stream: AsyncIterable<Uint8Array>): Promise<void> {
  const iterator = stream[Symbol.asyncIterator]();
  try {
    await iterator.next();
    await iterator.return?.();
  } catch {
    // It broke by itself: it is closed.
  }
}
