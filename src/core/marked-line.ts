/** One line of a text with marks, written. */
import { fence, wordAt, wordBefore, type Mark, type MarkDialect } from './mark-dialect.ts';

interface Piece {
  readonly text: string;
  /** The marks around the text, the outermost first. */
  readonly marks: readonly Mark[];
}

/** Collects the pieces of a line and writes those marks that a reader will take as such. */
export class MarkedLine {
  readonly #dialect: MarkDialect;
  readonly #pieces: Piece[] = [];

  constructor(dialect: MarkDialect) {
    this.#dialect = dialect;
  }

  add(text: string, marks: readonly Mark[]): void {
    if (text !== '') this.#pieces.push({ text, marks });
  }

  get isBlank(): boolean {
    return this.#pieces.every(({ text }) => text.trim() === '');
  }

  /** The line, without a mark where it could not be read as one: inside a word, or around the same character. */
  get text(): string {
    const line = span(collapsed(this.#pieces), { depth: 0, before: '', after: '', dialect: this.#dialect });
    return beginsBlock(line, this.#dialect) ? ` ${line}` : line;
  }
}

/** Text that begins like a block is none. */
function beginsBlock(line: string, { quote, lists }: MarkDialect): boolean {
  return line.startsWith(quote) || line.startsWith(fence) || (lists && /^(?:[-*]|\d{1,6}\.) /.test(line));
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

interface Around {
  /** How many marks of the pieces are open already. */
  readonly depth: number;
  /** The text before and after them; '' at a place where a span may stand. */
  readonly before: string;
  readonly after: string;
  readonly dialect: MarkDialect;
}

function span(pieces: readonly Piece[], around: Around): string {
  const { depth } = around;
  let written = '';
  for (let at = 0; at < pieces.length;) {
    const piece = pieces[at];
    const mark = piece?.marks[depth];
    const from = at;
    while (at < pieces.length && pieces[at]?.marks[depth] === mark) at += 1;
    const group = pieces.slice(from, at);
    const before = written === '' ? around.before : written.slice(-2);
    const after = pieces[at]?.text ?? around.after;
    written += mark === undefined ? textIn(group) : marked(group, mark, { ...around, before, after });
  }
  return written;
}

function marked(group: readonly Piece[], mark: Mark, around: Around): string {
  const { depth, dialect } = around;
  const inner = { depth: depth + 1, before: '', after: '', dialect };
  const inside = mark === '`' ? textIn(group) : span(trimmed(group), inner);
  const whole = textIn(group);
  const lead = whole.slice(0, whole.length - whole.trimStart().length);
  const trail = lead === whole ? '' : whole.slice(whole.trimEnd().length);
  const core = inside.trim();
  const opens = around.before === '' || lead !== '' || mayOpen(around.before, dialect);
  const closes = around.after === '' || trail !== '' || mayClose(around.after, dialect);
  if (core === '' || core.includes(mark) || !opens || !closes)
    return mark === '`' ? whole : span(group, { ...around, depth: depth + 1 });
  return `${lead}${mark}${core}${mark}${trail}`;
}

function mayOpen(before: string, { spans }: MarkDialect): boolean {
  return spans === 'after-space' ? /\s$/.test(before) : !wordBefore(before, before.length);
}

function mayClose(after: string, { spans }: MarkDialect): boolean {
  return spans === 'after-space' || !wordAt(after, 0);
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
