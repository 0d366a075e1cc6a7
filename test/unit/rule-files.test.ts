import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { bridgeConfig, configSchema, type BridgeConfig } from '../../src/config-schema.ts';
import { problemText } from '../../src/config/problem.ts';
import { readConfig } from '../../src/config/load.ts';
import { LiveSettings } from '../../src/live-settings.ts';
import { readRules, type ReadRules } from '../../src/rule-files.ts';
import { rulesSchema } from '../../src/rules/config.ts';
import { userGroupsSchema } from '../../src/user-groups-config.ts';
import { languages } from '../../src/texts/catalogue.ts';
import { z } from 'zod';

const folder = mkdtempSync(join(tmpdir(), 'rules-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const schema = z.strictObject({ rules: rulesSchema, userGroups: userGroupsSchema });

/** Reads a configuration that has only rules; answers them, or the lines that tell what is wrong. */
function read(source: string): ReadRules | readonly string[] {
  let found: ReadRules | undefined;
  const loaded = readConfig(schema, 'config.yaml', source, {}, (config, place) => {
    const section = { ...config.rules, userGroups: config.userGroups };
    found = readRules(section, ['xmpp', 'whatsapp'], folder, place);
    return found.kind === 'errors' ? found.problems : [];
  });
  if (loaded.kind === 'loaded' && found !== undefined) return found;
  assert.equal(loaded.kind, 'errors');
  for (const language of languages)
    for (const problem of loaded.problems) assert.ok(problemText(language, problem).includes('yaml'));
  return loaded.problems.map((problem) => problemText('en', problem));
}

function file(name: string, source: string): void {
  writeFileSync(join(folder, name), source);
}

describe('rules in the configuration', () => {
  it('are read with the files that it names, in their order, the presets behind them', () => {
    file('one.yaml', 'rules:\n  - {id: two, features: [file], larger_than_size: 5MB, action: refuse}\n');
    file(
      'two.json',
      '{"rules": [{"id": "three", "features": ["text"], "more_than": {"events": 3, "within": "1m"}, "action": "drop"}]}',
    );
    const found = read(
      'user_groups: {staff: [hs]}\nrules:\n  files: [one.yaml, two.json]\n  list:\n    - {id: one, user_groups: [staff], features: [poll], action: convert}\n',
    );
    assert.ok('kind' in found && found.kind === 'rules');
    assert.deepEqual(
      found.rules.configured.map(({ rule }) => rule.id),
      ['one', 'two', 'three'],
    );
    assert.equal(found.rules.configured[1]?.rule.largerThanBytes, 5_000_000);
    assert.equal(found.rules.configured[2]?.rule.moreThan?.withinMs, 60_000);
    assert.deepEqual(
      found.rules.presets.map(({ rule }) => rule.id),
      ['whatsapp.stickers', 'whatsapp.disappearing'],
    );
  });

  const wrong: readonly [what: string, source: string, place: RegExp][] = [
    ['an unknown feature', '    - {id: a, features: [smell], action: drop}', /config\.yaml:3:\d+.*features/],
    ['an unknown key', '    - {id: a, featurs: [text], action: drop}', /config\.yaml:3:\d+.*featurs/],
    [
      'a bad pattern',
      '    - id: a\n      users: ["/(/"]\n      features: [text]\n      action: drop',
      /config\.yaml:4:\d+.*users/,
    ],
    [
      'the same id',
      '    - {id: a, features: [text], action: drop}\n    - {id: a, features: [text], action: drop}',
      /config\.yaml:4:\d+.*more than one/,
    ],
    [
      'an unknown group',
      '    - id: a\n      user_groups: [x]\n      features: [text]\n      action: drop',
      /config\.yaml:4:\d+.*user_groups/,
    ],
  ];
  for (const [what, source, place] of wrong) {
    it(`are refused with their place for ${what}`, () => {
      const lines = read(`rules:\n  list:\n${source}\n`);
      assert.ok(Array.isArray(lines));
      assert.match(lines.join('\n'), place);
    });
  }

  it('are refused with their place in a file', () => {
    file(
      'bad.yaml',
      'rules:\n  - id: good\n    features: [text]\n    action: drop\n  - id: bad\n    features: [typing]\n    action: convert\n',
    );
    const lines = read('rules:\n  files: [bad.yaml]\n');
    assert.ok(Array.isArray(lines));
    assert.match(lines.join('\n'), /bad\.yaml:6:16.*cannot convert typing/);
    const missing = read('rules:\n  files: [none.yaml]\n');
    assert.ok(Array.isArray(missing));
    assert.match(missing.join('\n'), /none\.yaml.*ENOENT/);
  });
});

describe('rules that are read again', () => {
  const configured = (list: readonly object[]): BridgeConfig =>
    bridgeConfig(
      configSchema.parse({
        homeserver: { url: 'http://localhost:8008', domain: 'hs' },
        appservice: {},
        storage: { key: 'a'.repeat(64) },
        rules: { list },
      }),
      { asToken: 'a'.repeat(16), hsToken: 'b'.repeat(16) },
    );

  it('hold at once; those that do not fit what was set meanwhile leave all as it was', () => {
    const rule = { id: 'one', features: ['text'], action: 'drop' };
    const settings = new LiveSettings(configured([rule]));
    const ids = (): readonly string[] => settings.rules.rules.rules.map(({ authored }) => authored.rule.id);
    assert.deepEqual(ids(), ['one']);
    assert.deepEqual(settings.change(configured([{ ...rule, id: 'two' }])), []);
    assert.deepEqual(ids(), ['two']);
    settings.rules.change({
      runtime: [{ rule: { id: 'mine', features: ['text'], action: 'drop' }, author: { kind: 'config' } }],
    });
    assert.deepEqual(settings.change(configured([{ ...rule, id: 'mine' }])), ['rules']);
    assert.deepEqual(ids(), ['mine', 'two']);
  });

  it('are compiled once where nothing was set while the bridge runs', () => {
    const [first, second] = ['one', 'two'].map((id) =>
      configured([{ id, features: ['text'], action: 'drop' }]),
    );
    assert.ok(first !== undefined && second !== undefined);
    const settings = new LiveSettings(first);
    assert.equal(settings.rules.rules, first.rules.compiled);
    settings.change(second);
    assert.equal(settings.rules.rules, second.rules.compiled);
    settings.rules.change({
      runtime: [{ rule: { id: 'mine', features: ['text'], action: 'drop' }, author: { kind: 'config' } }],
    });
    settings.change(first);
    assert.deepEqual(
      settings.rules.rules.rules.map(({ authored }) => authored.rule.id),
      ['mine', 'one'],
    );
  });
});
