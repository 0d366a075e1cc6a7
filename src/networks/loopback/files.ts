import { randomUUID } from 'node:crypto';

const sliceBytes = 65_536;

/** The bytes that lie in the world, by their name there. */
export class Files {
  readonly #files = new Map<string, readonly Uint8Array[]>();

  /** Stores bytes under a fresh name. */
  put(bytes: Uint8Array): string {
    const name = `file-${randomUUID()}`;
    this.#files.set(name, [bytes]);
    return name;
  }

  /** Stores a stream under a name; a file of that name is replaced once the stream has ended well. */
  async receive(name: string, stream: AsyncIterable<Uint8Array>): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    this.#files.set(name, chunks);
  }

  /** A file's length in bytes, `undefined` where there is none. */
  size(name: string): number | undefined {
    return this.#files.get(name)?.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  }

  /** A file as a stream of small pieces, `undefined` where there is none. */
  stream(name: string): AsyncIterable<Uint8Array> | undefined {
    const chunks = this.#files.get(name);
    return chunks && slices(chunks);
  }

  /** A file in one piece, as a person's client shows it. */
  whole(name: string): Uint8Array | undefined {
    const chunks = this.#files.get(name);
    return chunks && Buffer.concat(chunks);
  }
}

async function* slices(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const chunk of chunks) {
    for (let start = 0; start < chunk.byteLength; start += sliceBytes) {
      yield chunk.subarray(start, start + sliceBytes);
    }
  }
}
