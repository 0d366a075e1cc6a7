import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseDocument, stringify } from 'yaml';
import { parseConfigText, longText } from '../../../src/config/document.ts';
import { plainYaml } from '../../../src/config/plain-yaml.ts';

/** What the library says; undefined where the text is wrong. */
function wholly(source: string): unknown {
  const document = parseDocument(source, { prettyErrors: false, logLevel: 'silent' });
  return document.errors.length > 0 ? undefined : (document.toJS() as unknown);
}

/** Answers what the fast reader says, which is nothing or the same. */
function same(source: string): unknown {
  const value = plainYaml(source);
  if (value !== undefined) assert.deepEqual(value, wholly(source), source);
  return value;
}

/** Pieces of YAML, plain and not, which are put together at random. */
const pieces = [
  ...[
    'a',
    'b_c',
    'true',
    'no',
    'null',
    '~',
    '5',
    '05',
    '0x1A',
    '1e3',
    '-1',
    '1.5',
    '20MB',
    '1m',
    '22:00',
    '.inf',
  ],
  ...[
    '"x"',
    '"\\n"',
    '"\\\\d"',
    "'it''s'",
    "'",
    '"',
    '[',
    ']',
    '{',
    '}',
    ', ',
    ',',
    ': ',
    ':',
    '- ',
    '-',
    '# c',
    ' #',
  ],
  ...[
    '\n',
    '\n',
    '\n  ',
    '\n  ',
    '\n    ',
    ' ',
    '  ',
    '\t',
    '\r\n',
    '&x ',
    '*x',
    '!t ',
    '|',
    '>',
    '---',
    '...',
    '%',
  ],
  ...[
    'a:',
    'a: ',
    'id: ',
    '- id: ',
    'rules:\n',
    'é',
    '😀',
    '\u00A0',
    '\u2028',
    '\uFEFF',
    '__proto__: ',
    '<<: ',
    '? ',
  ],
];

describe('the fast reader of plain YAML', () => {
  it('says of any text nothing, or what the library says', () => {
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 24 }).map((some) => some.join(''));
    fc.assert(
      fc.property(text, (source) => void same(source)),
      { numRuns: 20_000 },
    );
  });

  it('says the same of plain lines, wherever they stand', () => {
    const line = fc.tuple(
      fc.constantFrom('', '  ', '    ', '- ', '  - ', '    - '),
      fc.constantFrom('id: ', 'a: ', 'features: ', 'b:', '', '# '),
      fc.constantFrom(
        '',
        'x',
        '[a, "b"]',
        '{a: 1, b: [c]}',
        '5',
        'a b:c',
        '"/@.*:hs\\\\.x/"',
        "'*'",
        'x # c',
        'x# c',
        '"b"#',
        '[a',
      ),
    );
    let plain = 0;
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), (lines) => {
        if (same(lines.map((parts) => parts.join('')).join('\n')) !== undefined) plain += 1;
      }),
      { numRuns: 20_000 },
    );
    assert.ok(plain > 200, `only ${String(plain)} were plain`);
  });

  it('reads what programs write', () => {
    const name = fc
      .stringMatching(/^[a-z][a-z_]{0,8}$/)
      .filter((one) => !['null', 'true', 'false'].includes(one));
    const leaf = fc.oneof(
      name,
      fc.integer({ min: 0, max: 1e9 }),
      fc.stringMatching(/^[@!/][a-z*.\\]{1,6}(:[a-z*.\\]{1,6})?$/),
    );
    const rule = fc.dictionary(
      name,
      fc.oneof(leaf, fc.array(leaf, { minLength: 1 }), fc.dictionary(name, leaf, { minKeys: 1 })),
      {
        minKeys: 1,
      },
    );
    fc.assert(
      fc.property(fc.array(rule, { minLength: 1 }), (rules) => {
        const written = stringify({ rules }, { lineWidth: 0 });
        assert.deepEqual(same(written), wholly(written));
      }),
    );
  });

  it('reads what rules are made of', () => {
    const source = [
      'rules:',
      '  # Nothing large at night.',
      '  - id: night',
      '    features: [image, file]   # no texts',
      '    users: [\'@alice:example.org\', "/@.*:hs\\\\.x/"]',
      '    time: { from: 22:00, to: 06:00, zone: Europe/Berlin }',
      '    larger_than_size: 20MB',
      '    more_than:',
      '      events: 20',
      '      within: 1m',
      '    action: refuse',
      '    rooms:',
      '    - "!a:b"',
    ].join('\n');
    assert.notEqual(same(source), undefined);
  });

  it('leaves to the library what is not plain', () => {
    for (const source of [
      'a: 1\na: 2',
      'a: &x b\nc: *x',
      'a: |\n  b',
      'a: b\n  c',
      'a:\nb: c',
      'a: yes: no',
      'a: [b, c\n  ]',
      'a:\t1',
      '"a": 1',
      '',
      `${'{a: '.repeat(40)}1${'}'.repeat(40)}`,
      `a: ${'['.repeat(40)}${']'.repeat(40)}`,
    ])
      assert.equal(plainYaml(source), undefined, source);
  });
});

describe('a long file', () => {
  const rules = Array.from(
    { length: 3_000 },
    (_, at) => `  - id: rule-${String(at)}\n    features: [text]`,
  ).join('\n');
  const source = `rules:\n${rules}\n`;

  it('has its places all the same', () => {
    assert.ok(source.length > longText);
    const document = parseConfigText('rules.yaml', source);
    assert.deepEqual(document.value, wholly(source));
    assert.deepEqual(document.place(['rules', '1', 'features', '0'], 'value'), {
      ...{ kind: 'file', file: 'rules.yaml', line: 5, column: 16 },
    });
  });

  it('is refused with the place of what is wrong in it', () => {
    const document = parseConfigText('rules.yaml', `${source}  - id: [\n`);
    assert.equal(document.value, undefined);
    const [problem] = document.problems;
    assert.ok(problem?.place.kind === 'file');
    assert.ok(problem.place.line >= 6_002);
  });
});
