/** The text of an answer's body; throws as soon as it is longer than `limit` bytes. */
export async function boundedText(body: AsyncIterable<Uint8Array>, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > limit) throw new Error('the answer is longer than any that is expected');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
