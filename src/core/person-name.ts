/** The most characters of a name, in code points; longer ones are cut. */
const mostCharacters = 100;

/**
 * A person's name as it is shown: on one line, in the form C of Unicode, without what turns, hides or piles up text
 * (controls, bidirectional and other format characters, more than four marks on one letter), and not too long. Empty
 * where nothing of it can be shown.
 */
export function cleanName(name: string): string {
  const line = name
    .slice(0, mostCharacters * 20)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\p{Cf}\p{Cs}\p{Cn}\p{Co}]/gu, (char) => (char === '\u200d' ? char : ''))
    .replace(/(\p{M}{4})\p{M}+/gu, '$1')
    .normalize('NFC')
    .replace(/\s+/gu, ' ')
    .trim();
  const short = Array.from(line).slice(0, mostCharacters).join('').trim();
  // A joiner joins; alone it is nothing to see.
  return /[^\u200d\p{M}\s\u115f\u1160\u3164\uffa0\u2800]/u.test(short) ? short : '';
}
