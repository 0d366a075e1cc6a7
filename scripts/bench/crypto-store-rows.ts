import type { CryptoStoreFigures } from './crypto-store.ts';
import { type Row, verdict } from './report.ts';
import { rounded } from './statistics.ts';

export function cryptoStoreRows(found: CryptoStoreFigures): readonly Row[] {
  const { machines, messagesPerSession: messages, seals, opens, many } = found;
  return [
    [
      'seals a second',
      String(found.seal),
      '>= 1000',
      verdict(found.seal >= 1_000),
      `${spread(seals)}; ${machines} machines at once, ${messages} messages a session, ${rounded(found.commits, 3)} commits a seal`,
    ],
    ['seals a second, one room alone', String(Math.round(found.alone)), '', '', 'one commit each'],
    [
      'opens a second',
      String(found.open),
      '>= 500',
      verdict(found.open >= 500),
      `${spread(opens)}; one machine, ${machines} rooms`,
    ],
    [
      'a new machine',
      `${rounded(found.newMs)} ms`,
      '',
      '',
      `a known one ${rounded(found.knownMs)} ms; sharing a key ${rounded(found.shareMs)} ms`,
    ],
    [
      `${many} machines open`,
      `${Math.round(found.residentMiB)} MiB`,
      '',
      '',
      `${Math.round(found.perMachineKiB)} KiB a machine; ${found.files} files; the database ${rounded(found.fileMiB, 1)} MiB`,
    ],
  ];
}

function spread(values: readonly number[]): string {
  return `${Math.round(Math.min(...values))} to ${Math.round(Math.max(...values))} in ${values.length} rounds`;
}
