import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';

const root = new URL('../../../', import.meta.url);
const page = await readFile(new URL('docs/writing-a-network.md', root), 'utf8');

/** The excerpts that name their file in the first line; a line `// …` stands for what is left out. */
const excerpts = [...page.matchAll(/```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)```/g)].map(
  ([, path = '', code = '']) => ({
    path,
    parts: code.split(/^\s*\/\/ …$/m).map(flat),
  }),
);

function flat(code: string): string {
  return code.replace(/\s+/g, ' ').trim();
}

describe('the guide to writing a network', () => {
  it('quotes the sources as they are', async () => {
    assert.ok(excerpts.length > 15, 'the excerpts are found');
    for (const { path, parts } of excerpts) {
      const source = flat(await readFile(new URL(path, root), 'utf8'));
      let from = 0;
      for (const part of parts) {
        const at = source.indexOf(part, from);
        assert.notEqual(at, -1, `${path} no longer says: ${part}`);
        from = at + part.length;
      }
    }
  });
});
