import type { Row } from './report.ts';
import type { WatcherFigures } from './watcher.ts';

/** The figures as rows of the report. */
export function watcherRows(figures: WatcherFigures): readonly Row[] {
  const { firsts, empties, logins, keys, fillingMs, load } = figures;
  return [
    [
      'a first sync',
      `${figures.firstMs} ms`,
      '',
      '',
      `${spread(firsts, 'starts')}; CPU of Synapse ${figures.firstCpuMs} ms`,
    ],
    [
      'a sync without news',
      `${figures.emptyMs} ms`,
      '',
      '',
      `${spread(empties, 'rounds')}, ${figures.emptySyncs} in all; CPU of Synapse ${figures.emptyCpuMs} ms`,
    ],
    ["from a user's login to hearing of it", `${figures.loginHeardMs} ms`, '', '', spread(logins, 'logins')],
    ["from the upload of the device's keys", `${figures.keysHeardMs} ms`, '', '', spread(keys, 'uploads')],
    ['making the rooms', `${Math.round(fillingMs / 1_000)} s`, '', '', ''],
    ['load of the machine', load.join(' to '), '', '', ''],
  ];
}

function spread(values: readonly number[], what: string): string {
  return `${Math.min(...values)} to ${Math.max(...values)} in ${values.length} ${what}`;
}
