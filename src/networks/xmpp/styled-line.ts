/** One line of a styled body: https://xmpp.org/extensions/xep-0393.html#span */

/** A styling directive. */
export type Mark = '*' | '_' | '~' | '`';

interface Piece {
  readonly text: string;
  /** The marks around the text, the outermost first. */
  readonly marks: readonly Mark[];
}

/** Collects the pieces of a line and writes those directives that a reader will take as such. */
export class StyledLine {
  readonly #pieces: Piece[] = [];

  add(text: string, marks: readonly Mark[]): void {
    if (text !== '') this.#pieces.push({ text, marks });
  }

  get isBlank(): boolean {
    return this.#pieces.every(({ text }) => text.trim() === '');
  }

  /** The line, without a directive where it could not be read as one: inside a word, or around the same character. */
  get text(): string {
    const line = span(collapsed(this.#pieces), 0, '');
    // Text that begins like a block is none.
    return /^(?:>|```)/.test(line) ? ` ${line}` : line;
  }
}

/** White space as HTML shows it: one space for a run, none at the ends of the line. */
function collapsed(pieces: readonly Piece[]): readonly Piece[] {
  const kept: Piece[] = [];
  let afterSpace = true;
  for (const { text, marks } of pieces) {
    const single = text.replace(/[ \t\n]+/g, ' ');
    const shown: string = afterSpace ? single.replace(/^ /, '') : single;
    if (shown === '') continue;
    kept.push({ text: shown, marks });
    afterSpace = shown.endsWith(' ');
  }
  const last = kept.pop();
  if (last !== undefined) kept.push({ text: last.text.replace(/ $/, ''), marks: last.marks });
  return kept;
}

/** Pieces whose first `depth` marks are open already; `before` is the character before them, '' at a place where a span may open. */
function span(pieces: readonly Piece[], depth: number, before: string): string {
  let written = '';
  for (let at = 0; at < pieces.length;) {
    const piece = pieces[at];
    const mark = piece?.marks[depth];
    const from = at;
    while (at < pieces.length && pieces[at]?.marks[depth] === mark) at += 1;
    const group = pieces.slice(from, at);
    const previous = written === '' ? before : written.slice(-1);
    written += mark === undefined ? textIn(group) : marked(group, depth, mark, previous);
  }
  return written;
}

function marked(group: readonly Piece[], depth: number, mark: Mark, before: string): string {
  const inside = mark === '`' ? textIn(group) : span(trimmed(group), depth + 1, '');
  const whole = textIn(group);
  const lead = /^\s*/.exec(whole)?.[0] ?? '';
  const trail = whole.trim() === '' ? '' : (/\s*$/.exec(whole)?.[0] ?? '');
  const core = inside.trim();
  const opens = before === '' || lead !== '' || /\s/.test(before);
  if (core === '' || core.includes(mark) || !opens)
    return mark === '`' ? whole : span(group, depth + 1, before);
  return `${lead}${mark}${core}${mark}${trail}`;
}

function trimmed(group: readonly Piece[]): readonly Piece[] {
  return group.map(({ text, marks }, at) => {
    const start = at === 0 ? text.trimStart() : text;
    return { text: at === group.length - 1 ? start.trimEnd() : start, marks };
  });
}

function textIn(pieces: readonly Piece[]): string {
  return pieces.map(({ text }) => text).join('');
}
