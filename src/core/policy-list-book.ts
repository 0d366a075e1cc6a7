import { matrixUserId, serverOf, type MatrixUserId, type NetworkId, type RoomId } from './ids.ts';
import { ListExemptions } from './policy-exemptions.ts';
import {
  listKinds,
  mostRules,
  shownEntity,
  type FollowedList,
  type ListChange,
  type ListEntity,
  type ListExemption,
  type ListKind,
  type ListRule,
  type PolicyListStore,
} from './policy-list.ts';
import { PolicyListIndex, type Taken } from './policy-list-index.ts';
import { ListScope, sidesOf, type OwnNames, type SidesToName } from './policy-list-names.ts';
import { Turns } from './turns.ts';

/** A list as it is held: its rules by kind and key. */
interface HeldList {
  list: FollowedList;
  readonly rules: Map<string, ListRule>;
  /** Rules that say nothing that is understood, or came beyond what is taken, when the list was last read. */
  broken: number;
  beyond: number;
}

/** What there is of a list. */
export interface ListView {
  readonly list: FollowedList;
  /** Rules that are in force. */
  readonly rules: number;
  readonly refused: ListCounts;
}
/** Rules of a list that are not in force. */
export type ListCounts = Readonly<Record<Exclude<Taken, 'taken'> | 'broken' | 'too-many', number>>;

/** What is asked of lists where it is decided who may reach whom. */
export interface ListJudge {
  /** The rule of a list by which the two sides of a contact are shut off from each other. */
  rule(sides: SidesToName): ListRule | undefined;
  /** How many rules are in force. */
  readonly size: number;
  /** Whether the id of a chat's room matters. */
  readonly meansRooms: boolean;
}

/** Policy lists and exemptions from them: all in memory, so that a look-up does not wait; what changes is kept first. */
export class PolicyListBook implements ListJudge {
  readonly #store: PolicyListStore;
  readonly #own: OwnNames;
  readonly #index: PolicyListIndex;
  readonly #lists = new Map<RoomId, HeldList>();
  readonly #exempt = new ListExemptions();
  readonly #turns = new Turns();

  constructor(store: PolicyListStore, own: OwnNames) {
    this.#store = store;
    this.#own = own;
    this.#index = new PolicyListIndex(new ListScope(own));
  }

  /** Loads all. To be awaited before anything is let in. */
  static async load(store: PolicyListStore, own: OwnNames): Promise<PolicyListBook> {
    const book = new PolicyListBook(store, own);
    for (const list of await store.lists()) {
      const held = book.#hold(list);
      for (const rule of await store.rules(list.room)) book.#add(held, rule);
    }
    for (const exemption of [...(await store.exemptions())].reverse()) book.#exempt.add(exemption);
    return book;
  }

  get meansRooms(): boolean {
    return this.#index.meansRooms;
  }

  rule(sides: SidesToName): ListRule | undefined {
    if (this.#index.size === 0) return undefined;
    return this.#index.find(this.#exempt.without(sidesOf(this.#own, sides)), (room) =>
      this.#holds(room, sides.network),
    );
  }

  /** The rule that means a name, exempted or not, on whatever network. */
  meaning(kind: ListKind, name: string): readonly ListRule[] {
    return this.#index.meaning(kind, name);
  }

  /** A rule as it is now. */
  find(room: RoomId, kind: ListKind, key: string): ListRule | undefined {
    return this.#lists.get(room)?.rules.get(keyOf(kind, key));
  }

  follows(room: RoomId): boolean {
    return this.#lists.has(room);
  }

  list(room: RoomId): FollowedList | undefined {
    return this.#lists.get(room)?.list;
  }

  /** All lists, those first that were subscribed to first. */
  lists(): readonly ListView[] {
    const refused = Map.groupBy(this.#index.refused(), ([rule]) => rule.list);
    return [...this.#lists.values()].map(({ list, rules, broken, beyond }) => {
      const all = refused.get(list.room) ?? [];
      const of = (why: Taken): number => all.filter(([, other]) => other === why).length;
      return {
        list,
        rules: rules.size - all.length,
        refused: {
          ...{ everybody: of('everybody'), own: of('own'), broken, 'too-many': beyond },
          'too-many-patterns': of('too-many-patterns'),
        },
      };
    });
  }

  /** How many rules are in force, over all lists. */
  get size(): number {
    return this.#index.size;
  }

  /** Rules in force, list by list. */
  rules(offset: number, limit: number): readonly ListRule[] {
    const refused = this.#index.refused();
    const found: ListRule[] = [];
    let before = 0;
    for (const { rules } of this.#lists.values())
      for (const rule of rules.values()) {
        if (found.length >= limit) return found;
        if (refused.has(rule)) continue;
        if (before >= offset) found.push(rule);
        before += 1;
      }
    return found;
  }

  /** Rules that are not in force, and why. */
  refused(): ReadonlyMap<ListRule, Exclude<Taken, 'taken'>> {
    return this.#index.refused();
  }

  /** Keeps what is known of a list beside its rules; one that is not there begins without any. */
  putList(list: FollowedList): Promise<void> {
    return this.#alone(list.room, async () => {
      await this.#store.putList(list);
      this.#hold(list);
    });
  }

  /** Changes what is known of a list, if it is followed still. */
  update(room: RoomId, change: Partial<FollowedList>): Promise<void> {
    return this.#alone(room, async () => {
      const held = this.#lists.get(room);
      if (held === undefined) return;
      const list = { ...held.list, ...change, room };
      await this.#store.putList(list);
      this.#hold(list);
    });
  }

  removeList(room: RoomId): Promise<boolean> {
    return this.#alone(room, async () => {
      const held = this.#lists.get(room);
      if (held === undefined) return false;
      await this.#store.removeList(room);
      for (const rule of held.rules.values()) this.#index.remove(rule);
      this.#lists.delete(room);
      return true;
    });
  }

  /** Takes single changes of a list, in their order. */
  change(room: RoomId, changes: readonly ListChange[]): Promise<void> {
    return this.#alone(room, async () => {
      const held = this.#lists.get(room);
      if (held === undefined) return;
      const wanted = new Map<string, ListRule | undefined>();
      let fresh = 0;
      for (const change of changes) {
        const key = keyOfChange(change);
        if (change.kind === 'rule' && !held.rules.has(key) && wanted.get(key) === undefined) {
          if (held.rules.size + fresh >= mostRules) {
            held.beyond += 1;
            continue;
          }
          fresh += 1;
        }
        wanted.set(key, change.kind === 'rule' ? change.rule : undefined);
      }
      await this.#become(held, wanted);
    });
  }

  /** The list is now what was read, and what `since` says of it besides. */
  replace(room: RoomId, read: readonly ListChange[], since: () => readonly ListChange[]): Promise<void> {
    return this.#alone(room, async () => {
      const held = this.#lists.get(room);
      if (held === undefined) return;
      held.broken = read.filter(({ kind }) => kind === 'broken').length;
      held.beyond = 0;
      const next = new Map<string, ListRule>();
      for (const change of [...read, ...since()]) {
        const key = keyOfChange(change);
        if (change.kind !== 'rule') next.delete(key);
        else if (next.size < mostRules || next.has(key)) next.set(key, change.rule);
        else held.beyond += 1;
      }
      const gone = [...held.rules.keys()].filter((key) => !next.has(key));
      await this.#become(held, new Map([...gone.map((key) => [key, undefined] as const), ...next]));
    });
  }

  exemptions(): readonly ListExemption[] {
    return this.#exempt.all();
  }

  /** False where it is exempted already. */
  exempt(exemption: ListExemption): Promise<boolean> {
    return this.#alone('exemptions', async () => {
      if (!(await this.#store.putExemption(exemption))) return false;
      this.#exempt.add(exemption);
      return true;
    });
  }

  /** False where it is not exempted. */
  unexempt(kind: ListKind, name: string): Promise<boolean> {
    return this.#alone('exemptions', async () => {
      if (!this.#exempt.has(kind, name)) return false;
      await this.#store.removeExemption(kind, name);
      this.#exempt.remove(kind, name);
      return true;
    });
  }

  /** A user has set nothing any more. */
  async forgetAuthor(user: MatrixUserId): Promise<void> {
    const nobody = nobodyAt(user);
    await this.#store.forgetAuthor(user, nobody);
    for (const held of this.#lists.values())
      if (held.list.by === user) held.list = { ...held.list, by: nobody };
    this.#exempt.forgetAuthor(user, nobody);
  }

  /** Makes rules what they are to be (none where undefined): what differs is kept, then holds. */
  async #become(held: HeldList, wanted: ReadonlyMap<string, ListRule | undefined>): Promise<void> {
    const gone: ListRule[] = [];
    const put: ListRule[] = [];
    for (const [key, rule] of wanted) {
      const before = held.rules.get(key);
      if (rule === undefined) {
        if (before !== undefined) gone.push(before);
      } else if (!isSame(before, rule)) put.push(rule);
    }
    await this.#store.removeRules(held.list.room, gone);
    await this.#store.putRules(put);
    for (const rule of gone) this.#drop(held, rule);
    for (const rule of put) {
      const before = held.rules.get(keyOf(rule.kind, rule.key));
      if (before !== undefined) this.#drop(held, before);
      this.#add(held, rule);
    }
  }

  #holds(room: RoomId, network: NetworkId): boolean {
    const networks = this.#lists.get(room)?.list.networks ?? [];
    return networks.length === 0 || networks.includes(network);
  }

  #hold(list: FollowedList): HeldList {
    const held = this.#lists.get(list.room) ?? { list, rules: new Map(), broken: 0, beyond: 0 };
    held.list = list;
    this.#lists.set(list.room, held);
    return held;
  }

  #add(held: HeldList, rule: ListRule): void {
    held.rules.set(keyOf(rule.kind, rule.key), rule);
    this.#index.add(rule);
  }

  #drop(held: HeldList, rule: ListRule): void {
    held.rules.delete(keyOf(rule.kind, rule.key));
    this.#index.remove(rule);
  }

  #alone<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#turns.alone(name, work);
  }
}

function keyOf(kind: ListKind, key: string): string {
  return `${listKinds.indexOf(kind)}${key}`;
}

/** Who is erased has made nothing any more. */
function nobodyAt(user: MatrixUserId): MatrixUserId {
  return matrixUserId(`@:${serverOf(user)}`);
}

function keyOfChange(change: ListChange): string {
  return change.kind === 'rule' ? keyOf(change.rule.kind, change.rule.key) : keyOf(change.about, change.key);
}

function isSame(one: ListRule | undefined, other: ListRule): boolean {
  if (one === undefined || one.reason !== other.reason) return false;
  return one.sender === other.sender && one.at === other.at && isSameEntity(one.entity, other.entity);
}

function isSameEntity(one: ListEntity, other: ListEntity): boolean {
  return one.kind === other.kind && shownEntity(one) === shownEntity(other);
}
