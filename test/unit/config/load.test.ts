import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { z } from 'zod';
import { loadConfig, readConfig, settingsOf } from '../../../src/config/load.ts';
import { problemText } from '../../../src/config/problem.ts';
import { variablesOf } from '../../../src/config/environment.ts';

const schema = z.object({
  homeserver: z.object({
    url: z.url({ protocol: /^https?$/ }),
    asToken: z.string().min(4).meta({ secret: true }),
  }),
  storage: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('sqlite'), path: z.string().default('db.sqlite') }),
      z.object({ kind: z.literal('postgres'), url: z.string().meta({ secret: true }) }),
    ])
    .prefault({ kind: 'sqlite' }),
  spine: z
    .object({
      giveUpAfter: z.number().int().positive().meta({ unit: 'ms' }).default(1000),
      waitMs: z.number().default(5),
      maxBytes: z.number().meta({ unit: 'bytes' }).optional(),
      level: z.enum(['debug', 'info']).default('info'),
      on: z.boolean().default(true),
    })
    .prefault({}),
  permissions: z.record(z.string(), z.enum(['none', 'user', 'admin'])).default({}),
  words: z.array(z.string()).default([]),
});
const good = { homeserver: { url: 'http://localhost:8008', as_token: 's3cret-token' } };

const read = (
  value: unknown,
  env: Record<string, string> = {},
): ReturnType<typeof readConfig<z.infer<typeof schema>>> =>
  readConfig(schema, 'config.yaml', typeof value === 'string' ? value : stringify(value), env);
const problems = (value: unknown, env: Record<string, string> = {}): string[] => {
  const result = read(value, env);
  return result.kind === 'errors' ? result.problems.map((problem) => problemText('en', problem)) : [];
};
const config = (value: unknown, env: Record<string, string> = {}): z.infer<typeof schema> => {
  const result = read(value, env);
  assert.ok(result.kind === 'loaded', JSON.stringify(result));
  return result.config;
};

describe('a good configuration', () => {
  it('has snake case in the file and the names of the schema in the program', () => {
    const loaded = config({ ...good, spine: { give_up_after: '1h 30m', max_size: '50 MiB' } });
    assert.equal(loaded.homeserver.asToken, 's3cret-token');
    assert.equal(loaded.spine.giveUpAfter, 5_400_000);
    assert.equal(loaded.spine.maxBytes, 52_428_800);
  });

  it('takes every value from a variable, which goes before the file', () => {
    const loaded = config(good, {
      CAUSEWAY_HOMESERVER_URL: 'https://other',
      CAUSEWAY_SPINE_GIVE_UP_AFTER: '3 days',
      CAUSEWAY_SPINE_MAX_SIZE: '12',
      CAUSEWAY_SPINE_ON: 'false',
      CAUSEWAY_SPINE_WAIT: '2s',
      CAUSEWAY_STORAGE_KIND: 'postgres',
      CAUSEWAY_STORAGE_URL: 'postgres://db',
      CAUSEWAY_PERMISSIONS: '{"@a:b": admin}',
      CAUSEWAY_WORDS: 'one, two',
    });
    assert.equal(loaded.homeserver.url, 'https://other');
    assert.deepEqual(loaded.spine, {
      giveUpAfter: 259_200_000,
      waitMs: 2000,
      maxBytes: 12,
      level: 'info',
      on: false,
    });
    assert.deepEqual(loaded.storage, { kind: 'postgres', url: 'postgres://db' });
    assert.deepEqual(loaded.permissions, { '@a:b': 'admin' });
    assert.deepEqual(loaded.words, ['one', 'two']);
  });

  it('tells variables that name nothing, and takes an empty variable for none', () => {
    const result = read(good, {
      CAUSEWAY_HOMESERVR_URL: 'x',
      CAUSEWAY_CONFIG: 'y',
      CAUSEWAY_HOMESERVER_URL: '',
    });
    assert.deepEqual(result.kind === 'loaded' && result.ignored, ['CAUSEWAY_HOMESERVR_URL']);
  });

  it('takes a section with nothing behind its name as the default', () => {
    assert.equal(config(`${stringify(good)}\nspine:\n`).spine.level, 'info');
  });
});

describe('secrets', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'causeway-config-'));
    writeFileSync(join(folder, 'token'), 'from-a-file\n');
  });
  after(() => rmSync(folder, { recursive: true }));
  const load = (
    yaml: string,
    env: Record<string, string> = {},
  ): ReturnType<typeof loadConfig<z.infer<typeof schema>>> => {
    writeFileSync(join(folder, 'config.yaml'), yaml);
    return loadConfig(schema, { file: join(folder, 'config.yaml'), env });
  };

  it('come from files beside the configuration, or from files that variables name', () => {
    for (const result of [
      load('homeserver: {url: "http://a", as_token_file: token}'),
      load('homeserver: {url: "http://a", as_token: other}', {
        CAUSEWAY_HOMESERVER_AS_TOKEN_FILE: join(folder, 'token'),
      }),
    ])
      assert.equal(result.kind === 'loaded' && result.config.homeserver.asToken, 'from-a-file');
  });

  it('say which file cannot be read, and which value is given twice', () => {
    const missing = load('homeserver: {url: "http://a", as_token_file: absent}');
    assert.equal(missing.kind, 'errors');
    assert.deepEqual(
      missing.problems.map((problem) => [problem.path, problem.what.kind]),
      [['homeserver.as_token_file', 'secret-unreadable']],
    );
    const twice = load('homeserver: {url: "http://a", as_token: abcd, as_token_file: token}');
    assert.deepEqual(twice.kind === 'errors' && twice.problems.map((problem) => problem.what.kind), [
      'twice',
    ]);
  });

  it('are never shown', () => {
    const shown = problems({
      homeserver: { url: 'x', as_token: 'abc' },
      storage: { kind: 'postgres', url: ['hunter2'] },
      words: { hunter2: 1 },
    }).join('\n');
    assert.doesNotMatch(shown, /abc|hunter2/);
    assert.match(
      shown,
      /homeserver\.as_token: found a text that is not shown, expected at least 4 characters/,
    );
  });

  it('are refused as placeholders', () => {
    assert.deepEqual(problems({ homeserver: { url: 'http://a', as_token: 'replace-me' } }), [
      'config.yaml:3:13: homeserver.as_token: this is still the placeholder; put your own secret here',
    ]);
  });

  it('have a file of their own that can be absent: the configuration', () => {
    const result = loadConfig(schema, { file: join(folder, 'absent.yaml'), env: {} });
    assert.match(
      result.kind === 'errors' ? problemText('en', result.problems[0] ?? assert.fail()) : '',
      /ENOENT/,
    );
  });
});

describe('an error', () => {
  it('names place, path, what was found and what is expected, and comes with all the others', () => {
    const yaml = `homeserver:
  url: 5
  as_token: s3cret
storage: {kind: oracle}
spine:
  give_up_after: soon
  levl: debug
  level: loud
permissions:
  "@a:b": boss
`;
    assert.deepEqual(problems(yaml), [
      'config.yaml:2:8: homeserver.url: found the number 5, expected a text',
      'config.yaml:4:17: storage.kind: found the text "oracle", expected one of sqlite, postgres',
      'config.yaml:6:18: spine.give_up_after: found the text "soon", expected a time such as `30s`, `24h` or `3 days`, or a number of milliseconds'.replaceAll(
        '`',
        '',
      ),
      'config.yaml:7:3: spine.levl: there is no such setting; did you mean level?',
      'config.yaml:8:10: spine.level: found the text "loud", expected one of debug, info',
      'config.yaml:10:11: permissions."@a:b": found the text "boss", expected one of none, user, admin',
    ]);
  });

  it('names what is missing, at the place where it should be', () => {
    assert.deepEqual(problems('homeserver:\n  url: http://a\n'), [
      'config.yaml:1:1: homeserver.as_token: found nothing, expected a text',
    ]);
    assert.equal(problems('').length, 1);
  });

  it('names the variable that it comes from', () => {
    assert.deepEqual(problems(good, { CAUSEWAY_SPINE_ON: 'perhaps' }), [
      'environment variable CAUSEWAY_SPINE_ON: spine.on: found the text "perhaps", expected true or false',
    ]);
  });

  it('is told of text that is no YAML', () => {
    assert.match(problems('a: [b')[0] ?? '', /^config\.yaml:1:\d+: the document: this is not valid YAML/);
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(9)}]\nc: &c [${'*b,'.repeat(9)}]\nd: [${'*c,'.repeat(9)}]\n`;
    assert.match(problems(bomb).join(), /not valid YAML/);
  });

  it('can be told in Arabic', () => {
    const result = read({ ...good, words: 5 });
    assert.match(
      result.kind === 'errors' ? problemText('ar', result.problems[0] ?? assert.fail()) : '',
      /والمتوقع \u2068قائمة/,
    );
  });
});

describe('whatever the file holds', () => {
  it('is a configuration or errors, each with a path that starts in the file or the schema', () => {
    const keys = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'homeserver',
        'url',
        'as_token',
        'storage',
        'kind',
        'spine',
        'permissions',
        '__proto__',
        'words',
      ),
    );
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom('sqlite', 'postgres', null, true, -1, 1e400, 'http://a'),
        fc.string(),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(keys, tie('node'), { maxKeys: 4 }),
      ),
    })).node;
    fc.assert(
      fc.property(fc.dictionary(keys, value), (document) => {
        const result = read(document);
        if (result.kind === 'loaded') return;
        assert.ok(result.problems.length > 0);
        for (const problem of result.problems) {
          const top = problem.path.startsWith('"')
            ? (JSON.parse(/^"(?:[^"\\]|\\.)*"/.exec(problem.path)?.[0] ?? '""') as string)
            : (problem.path.split('.')[0] ?? '');
          assert.ok(top === 'homeserver' || Object.hasOwn(document, top), problem.path);
          assert.ok(problemText('en', problem).startsWith('config.yaml:'));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never crashes on any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string({ unit: fc.constantFrom(...Array.from('{}[]:,-&*!|>\'"%@`#? \n\tab<')) }),
        ),
        (source) => {
          assert.ok(['loaded', 'errors'].includes(read(source).kind));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('the variables', () => {
  it('refuse a schema in which two settings share a name', () => {
    const clash = z.object({ a: z.object({ bC: z.string() }), aB: z.object({ c: z.string() }) });
    assert.throws(() => variablesOf(settingsOf(clash)), /share CAUSEWAY_A_B_C/);
  });
});

describe('a secret that YAML takes for something else', () => {
  it('is not shown in the error', () => {
    const schema = z.object({ key: z.string().meta({ secret: true }) });
    const loaded = readConfig(schema, 'c.yaml', 'key: *hunter2', {});
    assert.ok(loaded.kind === 'errors');
    const shown = loaded.problems.map((problem) => problemText('en', problem)).join();
    assert.match(shown, /alias/i);
    assert.doesNotMatch(shown, /hunter2/);
  });
});
