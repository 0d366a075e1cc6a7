import { cryptoGroupRows } from './crypto-group-rows.ts';
import type { CryptoGroupFigures } from './crypto-group.ts';
import { cryptoStoreRows } from './crypto-store-rows.ts';
import type { CryptoStoreFigures } from './crypto-store.ts';
import { cryptoRows, type CryptoFigures } from './crypto.ts';
import type { EncryptedFigures } from './encrypted.ts';
import type { GroupFigures } from './group.ts';
import { total, type Calls } from './homeserver-calls.ts';
import type { Machine } from './machine.ts';
import { blocksRows, type BlocksFigures } from './blocks.ts';
import { policyListsRows, type PolicyListsFigures } from './policy-lists.ts';
import { interopRows, type InteropFigures } from './interop.ts';
import { mediaRows, type MediaFigures } from './media.ts';
import { rulesRows, type RulesFigures } from './rules.ts';
import type { ScaleFigures } from './scale.ts';
import type { ToMatrixFigures } from './to-matrix.ts';
import type { ToNetworkFigures } from './to-network.ts';
import { verdict, type Row } from './verdict-row.ts';
import { watcherRows } from './watcher-rows.ts';
import type { WatcherFigures } from './watcher.ts';

/** All that one run has measured; a part that did not run is absent. */
export interface BenchResult {
  readonly quick: boolean;
  readonly machine: Machine;
  readonly toMatrix?: readonly ToMatrixFigures[];
  readonly toNetwork?: readonly ToNetworkFigures[];
  readonly scale?: ScaleFigures;
  readonly group?: GroupFigures;
  readonly encrypted?: readonly EncryptedFigures[];
  readonly cryptoStore?: CryptoStoreFigures;
  readonly crypto?: CryptoFigures;
  readonly rules?: RulesFigures;
  readonly blocks?: BlocksFigures;
  readonly policyLists?: PolicyListsFigures;
  readonly media?: MediaFigures;
  readonly interop?: InteropFigures;
  readonly cryptoGroup?: CryptoGroupFigures;
  readonly watcher?: WatcherFigures;
}

export type { Row } from './verdict-row.ts';
/** The figures as text to be read. */
export function report(result: BenchResult): string {
  const { machine, toMatrix, toNetwork, scale, group, cryptoStore, crypto, encrypted } = result;
  const { cryptoGroup, watcher } = result;
  const blocks = [
    `Machine: ${machine.cores} x ${machine.cpu}, ${machine.memoryGiB} GiB, ${machine.disk}, Node.js ${machine.node}; ` +
      `a write that is on the disk: p50 ${machine.sync.p50} ms, p99 ${machine.sync.p99} ms`,
  ];
  if (result.quick) blocks.push('Quick run: it shows that the benchmark works, not how fast the bridge is.');
  if (toMatrix !== undefined)
    blocks.push(section('Network to Matrix, on Synapse', toMatrix.flatMap(toMatrixRows)));
  if (toNetwork !== undefined) {
    blocks.push(
      section(
        'Matrix to network, fed by a stub homeserver, synchronous=FULL',
        toNetwork.flatMap(toNetworkRows),
      ),
    );
  }
  if (scale !== undefined)
    blocks.push(section(`${scale.portals} ghosts and portals in the database`, scaleRows(scale)));
  if (group !== undefined) {
    const { occupants, speakers } = group;
    blocks.push(section(`A room of ${occupants} people, ${speakers} of whom speak`, groupRows(group)));
  }
  if (encrypted !== undefined)
    blocks.push(section('Network to Matrix in encrypted rooms, on Synapse', encrypted.map(encryptedRow)));
  if (cryptoStore !== undefined)
    blocks.push(section('The crypto engine over its store, synchronous=FULL', cryptoStoreRows(cryptoStore)));
  if (crypto !== undefined)
    blocks.push(section('The whole crypto engine, beside a homeserver in memory', cryptoRows(crypto)));
  const { rules, blocks: shut, policyLists: lists, media, interop } = result;
  if (rules !== undefined) blocks.push(section(`${rules.rules} rules`, rulesRows(rules)));
  if (shut !== undefined) blocks.push(section(`${shut.blocks} blocks`, blocksRows(shut)));
  if (lists !== undefined)
    blocks.push(section(`${lists.rules} rules of policy lists`, policyListsRows(lists)));
  if (media !== undefined) blocks.push(section('Sealed files of third-party chats', mediaRows(media)));
  if (interop !== undefined)
    blocks.push(section(`${interop.users} users of a provider, connected to the host`, interopRows(interop)));
  if (cryptoGroup !== undefined) {
    const title = `An encrypted group, ${cryptoGroup.ghosts} ghosts speak, beside a homeserver in memory`;
    blocks.push(section(title, cryptoGroupRows(cryptoGroup)));
  }
  if (watcher !== undefined)
    blocks.push(section(`The watcher of a bot in ${watcher.rooms} rooms, on Synapse`, watcherRows(watcher)));
  return blocks.join('\n\n');
}

function toMatrixRows(figures: ToMatrixFigures): readonly Row[] {
  const { portals, share, shares, bare, bridge, own, stretches: part } = figures;
  const name = portals === 1 ? '1 portal' : `${portals} portals`;
  const spread = `of all rounds together ${figures.shareOfAll}; ${Math.min(...shares)} to ${Math.max(...shares)} in ${figures.rounds} pairs of rounds`;
  return [
    [
      `${name}: share of bare sends`,
      share.toFixed(2),
      '>= 0.90',
      verdict(share >= 0.9),
      `${bridge}/s of ${bare}/s; ${spread}`,
    ],
    [
      `${name}: own time`,
      `p50 ${own.p50} ms`,
      '',
      '',
      `p99 ${own.p99} ms; p50 keep ${part.keep}, prepare ${part.prepare}, (request ${part.request},) record ${part.record}; CPU ${figures.cpuMsPerMessage} ms`,
    ],
  ];
}

function encryptedRow({
  portals,
  share,
  shares,
  plain,
  encrypted,
  rounds,
  cpuMsPerMessage: cpu,
}: EncryptedFigures): Row {
  return [
    `${portals === 1 ? '1 portal' : `${portals} portals`}: share of plain rooms`,
    share.toFixed(2),
    '>= 0.80',
    verdict(share >= 0.8),
    `${encrypted}/s of ${plain}/s; ${Math.min(...shares)} to ${Math.max(...shares)} in ${rounds} pairs of rounds; CPU ${cpu.encrypted} ms of ${cpu.plain} ms`,
  ];
}

function toNetworkRows(figures: ToNetworkFigures): readonly Row[] {
  const { events, rate, rates, own } = figures;
  const inBatches = events > 1;
  const name = inBatches ? `transactions of ${events}` : 'transactions of 1';
  return [
    [
      `${name}: events a second`,
      String(rate),
      inBatches ? '>= 1000' : '',
      inBatches ? verdict(rate >= 1_000) : '',
      `${Math.min(...rates)} to ${Math.max(...rates)} in ${figures.rounds} rounds; CPU ${figures.cpuMsPerEvent} ms an event`,
    ],
    [`${name}: own time`, `p50 ${own.p50} ms`, '', '', `p99 ${own.p99} ms, at ${figures.pace} events/s`],
  ];
}

function scaleRows(scale: ScaleFigures): readonly Row[] {
  return [
    [
      'start to /ready',
      `${scale.readyMs} ms`,
      '<= 3000 ms',
      verdict(scale.readyMs <= 3_000),
      `${Math.min(...scale.starts)} to ${Math.max(...scale.starts)} in ${scale.starts.length} starts`,
    ],
    [
      'resident memory, idle',
      `${scale.idleMiB} MiB`,
      '<= 200 MB',
      verdict(scale.idleMiB * 1.048576 <= 200),
      'after 10 s',
    ],
    ['resident memory, rooms in step', `${scale.inStepMiB} MiB`, '', '', `${scale.inStepMs} ms after /ready`],
    [
      'after one message to Matrix each',
      `${scale.afterToMatrixMiB} MiB`,
      '',
      '',
      'the far end is in the same process',
    ],
    ['after one message to the network each', `${scale.afterBothMiB} MiB`, '', '', ''],
  ];
}

function groupRows(group: GroupFigures): readonly Row[] {
  const { joinedMs, firstMs, memory, calls, speakers, speakingMs, rate, roomRate, messages, load } = group;
  return [
    [
      'join to the first message',
      `${firstMs} ms`,
      '<= 10000 ms',
      verdict(firstMs <= 10_000),
      `in the room after ${joinedMs} ms`,
    ],
    ['requests until then', String(total(calls.joining)), '', '', callsText(calls.joining)],
    [`${speakers} speak for the first time`, `${speakingMs} ms`, '', '', 'until the last of it is on Matrix'],
    ['requests for it', String(total(calls.speaking)), '', '', callsText(calls.speaking)],
    [
      'messages a second, then',
      String(rate),
      '',
      '',
      `${messages} messages; the room said ${roomRate} a second`,
    ],
    [
      'resident memory, before',
      `${memory.before} MiB`,
      '',
      '',
      `joined ${memory.joined}, all spoken ${memory.spoken}, at the end ${memory.after}`,
    ],
    ['load of the machine', load.join(' to '), '', '', ''],
  ];
}

export function callsText(calls: Calls): string {
  return Object.entries(calls)
    .toSorted(([, a], [, b]) => b - a)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ');
}

export { verdict } from './verdict-row.ts';

function section(title: string, rows: readonly Row[]): string {
  const heads: Row = ['', 'measured', 'goal', '', ''];
  const all = [heads, ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const lines = all.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
  return [title, ...lines].join('\n');
}
