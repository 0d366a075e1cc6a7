import { usualRate, type InteropFigures, type RoundFigures } from './interop.ts';
import type { WayFigures } from './interop-ways.ts';
import { rounded, type Latency } from './statistics.ts';
import { verdict, type Row } from './verdict-row.ts';

/** How many times what sealing or opening takes by itself, durably, a whole message may take. */
const mostTimes = 8;

/** The figures of third-party chats as rows of the report. */
export function interopRows(figures: InteropFigures): readonly Row[] {
  const { users, handshakes, connection, residentMiB: memory, connected, first, both } = figures;
  const row = (what: string, figure: string, more = ''): Row => [what, figure, '', '', more];
  return [
    [
      'connected at once',
      String(connected[0]),
      `${users}`,
      verdict(connected[0] === users && connected[1] === users),
      `${connected[1]} at the end`,
    ],
    ...lossRows(figures),
    row(
      'handshake over TCP',
      millis(handshakes.tcp),
      'from the first byte to the beginning of the session, four at a time',
    ),
    row('handshake over WebSocket', millis(handshakes.websocket)),
    row(
      'memory of a connection over TCP',
      `${connection.tcp.heap} KiB`,
      `heap and buffers after collecting; resident ${connection.tcp.resident} KiB`,
    ),
    row(
      'memory of a connection over WebSocket',
      `${connection.websocket.heap} KiB`,
      `resident ${connection.websocket.resident} KiB`,
    ),
    row(
      'resident memory, all enlisted',
      `${memory.enlisted} MiB`,
      `connected ${memory.connected}, at the end ${memory.after}`,
    ),
    ...wayRows(figures, both),
    ...singleRows(figures),
    row(
      'the first message of each pair',
      `CPU ${first.cpuMs} ms`,
      `to the homeserver ${millis(first.toHomeserver.kept)}, to the provider ${millis(first.toProvider.kept)}`,
    ),
    ...costRows(figures),
    row('load of the machine', figures.load.join(' to ')),
  ];
}

function lossRows(figures: InteropFigures): readonly Row[] {
  const { first, both, onlyToHomeserver, onlyToProvider, troubles, rate } = figures;
  const { singlyToHomeserver, singlyToProvider } = figures;
  const rounds = [first, both, onlyToHomeserver, onlyToProvider, singlyToHomeserver, singlyToProvider];
  const lost = rounds.reduce((sum, round) => sum + sumOf(round, ({ said, came }) => said - came), 0);
  const doubled = rounds.reduce((sum, round) => sum + sumOf(round, (way) => way.doubled), 0);
  const untold = rounds.reduce(
    (sum, round) => sum + sumOf(round, ({ said, delivered }) => said - delivered),
    0,
  );
  const all = rounds.reduce((sum, round) => sum + sumOf(round, ({ said }) => said), 0);
  return [
    [
      'messages lost',
      String(lost),
      '0',
      verdict(lost === 0),
      `of ${all}; ${sumOf(both, ({ said }) => said)} of them at ${rate}/s, done in ${both.seconds} s`,
    ],
    ['messages doubled', String(doubled), '0', verdict(doubled === 0), ''],
    [
      'messages whose sender was not told',
      String(untold),
      '0',
      verdict(untold === 0),
      'by a delivered receipt',
    ],
    [
      'warnings, lost connections, repeats',
      String(troubles.length),
      '',
      '',
      [...new Set(troubles)].slice(0, 3).join('; '),
    ],
  ];
}

function wayRows({ rate }: InteropFigures, { toHomeserver, toProvider }: RoundFigures): readonly Row[] {
  const pace = `at ${rate / 2}/s each way`;
  return [
    ['to the homeserver: acknowledged', millis(toHomeserver.kept), '', '', `from sending, ${pace}`],
    ['to the homeserver: at the sink', millis(toHomeserver.there), '', '', 'from sending'],
    [
      'to the provider: in the mailbox',
      millis(toProvider.kept),
      '',
      '',
      'from being handed over, sealing included',
    ],
    ['to the provider: at the client', millis(toProvider.there), '', '', 'from being handed over'],
  ];
}

function singleRows({ singlyToHomeserver, singlyToProvider }: InteropFigures): readonly Row[] {
  const row = (what: string, way: Latency, more: string, { commits, reads }: RoundFigures): Row => [
    what,
    millis(way),
    '',
    '',
    `${more}; ${commits} commits, ${reads} reads, receipts and acknowledgements included`,
  ];
  const [to, from] = [singlyToHomeserver.toHomeserver, singlyToProvider.toProvider];
  return [
    row('one to the homeserver by itself', to.kept, `at the sink ${millis(to.there)}`, singlyToHomeserver),
    row('one to the provider by itself', from.kept, `at the client ${millis(from.there)}`, singlyToProvider),
  ];
}

function costRows(figures: InteropFigures): readonly Row[] {
  const { both, onlyToHomeserver, onlyToProvider, alone, idleCpuMs, rate } = figures;
  return [
    [
      'CPU of a message, both ways',
      `${both.cpuMs} ms`,
      '',
      '',
      `${both.commits} commits; event loop at work ${Math.round(both.busy * 100)} % of the time, the disk's included; ${idleCpuMs} ms a second without messages`,
    ],
    beside('to the homeserver', onlyToHomeserver, rate, {
      ...{ what: 'opening', durable: alone.openDurable, memory: alone.open },
    }),
    beside('to the provider', onlyToProvider, rate, {
      ...{ what: 'sealing', durable: alone.sealDurable, memory: alone.seal },
    }),
  ];
}

interface Beside {
  readonly what: string;
  readonly durable: number;
  readonly memory: number;
}

/** Fewer at a time share fewer commits: the goal is for those at the usual pace. */
function beside(way: string, { cpuMs }: RoundFigures, rate: number, { what, durable, memory }: Beside): Row {
  const times = rounded(cpuMs / durable, 1);
  const isUsual = rate === usualRate;
  return [
    `CPU of a message ${way}`,
    `${times} x ${what}`,
    isUsual ? `<= ${mostTimes} x` : '',
    isUsual ? verdict(times <= mostTimes) : '',
    `${cpuMs} ms at ${rate}/s; ${what} alone ${rounded(durable)} ms durably, ${rounded(memory)} ms in memory`,
  ];
}

function sumOf({ toHomeserver, toProvider }: RoundFigures, of: (way: WayFigures) => number): number {
  return of(toHomeserver) + of(toProvider);
}

function millis({ p50, p99 }: Latency): string {
  return `p50 ${p50}, p99 ${p99} ms`;
}
