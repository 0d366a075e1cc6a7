import { BoundedMap } from './bounded-map.ts';
import { matches } from './eligibility.ts';
import type { RoomId } from './ids.ts';
import { listKinds, type ListKind, type ListRule } from './policy-list.ts';
import { isGlob, sha256, type ListScope, type ListSides, type Refused } from './policy-list-names.ts';

/** What became of a rule of a list: in force, or why it is not taken. */
export type Taken = 'taken' | Refused | 'too-many-patterns';

/** So many patterns that are more than a domain with `*` before it are looked through, over all lists. */
export const mostPatterns = 2_000;
/** Those that have both `*` and `?` cost more, where they were made for that. */
export const mostMixedPatterns = 200;
/** Names that were looked up are remembered, until a rule changes. */
const mostRemembered = 20_000;
/** Nothing that a list can mean is longer (ids of Matrix have 255 bytes). */
const longestName = 1_000;

interface Pattern {
  readonly rule: ListRule;
  readonly name: string;
  /** What is between its wildcards: every text that fits has all of it in this order, and most have not. */
  readonly parts: readonly string[];
}

/** The rules of one kind, by how they are found. */
class KindIndex {
  readonly exact = new Map<string, ListRule[]>();
  /** By what stands behind a `*` that is the only one, and begins the domain: `.example.org` of `*.example.org`. */
  readonly domains = new Map<string, ListRule[]>();
  readonly hashes = new Map<string, ListRule[]>();
  readonly patterns = new Map<ListRule, Pattern>();
}

/**
 * The rules of all lists in memory. Whole names, hashes and `*` before a domain are found by one look-up each; other
 * patterns are gone through, and are bounded in number.
 */
export class PolicyListIndex {
  readonly #scope: Pick<ListScope, 'refused'>;
  readonly #kinds: Readonly<Record<ListKind, KindIndex>> = {
    user: new KindIndex(),
    server: new KindIndex(),
    room: new KindIndex(),
  };
  readonly #refused = new Map<ListRule, Exclude<Taken, 'taken'>>();
  #remembered = new BoundedMap<string, readonly ListRule[]>(mostRemembered);
  #patterns = 0;
  #mixed = 0;
  #size = 0;

  constructor(scope: Pick<ListScope, 'refused'>) {
    this.#scope = scope;
  }

  /** How many rules are in force. */
  get size(): number {
    return this.#size;
  }

  /** Whether rules can mean rooms by their ids, which somebody would have to look up. */
  get meansRooms(): boolean {
    const { exact, hashes, patterns } = this.#kinds.room;
    return exact.size + hashes.size + patterns.size > 0;
  }

  /** Adds a rule that is not there. */
  add(rule: ListRule): Taken {
    const taken = this.#place(rule);
    if (taken === 'taken') {
      this.#size += 1;
      this.#forget();
    } else this.#refused.set(rule, taken);
    return taken;
  }

  /** Takes the very rule away that was added. */
  remove(rule: ListRule): void {
    if (this.#refused.delete(rule)) return;
    this.#size -= 1;
    this.#forget();
    const kind = this.#kinds[rule.kind];
    if (kind.patterns.delete(rule)) {
      this.#patterns -= 1;
      if (rule.entity.kind === 'named' && isMixed(rule.entity.name)) this.#mixed -= 1;
      return;
    }
    const [map, key] = placeOf(kind, rule);
    const left = (map.get(key) ?? []).filter((other) => other !== rule);
    if (left.length > 0) map.set(key, left);
    else map.delete(key);
  }

  /** Rules that are not taken, and why. */
  refused(): ReadonlyMap<ListRule, Exclude<Taken, 'taken'>> {
    return this.#refused;
  }

  /** The first rule that means one of the names, of a list that holds where it is asked. */
  find(sides: ListSides, holds: (list: RoomId) => boolean): ListRule | undefined {
    if (this.#size === 0) return undefined;
    const { users: user, servers, hosts, rooms: room } = sides;
    const names = { user, server: [...servers, ...hosts], room };
    for (const kind of listKinds)
      for (const name of names[kind]) {
        const found = this.meaning(kind, name).find(({ list }) => holds(list));
        if (found !== undefined) return found;
      }
    return undefined;
  }

  /** All rules that mean a name; of many patterns the first. */
  meaning(kind: ListKind, name: string): readonly ListRule[] {
    if (this.#size === 0 || name.length > longestName) return [];
    const key = `${kind} ${name}`;
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const found = this.#lookUp(this.#kinds[kind], name);
    this.#remembered.set(key, found);
    return found;
  }

  #lookUp(kind: KindIndex, name: string): readonly ListRule[] {
    const found = [...(kind.exact.get(name) ?? [])];
    if (kind.domains.size > 0)
      for (const part of domainsIn(name)) found.push(...(kind.domains.get(part) ?? []));
    if (kind.hashes.size > 0) found.push(...(kind.hashes.get(sha256(name)) ?? []));
    for (const { rule, name: pattern, parts } of kind.patterns.values())
      if (hasInOrder(name, parts) && matches(pattern, name)) found.push(rule);
    return found;
  }

  #place(rule: ListRule): Taken {
    const kind = this.#kinds[rule.kind];
    const { entity } = rule;
    const refused = this.#scope.refused(rule.kind, entity);
    if (refused !== undefined) return refused;
    if (entity.kind === 'named' && isGlob(entity.name) && domainIn(entity.name) === undefined) {
      const mixed = isMixed(entity.name) ? 1 : 0;
      if (this.#patterns >= mostPatterns || this.#mixed + mixed > mostMixedPatterns)
        return 'too-many-patterns';
      this.#patterns += 1;
      this.#mixed += mixed;
      kind.patterns.set(rule, { rule, name: entity.name, parts: entity.name.split(/[*?]+/) });
      return 'taken';
    }
    const [map, key] = placeOf(kind, rule);
    const there = map.get(key);
    if (there === undefined) map.set(key, [rule]);
    else there.push(rule);
    return 'taken';
  }

  #forget(): void {
    if (this.#remembered.size > 0) this.#remembered = new BoundedMap(mostRemembered);
  }
}

function isMixed(pattern: string): boolean {
  return pattern.includes('*') && pattern.includes('?');
}

function hasInOrder(name: string, parts: readonly string[]): boolean {
  const [first = ''] = parts;
  if (!name.startsWith(first) || !name.endsWith(parts.at(-1) ?? '')) return false;
  let from = 0;
  for (const part of parts) {
    const at = name.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return true;
}

function placeOf(kind: KindIndex, { entity }: ListRule): readonly [Map<string, ListRule[]>, string] {
  if (entity.kind === 'hashed') return [kind.hashes, entity.sha256];
  const domain = domainIn(entity.name);
  return domain === undefined ? [kind.exact, entity.name] : [kind.domains, domain];
}

/**
 * The end that a pattern asks for, where that is all that it asks for: `.example.org` in `*.example.org`, and
 * `@:example.org` in `@*:example.org`; a name is looked for by the same ends (`domainsIn`).
 */
function domainIn(pattern: string): string | undefined {
  const [, sign, rest] = /^([@#!]?)\*([.:@][^*?]+)$/.exec(pattern) ?? [];
  return sign === undefined || rest === undefined ? undefined : `${sign}*${rest}`;
}

function* domainsIn(name: string): Generator<string> {
  const sign = /^[@#!]/.exec(name)?.[0] ?? '';
  for (let at = 0; at < name.length; at += 1) {
    const char = name[at];
    if (char !== '.' && char !== ':' && char !== '@') continue;
    const rest = name.slice(at);
    yield `*${rest}`;
    if (sign !== '' && at > 0) yield `${sign}*${rest}`;
  }
}
