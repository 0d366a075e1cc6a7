import { styleText } from 'node:util';
import type { Line, Result, Row, Shown, Talk } from './exchange.ts';
import { matrixLine } from './matrix-line.ts';
import { padded, widthOf, wrapped } from './terminal.ts';
import { xmppLine } from './xmpp-line.ts';

const speakerWidth = 6;
const narrowest = 76;
const widest = 132;
const arrows = { left: ' ◂ ', right: ' ▸ ', none: '   ' } as const;

/** The conversation as both sides see it, side by side; one below the other where `width` is too narrow for that. */
export function transcript(results: readonly Result[], width: number): readonly string[] {
  const shown = results.flatMap((result) => (result.ok ? [result.shown] : []));
  const chats = [...new Set(shown.map(({ chat }) => chat))];
  return chats.flatMap((chat) => {
    const rows = shown.filter((one) => one.chat === chat).flatMap((one) => one.rows);
    return width < narrowest ? stacked(chat, rows, width) : sideBySide(chat, rows, Math.min(width, widest));
  });
}

function sideBySide(chat: Shown['chat'], rows: readonly Row[], width: number): readonly string[] {
  const column = Math.floor((width - widthOf(arrows.none)) / 2);
  const [left, right] = chat.headings;
  const lines = rows.flatMap((row) => {
    const [here, there] = [broken(matrixSide(chat, [row]), column), broken(farSide(chat, [row]), column)];
    return Array.from({ length: Math.max(here.length, there.length) }, (_, index) => {
      const middle = index === 0 ? styleText('cyan', arrowOf(chat, row)) : arrows.none;
      return `${padded(here[index] ?? '', column)}${middle}${there[index] ?? ''}`.trimEnd();
    });
  });
  const rule = '─'.repeat(column);
  const head = `${padded(left, column)}   ${right}`;
  return ['', styleText('bold', head), styleText('dim', `${rule}   ${rule}`), ...lines];
}

function stacked(chat: Shown['chat'], rows: readonly Row[], width: number): readonly string[] {
  const [first, second] = chat.headings;
  const part = (heading: string, lines: readonly Line[]): readonly string[] => [
    '',
    ...wrapped(heading, width).map((line) => styleText('bold', line)),
    styleText('dim', '─'.repeat(width)),
    ...broken(lines, width),
  ];
  return [...part(first, matrixSide(chat, rows)), ...part(second, farSide(chat, rows))];
}

function matrixSide(chat: Talk, rows: readonly Row[]): readonly Line[] {
  return rows.flatMap(({ matrix }) => {
    if (matrix === undefined) return [];
    return 'speaker' in matrix ? [matrix] : [matrixLine(matrix, chat)];
  });
}

function farSide(chat: Shown['chat'], rows: readonly Row[]): readonly Line[] {
  return rows.flatMap(({ xmpp, app }) => {
    if (app !== undefined) return [app];
    if (xmpp === undefined) return [];
    if ('speaker' in xmpp) return [xmpp];
    return 'xmppSpeaker' in chat ? [xmppLine(xmpp, chat)] : [];
  });
}

/** The arrow points towards the client that did not send it. */
function arrowOf(chat: Talk, row: Row): string {
  const direction = chat.directionOf(row);
  if (direction === undefined) return arrows.none;
  return direction === 'to-matrix' ? arrows.left : arrows.right;
}

/** Lines with the speaker before them, broken at the width. */
function broken(lines: readonly Line[], width: number): readonly string[] {
  const indent = ' '.repeat(speakerWidth);
  return lines.flatMap(({ speaker, text }) =>
    wrapped(text, width - speakerWidth).map(
      (piece, index) => `${index === 0 ? padded(speaker, speakerWidth) : indent}${piece}`,
    ),
  );
}
