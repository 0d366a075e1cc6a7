import {
  escapeHtml,
  render,
  type Language,
  type ParamsOf,
  type Rendered,
  type TextKey,
} from '../texts/catalogue.ts';
import type { Block } from './command.ts';

/** The one answer to a message: plain, and in Matrix's subset of HTML. */
export type Reply = Rendered;

/** A line of the catalogue. */
export function line<K extends TextKey>(language: Language, key: K, ...params: ParamsOf<K>): Block {
  return { kind: 'line', line: render(language, key, ...params) };
}

/** A table; the first row tells what its columns are. */
export function table(head: readonly Rendered[], rows: readonly (readonly Rendered[])[]): Block {
  return { kind: 'table', head, rows };
}

/** What comes from outside, as a cell. */
export function cell(value: string | number): Rendered {
  const plain = String(value);
  return { plain, html: escapeHtml(plain) };
}

/** What is to be typed, as a cell. */
export function code(typed: string): Rendered {
  return { plain: typed, html: `<code>${escapeHtml(typed)}</code>` };
}

/** A room that can be opened with a click. */
export function roomLink(room: string): Block {
  const url = `https://matrix.to/#/${encodeURIComponent(room)}`;
  return { kind: 'line', line: { plain: url, html: `<a href="${escapeHtml(url)}">${escapeHtml(room)}</a>` } };
}

/** Puts the blocks of an answer together. A table's plain form has a line for each row, with the heads before its cells. */
export function replyOf(blocks: readonly Block[]): Reply {
  return {
    plain: blocks.map(plainOf).join('\n'),
    html: blocks.map(htmlOf).join(''),
  };
}

function plainOf(block: Block): string {
  if (block.kind === 'line') return block.line.plain;
  return block.rows
    .map((row) => {
      const [first, ...rest] = row;
      const cells = rest.map((value, index) => {
        const head = block.head[index + 1]?.plain ?? '';
        return head === '' ? value.plain : `${head}: ${value.plain}`;
      });
      return `• ${[first?.plain ?? '', ...cells].join(' · ')}`;
    })
    .join('\n');
}

function htmlOf(block: Block): string {
  if (block.kind === 'line') return `<p>${block.line.html}</p>`;
  const row = (cells: readonly Rendered[], tag: 'td' | 'th'): string =>
    `<tr>${cells.map(({ html }) => `<${tag}>${html}</${tag}>`).join('')}</tr>`;
  return `<table><thead>${row(block.head, 'th')}</thead><tbody>${block.rows
    .map((cells) => row(cells, 'td'))
    .join('')}</tbody></table>`;
}
