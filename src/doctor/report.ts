import { text, type Language } from '../texts/catalogue.ts';
import type { Finding } from './check.ts';
import type { Examined } from './examine.ts';

const marks: Readonly<Record<Finding['kind'], string>> = { ok: '✓', warn: '!', fail: '✗', skipped: '–' };

/** Whether nothing failed. */
export function isWell(results: readonly Examined[]): boolean {
  return results.every(({ finding }) => finding.kind !== 'fail');
}

/** The findings as lines for people: what is not well says what to do. */
export function reportText(language: Language, results: readonly Examined[]): string {
  const names = results.map(({ check }) => check.name.in(language));
  const width = Math.max(0, ...names.map((name) => name.length));
  const lines = results.map(
    ({ finding }, index) =>
      `${marks[finding.kind]} ${(names[index] ?? '').padEnd(width)}  ${finding.told.in(language)}`,
  );
  const failed = results.filter(({ finding }) => finding.kind === 'fail').length;
  const end =
    failed === 0 ? text(language, 'doctor.all-well') : text(language, 'doctor.not-well', { count: failed });
  return `${lines.join('\n')}\n\n${end}\n`;
}

/** The findings as one JSON object: `{"ok":true,"checks":[{"check","finding","key","text"}…]}`. */
export function reportJson(language: Language, results: readonly Examined[]): string {
  return JSON.stringify({
    ok: isWell(results),
    checks: results.map(({ check, finding }) => ({
      check: check.name.in(language),
      finding: finding.kind,
      key: finding.told.key,
      text: finding.told.in(language),
    })),
  });
}
