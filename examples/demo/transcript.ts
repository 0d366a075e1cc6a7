import { styleText } from 'node:util';
import type { Chat } from './chat.ts';
import type { Direction, Result, Shown } from './exchange.ts';
import { matrixLines } from './matrix-lines.ts';
import { padded, widthOf, wrapped } from './terminal.ts';
import { xmppLines } from './xmpp-lines.ts';

/** What a client shows: who, and what. */
export interface Line {
  readonly speaker: string;
  readonly text: string;
}

interface Row {
  readonly direction: Direction;
  readonly matrix: readonly Line[];
  readonly xmpp: readonly Line[];
}

const speakerWidth = 6;
const narrowest = 76;
const widest = 132;
const arrows = { 'to-matrix': ' ◂ ', 'to-network': ' ▸ ' } as const;

/** The conversation as both sides see it, side by side; one below the other where `width` is too narrow for that. */
export function transcript(results: readonly Result[], width: number): readonly string[] {
  const shown = results.flatMap((result) =>
    result.ok ? [{ direction: result.direction, shown: result.shown }] : [],
  );
  const chats = [...new Set(shown.map(({ shown: { chat } }) => chat))];
  return chats.flatMap((chat) => {
    const rows = shown.filter((one) => one.shown.chat === chat).map((one) => rowOf(one.direction, one.shown));
    return width < narrowest ? stacked(chat, rows, width) : sideBySide(chat, rows, Math.min(width, widest));
  });
}

function rowOf(direction: Direction, shown: Shown): Row {
  return { direction, matrix: matrixLines(shown), xmpp: xmppLines(shown) };
}

function sideBySide(chat: Chat, rows: readonly Row[], width: number): readonly string[] {
  const column = Math.floor((width - widthOf(arrows['to-matrix'])) / 2);
  const [left, right] = headings(chat);
  const lines = rows.flatMap(({ direction, matrix, xmpp }) => {
    const [here, there] = [broken(matrix, column), broken(xmpp, column)];
    return Array.from({ length: Math.max(here.length, there.length) }, (_, index) => {
      const middle = index === 0 ? styleText('cyan', arrows[direction]) : '   ';
      return `${padded(here[index] ?? '', column)}${middle}${there[index] ?? ''}`.trimEnd();
    });
  });
  const rule = '─'.repeat(column);
  const head = `${padded(left, column)}   ${right}`;
  return ['', styleText('bold', head), styleText('dim', `${rule}   ${rule}`), ...lines];
}

function stacked(chat: Chat, rows: readonly Row[], width: number): readonly string[] {
  const [first, second] = headings(chat);
  const part = (heading: string, lines: readonly Line[]): readonly string[] => [
    '',
    ...wrapped(heading, width).map((line) => styleText('bold', line)),
    styleText('dim', '─'.repeat(width)),
    ...broken(lines, width),
  ];
  return [
    ...part(
      first,
      rows.flatMap(({ matrix }) => matrix),
    ),
    ...part(
      second,
      rows.flatMap(({ xmpp }) => xmpp),
    ),
  ];
}

function headings({ friendName, friend }: Chat): readonly [string, string] {
  return ["Alice's Matrix client", `${friendName}'s XMPP client (${friend.jid})`];
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
