import { text, type Language, type ParamsOf, type TextKey } from '../texts/catalogue.ts';
import type { DoctorContext } from './context.ts';

/** A text of the catalogue that is told later, in the language of whoever reads it. */
export interface Told {
  readonly key: TextKey;
  readonly in: (language: Language) => string;
}

/** What a check found: well, well enough, or not; the text of what is not well says what to do. */
export interface Finding {
  readonly kind: 'ok' | 'warn' | 'fail' | 'skipped';
  readonly told: Told;
}

/** One check. */
export interface Check {
  readonly name: Told;
  /** What must have gone well before: without it the check is skipped. */
  readonly needs: readonly Check[];
  run(context: DoctorContext): Promise<Finding>;
}

/** A text for later. */
export function told<K extends TextKey>(key: K, ...params: ParamsOf<K>): Told {
  return { key, in: (language) => text(language, key, ...params) };
}

export function ok<K extends TextKey>(key: K, ...params: ParamsOf<K>): Finding {
  return { kind: 'ok', told: told(key, ...params) };
}

export function warn<K extends TextKey>(key: K, ...params: ParamsOf<K>): Finding {
  return { kind: 'warn', told: told(key, ...params) };
}

export function fail<K extends TextKey>(key: K, ...params: ParamsOf<K>): Finding {
  return { kind: 'fail', told: told(key, ...params) };
}
