import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
} from 'yaml';
import { plainYaml } from './plain-yaml.ts';
import type { ConfigProblem, Place } from './problem.ts';

/** A parsed configuration file: its plain value, its syntax errors, and where in the text each path stands. */
export interface ConfigDocument {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** The place of a path's value or name, or of the nearest thing above it that is there. */
  place(path: readonly string[], of: 'value' | 'name'): Place;
}

/** Longer texts are of thousands of rules. They are read without places, which are looked for where one is asked for. */
export const longText = 64 * 1024;

/**
 * Parses YAML 1.2. Never throws; `file` is the name that problems tell. What is JSON is read as such, and long texts of plain
 * YAML by `plain-yaml.ts`, which is faster.
 */
export function parseConfigText(file: string, source: string): ConfigDocument {
  const isLong = source.length > longText;
  const value = file.endsWith('.json') ? jsonIn(source) : isLong ? plainYaml(source) : undefined;
  if (value === undefined) return parseYaml(file, source);
  let parsed: ConfigDocument | undefined;
  return { value, problems: [], place: (...path) => (parsed ??= parseYaml(file, source)).place(...path) };
}

function jsonIn(source: string): unknown {
  try {
    return JSON.parse(source) as unknown;
  } catch {
    // The other parser says what is wrong with it.
    return undefined;
  }
}

function parseYaml(file: string, source: string): ConfigDocument {
  const counter = new LineCounter();
  const document = parseDocument(source, { lineCounter: counter, prettyErrors: false });
  const placeAt = (offset: number): Place => {
    if (file === '') return { kind: 'nowhere' };
    const { line, col } = counter.linePos(offset);
    return { kind: 'file', file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problems = document.errors.map((error): ConfigProblem => ({
    path: '',
    place: placeAt(error.pos[0]),
    what: { kind: 'syntax', detail: error.message },
  }));
  const place = (path: readonly string[], of: 'value' | 'name'): Place =>
    placeAt(offsetOf(document, path, of));
  if (problems.length > 0) return { value: undefined, problems, place };
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) as unknown, problems, place };
  } catch (error) {
    // What follows the colon is a name from the file, which may be a secret without its quotes.
    const detail = error instanceof Error ? (error.message.split(':', 1)[0] ?? 'YAML') : 'YAML';
    return {
      value: undefined,
      problems: [{ path: '', place: placeAt(0), what: { kind: 'syntax', detail } }],
      place,
    };
  }
}

function offsetOf(document: Document.Parsed, path: readonly string[], of: 'value' | 'name'): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const [depth, name] of path.entries()) {
    const at = resolved(document, node);
    if (isMap(at)) {
      const pair = at.items.find((item) => isScalar(item.key) && String(item.key.value) === name);
      if (!isPair(pair)) return offset;
      offset = rangeStart(pair.key) ?? offset;
      if (of === 'name' && depth === path.length - 1) return offset;
      node = pair.value;
    } else if (isSeq(at)) {
      node = at.items[Number(name)];
    } else return offset;
    const start = rangeStart(node);
    if (start !== undefined && !isMap(node) && !isSeq(node)) offset = start;
  }
  return offset;
}

function resolved(document: Document.Parsed, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function rangeStart(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
