import { ar } from './ar.ts';
import { en } from './en.ts';

/** The languages that people can choose. */
export const languages = ['en', 'ar'] as const;
export type Language = (typeof languages)[number];

/** A sentence that depends on a number: one form for each plural category of its language (CLDR). */
export interface Plural {
  /** The parameter that holds the number. */
  readonly by: string;
  readonly forms: Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };
}
/** A sentence. `{name}` stands for a parameter, and a span between backticks is something to type. */
export type Template = string | Plural;
export type TextKey = keyof typeof en;
/** What can be wrong with a rule that is written well: each has a sentence, `rules.problem.<code>`. */
export type RuleTrouble = TextKey extends infer K
  ? K extends `rules.problem.${infer Code}`
    ? Code
    : never
  : never;
/** Every language has every text. */
export type Catalogue = Readonly<Record<TextKey, Template>>;

type NamesIn<T extends string> = T extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;
type FormsOf<T> = T extends string ? T : T extends { readonly forms: infer F } ? F[keyof F] & string : never;
type CountOf<T> = T extends { readonly by: infer By extends string } ? By : never;
type Params<K extends TextKey> = Readonly<
  Record<Exclude<NamesIn<FormsOf<(typeof en)[K]>>, CountOf<(typeof en)[K]>>, string | number> &
    Record<CountOf<(typeof en)[K]>, number>
>;
/** The parameters of a text, as a tuple: none where the sentence has none. */
export type ParamsOf<K extends TextKey> = K extends TextKey
  ? [keyof Params<K>] extends [never]
    ? readonly []
    : readonly [params: Params<K>]
  : never;

/** A text in both forms that Matrix messages have. */
export interface Rendered {
  readonly plain: string;
  readonly html: string;
}

const catalogues: Readonly<Record<Language, Catalogue>> = { en, ar };
const rtl = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
const rules: Readonly<Record<Language, Intl.PluralRules>> = {
  en: new Intl.PluralRules('en'),
  ar: new Intl.PluralRules('ar'),
};

/** A text as plain text: what a parameter brings keeps its own direction (Unicode isolates U+2068 and U+2069). */
export function text<K extends TextKey>(language: Language, key: K, ...params: ParamsOf<K>): string {
  return render(language, key, ...params).plain;
}

/** A text as plain text and as Matrix's subset of HTML; parameters are escaped, and what is to be typed is `code`. */
export function render<K extends TextKey>(language: Language, key: K, ...params: ParamsOf<K>): Rendered {
  const values: Readonly<Record<string, string | number>> = params[0] ?? {};
  const template = formOf(language, catalogues[language][key], values);
  let plain = '';
  let html = '';
  for (const [whole, code, name] of template.matchAll(/`([^`]*)`|\{(\w+)\}|[^`{]+|./gs)) {
    if (code !== undefined) {
      const typed = code.replace(/\{(\w+)\}/g, (_, inner: string) => String(values[inner] ?? ''));
      plain += isolate(language, typed);
      html += isolate(language, `<code>${escapeHtml(typed)}</code>`);
    } else if (name !== undefined) {
      const value = values[name] ?? '';
      const shown = typeof value === 'number' ? String(value) : isolate(language, value);
      plain += shown;
      html += escapeHtml(shown);
    } else {
      plain += whole;
      html += escapeHtml(whole);
    }
  }
  return { plain, html };
}

/** The language of a tag such as `ar`, `ar-EG` or `ar_EG.UTF-8`; undefined where there is no catalogue for it. */
export function languageOf(tag: string | undefined): Language | undefined {
  const name = /^[a-z]+/i.exec(tag ?? '')?.[0].toLowerCase();
  return languages.find((language) => language === name);
}

/** How long ago something was, in words: `3 minutes ago`. Both times in milliseconds. */
export function ago(language: Language, at: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  const format = new Intl.RelativeTimeFormat(`${language}-u-nu-latn`, { numeric: 'always' });
  if (seconds < 60) return format.format(-seconds, 'second');
  if (seconds < 3600) return format.format(-Math.floor(seconds / 60), 'minute');
  if (seconds < 172_800) return format.format(-Math.floor(seconds / 3600), 'hour');
  return format.format(-Math.floor(seconds / 86_400), 'day');
}

/** Escapes text for HTML. */
export function escapeHtml(plain: string): string {
  return plain.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}

function formOf(language: Language, template: Template, values: Readonly<Record<string, unknown>>): string {
  if (typeof template === 'string') return template;
  return template.forms[rules[language].select(Number(values[template.by]))] ?? template.forms.other;
}

/** What is foreign to a sentence must not turn its order around. */
function isolate(language: Language, value: string): string {
  return language === 'ar' || rtl.test(value) ? `\u2068${value}\u2069` : value;
}
