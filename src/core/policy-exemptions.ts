import { roomId, type MatrixUserId } from './ids.ts';
import type { ListExemption, ListKind, ListRule } from './policy-list.ts';
import { PolicyListIndex } from './policy-list-index.ts';
import type { ListSides } from './policy-list-names.ts';

interface Held {
  readonly exemption: ListExemption;
  /** What the index knows it by. */
  readonly rule: ListRule;
}

/** No list is there. */
const nowhere = roomId('!exempt');

/** What administrators have exempted from all policy lists, in memory; the last one first where it is listed. */
export class ListExemptions {
  readonly #held = new Map<string, Held>();
  readonly #index = new PolicyListIndex({ refused: () => undefined });

  all(): readonly ListExemption[] {
    return [...this.#held.values()].map(({ exemption }) => exemption).reverse();
  }

  has(kind: ListKind, name: string): boolean {
    return this.#held.has(keyOf(kind, name));
  }

  add(exemption: ListExemption): void {
    const { kind, name, by: sender, at, reason } = exemption;
    const rule: ListRule = {
      ...{ list: nowhere, kind, key: name, entity: { kind: 'named', name }, reason, sender, at },
    };
    this.#index.add(rule);
    this.#held.set(keyOf(kind, name), { exemption, rule });
  }

  remove(kind: ListKind, name: string): void {
    const held = this.#held.get(keyOf(kind, name));
    if (held !== undefined) this.#index.remove(held.rule);
    this.#held.delete(keyOf(kind, name));
  }

  forgetAuthor(user: MatrixUserId, nobody: MatrixUserId): void {
    for (const [key, { exemption, rule }] of this.#held)
      if (exemption.by === user) this.#held.set(key, { exemption: { ...exemption, by: nobody }, rule });
  }

  /** The sides of a contact without what rules do not hold for. */
  without(sides: ListSides): ListSides {
    if (this.#index.size === 0) return sides;
    const isFree = (kind: ListKind, name: string): boolean => this.#index.meaning(kind, name).length > 0;
    const isPersonFree = sides.users.some((name) => isFree('user', name));
    const isChatFree = sides.rooms.some((name) => isFree('room', name));
    const shut = (name: string): boolean => !isFree('server', name);
    return {
      users: isPersonFree ? [] : sides.users,
      servers: isPersonFree ? [] : sides.servers.filter(shut),
      hosts: isChatFree ? [] : sides.hosts.filter(shut),
      rooms: isChatFree ? [] : sides.rooms,
    };
  }
}

function keyOf(kind: ListKind, name: string): string {
  return `${kind} ${name}`;
}
