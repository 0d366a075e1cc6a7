import type { CryptoGroupFigures, MessageCost } from './crypto-group.ts';
import { total } from './homeserver-calls.ts';
import { callsText, type Row } from './report.ts';
import { rounded } from './statistics.ts';

/** The figures as rows of the report. */
export function cryptoGroupRows(figures: CryptoGroupFigures): readonly Row[] {
  const { ghosts, maxOpen, device, first, next, later, laterPerSecond, opening, opened, memory, load } =
    figures;
  return [
    costRow("a ghost's device, before it", device, ghosts),
    costRow('its first message', first, ghosts),
    costRow('its next one, its machine open', next, ghosts),
    costRow('one after all others have spoken', later, ghosts),
    [
      'such ones a second, several at once',
      String(laterPerSecond),
      '',
      '',
      `${maxOpen} machines open at most`,
    ],
    costRow(`the bot opens one of ${opened}`, opening, opened),
    [
      'resident memory, before',
      `${memory.before} MiB`,
      '',
      '',
      `after all first messages ${memory.first}, at the end ${memory.after}; the database ${figures.fileMiB} MiB`,
    ],
    ['load of the machine', load.join(' to '), '', '', ''],
  ];
}

function costRow(what: string, { wall, cpuMs, calls }: MessageCost, count: number): Row {
  const each = rounded(total(calls) / count);
  const kinds = callsText(calls);
  return [
    what,
    `p50 ${wall.p50} ms`,
    '',
    '',
    `p99 ${wall.p99} ms; ${cpuMs} ms CPU; requests ${each}${kinds === '' ? '' : ` (in all ${kinds})`}`,
  ];
}
