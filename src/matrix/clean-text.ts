/** Names and topics as strangers wrote them, made fit to be shown. */

/** Characters that show nothing or turn the text around them: controls, formats (bidi marks, zero width), tags. */
const invisible = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029\u115f\u1160\u3164\uffa0\u{e0000}-\u{e0fff}]/gu;
/** Joiners make emoji and the letters of some scripts; between two other characters they are hidden marks. */
const joined =
  /(?<=[\p{Extended_Pictographic}\ufe0f\p{Emoji_Modifier}])\u200d(?=\p{Extended_Pictographic})/gu;
/** So many marks stand on one letter at most; beyond it they run over their neighbours. */
const heaped = /(\p{M}{4})\p{M}+/gu;

/** One line: no controls, no bidi overrides, no runs of blanks, at most `max` characters; empty where nothing is left. */
export function cleanLine(text: string, max: number): string {
  // What comes may be megabytes long: what can be shown of it is cut out before it is looked at.
  const line = bare(text.slice(0, max * 8))
    .replace(/\s+/gu, ' ')
    .trim();
  return cut(line, max);
}

/** The same with line breaks kept, at most two in a row. */
export function cleanText(text: string, max: number): string {
  const lines = text
    .slice(0, max * 8)
    .replace(/\r\n?/g, '\n')
    .split('\n')
    .map((line) =>
      bare(line)
        .replace(/[^\S\n]+/gu, ' ')
        .trimEnd(),
    );
  return cut(
    lines
      .join('\n')
      .replace(/\n{3,}/g, '\n\n')
      .trim(),
    max,
  );
}

function bare(text: string): string {
  const kept = text.toWellFormed().replaceAll('\ue000', '').replace(joined, '\ue000');
  return kept
    .replace(/\t/g, ' ')
    .replace(invisible, (character) => (character === '\ue000' ? '\u200d' : character === '\n' ? ' ' : ''))
    .replace(heaped, '$1');
}

/** Cuts between characters as people see them, not between the parts of one. */
function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  let length = 0;
  for (const { segment, index } of new Intl.Segmenter().segment(text)) {
    if (index + segment.length > max - 1) break;
    length = index + segment.length;
  }
  return `${text.slice(0, length).trimEnd()}…`;
}

/** Letters of other scripts and figures that are drawn like a Latin letter (after Unicode TR 39). */
const twins: Readonly<Record<string, string>> = {
  ...{
    а: 'a',
    е: 'e',
    о: 'o',
    р: 'p',
    с: 'c',
    у: 'y',
    х: 'x',
    і: 'l',
    ј: 'j',
    ѕ: 's',
    ԁ: 'd',
    ԛ: 'q',
    ԝ: 'w',
  },
  ...{ һ: 'h', к: 'k', м: 'm', т: 't', в: 'b', н: 'h', г: 'r', п: 'n', ь: 'b', ӏ: 'l', ё: 'e' },
  ...{ α: 'a', ο: 'o', ρ: 'p', ν: 'v', υ: 'u', κ: 'k', ι: 'l', τ: 't', χ: 'x', ε: 'e', η: 'n', γ: 'y' },
  ...{ ա: 'w', օ: 'o', ս: 'u', ո: 'n', հ: 'h', ց: 'g', ք: 'p' },
  ...{
    '0': 'o',
    '1': 'l',
    i: 'l',
    '|': 'l',
    ı: 'l',
    '!': 'l',
    '5': 's',
    '3': 'e',
    ß: 'b',
    ø: 'o',
    ł: 'l',
    đ: 'd',
  },
};

/**
 * What two names have in common that people may take for each other: case, marks, blanks, punctuation, and the script of
 * look-alike letters do not count. Not the same for every two that somebody could mistake; the usual tricks fail.
 */
export function likenessOf(name: string): string {
  const letters = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\p{M}\p{C}\p{Z}\p{P}\p{S}\s]/gu, (character) =>
      character === '|' || character === '!' ? 'l' : '',
    );
  const drawn = Array.from(letters, (letter) => twins[letter] ?? letter).join('');
  // A name of symbols alone is like itself.
  if (drawn === '') return name.slice(0, 100).toWellFormed();
  return drawn.replaceAll('rn', 'm').replaceAll('vv', 'w').slice(0, 100);
}
