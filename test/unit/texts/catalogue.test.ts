import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { reasons } from '../../../src/core/outcome.ts';
import { ar } from '../../../src/texts/ar.ts';
import {
  ago,
  languageOf,
  render,
  text,
  type Catalogue,
  type Template,
} from '../../../src/texts/catalogue.ts';
import { en } from '../../../src/texts/en.ts';

const forms = (template: Template): string[] =>
  typeof template === 'string' ? [template] : Object.values(template.forms);
const parameters = (template: Template): string[] =>
  [
    ...new Set(
      forms(template).flatMap((form) => [...form.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '')),
    ),
  ]
    .concat(typeof template === 'string' ? [] : [template.by])
    .filter((name, index, all) => all.indexOf(name) === index)
    .sort();

describe('the catalogues', () => {
  const english: Catalogue = en;
  it('have the same keys', () => assert.deepEqual(Object.keys(ar).sort(), Object.keys(en).sort()));

  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    it(`agree on the parameters and the code spans of ${key}`, () => {
      assert.deepEqual(parameters(ar[key]), parameters(english[key]));
      for (const form of [...forms(ar[key]), ...forms(english[key])])
        assert.equal((form.match(/`/g) ?? []).length % 2, 0, form);
    });
  }

  it('have a sentence for every reason', () => {
    for (const reason of reasons)
      for (const language of ['en', 'ar'] as const)
        assert.match(text(language, `reason.${reason}`), /\S+ \S+.*\.$/u, `${language}: ${reason}`);
  });

  it('use all six Arabic plural categories wherever a number decides', () => {
    for (const template of Object.values(ar))
      if (typeof template !== 'string')
        assert.deepEqual(Object.keys(template.forms).sort(), ['few', 'many', 'one', 'other', 'two', 'zero']);
  });
});

describe('text', () => {
  it('chooses the plural form of the language', () => {
    assert.equal(text('en', 'link.wrong', { left: 1 }), 'This is not the code. You have 1 more try.');
    assert.match(text('en', 'link.wrong', { left: 4 }), /4 more tries/);
    const arabic = [1, 2, 3, 11, 100].map((left) => text('ar', 'link.wrong', { left }));
    assert.match(arabic[0] ?? '', /محاولة واحدة/);
    assert.match(arabic[1] ?? '', /محاولتان/);
    assert.match(arabic[2] ?? '', /3 محاولات/);
    assert.match(arabic[3] ?? '', /11 محاولة/);
  });

  it('isolates what is foreign in Arabic, and Arabic in English', () => {
    assert.match(text('ar', 'command.unknown', { name: 'foo@bar' }), /\u2068foo@bar\u2069/);
    assert.match(text('ar', 'command.empty'), /\u2068help\u2069/);
    assert.match(text('en', 'start.opened', { name: 'سلمى' }), /\u2068سلمى\u2069/);
    assert.equal(text('en', 'start.opened', { name: 'Bob' }), 'The chat with Bob is open:');
  });

  it('never reads a parameter as template or HTML', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('en' as const, 'ar' as const), (name, language) => {
        const { plain, html } = render(language, 'command.unknown', { name });
        assert.ok(plain.includes(name));
        assert.doesNotMatch(html.replaceAll('<code>', '').replaceAll('</code>', ''), /[<>]/);
      }),
    );
  });

  it('renders what is to be typed as code', () => {
    assert.equal(
      render('en', 'command.unknown-near', { name: '<b>', near: 'help' }).html,
      'I do not know the command &#60;b&#62;. Did you mean <code>help</code>?',
    );
  });
});

describe('languageOf', () => {
  it('understands tags and locales', () => {
    assert.equal(languageOf('ar_EG.UTF-8'), 'ar');
    assert.equal(languageOf('EN'), 'en');
    assert.equal(languageOf('argot'), undefined);
    assert.equal(languageOf(undefined), undefined);
  });
});

describe('ago', () => {
  it('uses the largest unit that fits, with Latin digits', () => {
    assert.equal(ago('en', 0, 59_000), '59 seconds ago');
    assert.equal(ago('en', 0, 3_600_000), '1 hour ago');
    assert.equal(ago('en', 0, 3 * 86_400_000), '3 days ago');
    assert.match(ago('ar', 0, 300_000), /5/);
  });
});
