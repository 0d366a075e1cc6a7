import assert from 'node:assert/strict';
import { metricNames } from '../../support/metric-names.ts';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { exitCodes } from '../../../src/exit-codes.ts';
import { doctorEn } from '../../../src/texts/doctor-en.ts';

const root = new URL('../../../', import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8');

const pages = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...(await readdir(new URL('docs/', root)))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** The first cell of each row of the table under a heading. */
function firstCells(page: string, heading: string): readonly string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| ([^|]+?) +\|/gm)]
    .map(([, cell = '']) => cell)
    .filter((cell) => !/^-+$/.test(cell));
}

/** A heading as hosts make an anchor of it. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

describe('the documentation', () => {
  it('has no link that leads nowhere', async () => {
    for (const name of pages) {
      const page = await read(name);
      const links = [...page.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm)].map(
        ([, a, b]) => a ?? b ?? '',
      );
      for (const link of links.filter((target) => !/^[a-z]+:/.test(target))) {
        const [path = '', fragment] = link.split('#');
        const target = path === '' ? new URL(name, root) : new URL(path, new URL(name, root));
        assert.ok(existsSync(target), `${name} links to ${link}`);
        if (fragment === undefined) continue;
        const headings = [...(await readFile(target, 'utf8')).matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
          anchor(text),
        );
        assert.ok(headings.includes(fragment), `${name} links to ${link}`);
      }
    }
  });

  it('names the metrics that there are', async () => {
    const there = (await metricNames()).filter((name) => name.startsWith('causeway_'));
    const told = firstCells(await read('docs/operations.md'), 'Monitoring')
      .map((cell) => cell.replaceAll('`', ''))
      .filter((cell) => cell.startsWith('causeway_'));
    assert.deepEqual(told.toSorted(), there.toSorted());
  });

  it('names the exit codes that there are', async () => {
    const there = Object.values(exitCodes).map(String);
    const told = firstCells(await read('docs/operations.md'), 'Exit codes').filter((cell) =>
      /^\d+$/.test(cell),
    );
    assert.deepEqual(told, there);
    const help = [...doctorEn['cli.help.codes'].matchAll(/\d+/g)].map(([code]) => code);
    assert.deepEqual(help, there);
  });

  it('tells of every package that is used', async () => {
    const packages: unknown = JSON.parse(await read('package.json'));
    const page = await read('docs/dependencies.md');
    const used = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((section) =>
      Object.keys((packages as Readonly<Record<string, object>>)[section] ?? {}),
    );
    assert.ok(used.length > 30);
    for (const name of used) assert.ok(page.includes(`\`${name}\``), name);
  });
});
