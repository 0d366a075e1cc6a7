/** What policy lists cost: holding 100,000 rules, and finding the one that means a name. */
import { mostPatterns, PolicyListIndex } from '../../src/core/policy-list-index.ts';
import { ListScope } from '../../src/core/policy-list-names.ts';
import { aRule, own } from '../../test/support/policy-lists.ts';
import type { Stage } from './stage.ts';
import { percentile, rounded } from './statistics.ts';
import { verdict, type Row } from './verdict-row.ts';

export interface PolicyListsFigures {
  readonly rules: number;
  readonly patterns: number;
  /** From rules to an index that can be asked, in milliseconds. */
  readonly addedMs: number;
  /** Of one look-up among names and wildcards for whole servers, in milliseconds. */
  readonly p99: number;
  /** Of one of a name not seen before, with as many patterns of the costliest form as are taken. */
  readonly p99OfPatterns: number;
}

export function benchPolicyLists(stage: Stage): PolicyListsFigures {
  const count = stage.quick ? 10_000 : 100_000;
  const index = new PolicyListIndex(new ListScope(own));
  const begun = performance.now();
  for (let at = 0; at < count - mostPatterns; at += 1) {
    const name = at % 2 === 0 ? `@u${at}:s${at % 7}.example` : `@*:s${at}.example`;
    index.add(aRule('user', name, { key: String(at) }));
  }
  const addedMs = rounded(performance.now() - begun);
  const p99 = lookUps(index, 'early');
  for (let at = 0; at < mostPatterns; at += 1)
    index.add(aRule('user', `@*${'ab'.repeat(20)}${at}*:*`, { key: `p${at}` }));
  return { rules: count, patterns: mostPatterns, addedMs, p99, p99OfPatterns: lookUps(index, 'late') };
}

function lookUps(index: PolicyListIndex, who: string): number {
  const times: number[] = [];
  for (let at = 0; at < 2_000; at += 1) {
    const before = performance.now();
    index.meaning('user', `@${who}${at}:server${at}.example`);
    times.push(performance.now() - before);
  }
  return rounded(percentile(times, 0.99), 4);
}

/** The figures as rows of the report. */
export function policyListsRows({
  addedMs,
  p99,
  p99OfPatterns,
  patterns,
}: PolicyListsFigures): readonly Row[] {
  return [
    [
      'one look-up, p99',
      `${p99} ms`,
      '< 0.1 ms',
      verdict(p99 < 0.1),
      'names, and wildcards for whole servers',
    ],
    [
      'one of a name not seen before, p99',
      `${p99OfPatterns} ms`,
      '',
      '',
      `with ${patterns} patterns of the costliest form beside; asked again it is one look in a map`,
    ],
    ['holding them', `${addedMs} ms`, '', '', ''],
  ];
}
