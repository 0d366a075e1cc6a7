import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { readConfig } from '../../../src/config/load.ts';
import { features } from '../../../src/core/network.ts';
import { compile } from '../../../src/rules/compile.ts';
import { conversions } from '../../../src/rules/convert.ts';
import { presetNames, presets } from '../../../src/rules/presets.ts';
import { dimensions } from '../../../src/rules/rule.ts';
import { ruleFileSchema } from '../../../src/rules/schema.ts';

const page = await readFile(new URL('../../../docs/rules.md', import.meta.url), 'utf8');

describe('the page of the rules', () => {
  it('has ten examples that can be loaded, none of which is idle', () => {
    const example = /```yaml\n([^]*?)```/.exec(page)?.[1] ?? '';
    const read = readConfig(ruleFileSchema, 'example.yaml', `rules:\n${example}`, {});
    assert.ok(read.kind === 'loaded', JSON.stringify(read));
    assert.equal(read.config.rules.length, 10);
    const compiled = compile(
      read.config.rules.map((rule) => ({ rule, author: { kind: 'config' } })),
      { userGroups: { pupils: [] }, regions: {}, networks: ['xmpp'] },
    );
    assert.ok(compiled.kind === 'compiled', JSON.stringify(compiled));
    assert.deepEqual(compiled.rules.warnings, []);
  });

  it('names every feature, preset and rule of a preset, and the dimensions in their order', () => {
    const cells = page.split('\n').filter((line) => line.startsWith('|'));
    for (const feature of features)
      assert.ok(
        cells.some((line) => line.split('|')[1]?.includes(`\`${feature}\``)),
        feature,
      );
    for (const name of presetNames) {
      assert.ok(page.includes(`\`${name}\``), name);
      for (const { id } of presets[name]) assert.ok(page.includes(id), id);
    }
    assert.equal(dimensions.length, 7);
    assert.ok(Object.keys(conversions).length > 10);
  });
});
