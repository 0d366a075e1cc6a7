import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { allMetrics } from '../support/metric-names.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8');

interface Query {
  readonly where: string;
  readonly expr: string;
}
interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly remedy: string };
}
interface Board {
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

async function board(): Promise<Board> {
  return JSON.parse(await read('monitoring/grafana-causeway.json')) as Board;
}
async function rules(): Promise<readonly Rule[]> {
  const { groups } = parse(await read('monitoring/alerts.yaml')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap((group) => group.rules);
}

async function queries(): Promise<readonly Query[]> {
  const ofBoard = (await board()).panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ where: title, expr })),
  );
  return [...ofBoard, ...(await rules()).map(({ alert, expr }) => ({ where: alert, expr }))];
}

/** Every series by its name as Prometheus has it, with its labels. */
async function series(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const found = new Map<string, ReadonlySet<string>>();
  const { registry } = allMetrics();
  for (const { name, type } of await registry.getMetricsAsJSON()) {
    const metric: unknown = registry.getSingleMetric(name);
    const own = (metric as { readonly labelNames: readonly string[] }).labelNames;
    const labels = new Set([...own, 'instance']);
    // By its text the type is an enumeration's name, by its value a text.
    if (String(type) !== 'histogram') found.set(name, labels);
    else {
      found.set(`${name}_bucket`, new Set([...labels, 'le']));
      for (const part of ['count', 'sum']) found.set(`${name}_${part}`, labels);
    }
  }
  return found;
}

const metric = /\b((?:causeway|process|nodejs)_\w+)\b(?:\{([^}]*)\})?/g;

describe('the board and the alert rules', () => {
  it('name only metrics that there are, by labels that these have', async () => {
    const there = await series();
    const asked = await queries();
    assert.ok(asked.length > 40);
    for (const { where, expr } of asked) {
      const uses = [...expr.matchAll(metric)];
      assert.ok(uses.length > 0, `${where}: ${expr}`);
      for (const [, name = '', selector = ''] of uses) {
        const labels = there.get(name);
        assert.ok(labels !== undefined, `${where} asks for ${name}`);
        for (const [, label = ''] of selector.matchAll(/(\w+)\s*(?:=~|!=|!~|=)/g))
          assert.ok(labels.has(label), `${where} asks ${name} for ${label}`);
      }
      const known = new Set(uses.flatMap(([, name = '']) => [...(there.get(name) ?? [])]));
      for (const [, names = ''] of expr.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g))
        for (const name of names.split(',')) assert.ok(known.has(name.trim()), `${where} groups by ${name}`);
    }
  });

  it('show every metric of the bridge on the board', async () => {
    const shown = (await queries()).map(({ expr }) => expr).join('\n');
    for (const { name } of await allMetrics().registry.getMetricsAsJSON())
      if (name.startsWith('causeway_')) assert.ok(shown.includes(name), name);
  });

  it('choose among instances', async () => {
    const { panels, templating } = await board();
    assert.ok(templating.list.some(({ name }) => name === 'instance'));
    for (const { title, targets = [] } of panels)
      for (const { expr } of targets) assert.match(expr, /instance=~"\$instance"/, title);
  });

  it('have a summary, and a remedy that is there to be read', async () => {
    const page = await read('docs/operations.md');
    const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s-]/gu, '')
        .replace(/\s/g, '-'),
    );
    for (const { alert, labels, annotations } of await rules()) {
      assert.match(labels.severity, /^(?:warning|critical)$/, alert);
      assert.ok(annotations.summary.length > 10 && annotations.description.length > 10, alert);
      const [, anchor = ''] = annotations.remedy.split('docs/operations.md#');
      assert.ok(anchors.includes(anchor), `${alert}: ${annotations.remedy}`);
    }
  });
});
