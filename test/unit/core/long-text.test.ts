import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { longText, type LongText } from '../../../src/core/long-text.ts';

/** What somebody reads of it in the end. */
async function read(text: LongText): Promise<string> {
  if (text.kind === 'parts') return text.parts.join('');
  const opened = await text.media.open(AbortSignal.timeout(1000));
  assert.ok(opened.kind === 'open');
  const chunks: Uint8Array[] = [];
  for await (const chunk of opened.stream) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  assert.equal(text.media.size, bytes.byteLength);
  return bytes.toString();
}

describe('a long text', () => {
  it('is one part where it fits, several up to a number, and a file beyond it', async () => {
    const limits = { maxBytes: 20, maxParts: 2 };
    assert.deepEqual(longText('short', limits), { kind: 'parts', parts: ['short'] });
    assert.deepEqual(longText('twenty bytes at most, then more', limits), {
      kind: 'parts',
      parts: ['twenty bytes at ', 'most, then more'],
    });
    const file = longText('word '.repeat(9), limits);
    assert.ok(file.kind === 'file');
    assert.deepEqual([file.media.name, file.media.mimetype], ['message.txt', 'text/plain']);
    assert.equal(await read(file), 'word '.repeat(9));
    // 39 bytes are two times 20, but their words do not fall into two parts.
    assert.equal(longText('aaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbb ccccc', limits).kind, 'file');
  });

  it('loses nothing, whatever its limits', async () => {
    const texts = fc.string({ unit: 'binary', maxLength: 300 }).map((text) => text.toWellFormed());
    await fc.assert(
      fc.asyncProperty(
        texts,
        fc.integer({ min: 12, max: 60 }),
        fc.integer({ min: 1, max: 5 }),
        async (text, maxBytes, maxParts) => {
          const limited = longText(text, { maxBytes, maxParts });
          assert.equal(await read(limited), text);
          if (limited.kind === 'file') return;
          assert.ok(limited.parts.length <= maxParts);
          for (const part of limited.parts) assert.ok(Buffer.byteLength(part) <= maxBytes);
        },
      ),
    );
  });
});
