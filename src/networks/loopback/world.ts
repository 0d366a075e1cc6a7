import { randomBytes } from 'node:crypto';
import { dice, noFaults, worldPause, type Faults } from './faults.ts';
import { Files } from './files.ts';
import { parseGroup, WorldGroups } from './groups.ts';
import { parsePerson } from './ids.ts';
import { WorldLists } from './lists.ts';
import { parsePacket, type Packet } from './packet.ts';
import { WorldSignals, type Picture } from './signals.ts';
import { LoopbackPerson, type Carrier, type Received } from './person.ts';

/** A packet on its way to the bridge: the address that the world wrote on it, and its content as it was sent. */
export interface Delivery {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly at: number;
  readonly raw: string;
}

/** The bridge's end of the link. */
export interface BridgeEnd {
  deliver(delivery: Delivery): void;
  linkChanged(up: boolean): void;
}

/** How the world answers a packet: it has it, or does not want it, or the bridge is to ask again. */
export type Answer = 'taken' | 'refused' | 'no-such-person' | 'busy' | 'down';

/** The world's end of the link, as the bridge holds it. */
export interface WorldLink {
  readonly files: Files;
  readonly groups: WorldGroups;
  isUp(): boolean;
  /** Hands over a packet. Rejects where `signal` is aborted before the world answers. */
  send(packet: Received, signal: AbortSignal): Promise<Answer>;
  /** The bridge has taken over what was delivered under this id; until then it is delivered again. */
  acknowledge(id: string): void;
  /** Asks for everything that is not acknowledged once more, in order. */
  redeliver(): void;
  find(person: string):
    | {
        readonly name: string | undefined;
        readonly picture: Picture | undefined;
        readonly sharesAddress: boolean;
      }
    | undefined;
  /** The number that the world has verified of a person. */
  numberOf(person: string): string | undefined;
  /** Whose number it is, as the world has verified it. */
  personAt(number: string): string | undefined;
  close(): void;
}

export interface WorldOptions {
  /** Part of every id, so that no two worlds share one; drawn at random by default. */
  readonly name?: string;
  /** What the faults are drawn from. */
  readonly seed?: number;
  /** Whether a message that arrives is answered with a delivery receipt; yes by default. */
  readonly receipts?: boolean;
  readonly now?: () => number;
}

/**
 * The far side of the loopback network: people, their inboxes, their files, and the link to the bridge. It outlives
 * the bridge: what people send while no bridge is there waits, in order. Without faults it sets no timer.
 */
export class LoopbackWorld implements Carrier {
  readonly files = new Files();
  readonly groups = new WorldGroups();
  /** What people tell in passing, and how they look. */
  readonly signals = new WorldSignals(() => this.#isUp());
  /** Whom people have blocked at their own clients. */
  readonly lists = new WorldLists(() => this.#faults);
  readonly now: () => number;
  /** The numbers of people that the world has verified. */
  readonly numbers = new Map<string, string>();
  readonly #name: string;
  readonly #receipts: boolean;
  readonly #random: () => number;
  readonly #people = new Map<string, LoopbackPerson>();
  readonly #waiting = new Map<string, Delivery>();
  readonly #listeners = new Set<(to: string, packet: Received) => void>();
  #faults = noFaults;
  #bridge: BridgeEnd | undefined;
  #count = 0;

  constructor(options: WorldOptions = {}) {
    this.#name = options.name ?? randomBytes(5).toString('hex');
    this.#receipts = options.receipts ?? true;
    this.#random = dice(options.seed ?? 1);
    this.now = options.now ?? Date.now;
  }

  /** The person of that name, who is made where there is none yet. */
  person(id: string, name?: string, sharesAddress = false): LoopbackPerson {
    const known = this.#people.get(id);
    if (known !== undefined) return known;
    if (parsePerson(id) === undefined) throw new Error(`no name for a person: ${id}`);
    const person = new LoopbackPerson(id, name, this, sharesAddress);
    this.#people.set(id, person);
    return person;
  }

  /** What people sent and the bridge has not acknowledged. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Makes the world misbehave in these ways, on top of those it already does. */
  fail(faults: Partial<Faults>): void {
    const wasUp = this.#isUp();
    this.#faults = { ...this.#faults, ...faults };
    this.#linkChanged(wasUp);
  }

  /** Ends all misbehaviour. */
  heal(): void {
    this.fail(noFaults);
  }

  /** Calls the listener for every packet that a person gets for the first time; answers how to stop that. */
  listen(listener: (to: string, packet: Received) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Joins a bridge to the world, in place of the one before. Call `redeliver` to have what waits. */
  connect(bridge: BridgeEnd): WorldLink {
    this.#bridge = bridge;
    return {
      files: this.files,
      groups: this.groups,
      isUp: () => this.#bridge === bridge && !this.#faults.down,
      send: (packet, signal) => this.#send(packet, signal),
      acknowledge: (id) => this.#acknowledge(id),
      redeliver: () => this.#redeliver(),
      find: (person) => this.#find(person),
      numberOf: (person) => this.numbers.get(person),
      personAt: (number) => [...this.numbers].find(([, known]) => known === number)?.[0],
      close: () => {
        if (this.#bridge === bridge) this.#bridge = undefined;
      },
    };
  }

  newId(person: string): string {
    this.#count += 1;
    return `${person}.${this.#name}.${this.#count}`;
  }

  carry(
    to: string,
    packet: { readonly id: string; readonly from: string; readonly at: number },
    raw: string,
  ): void {
    if (parseGroup(to) !== undefined) {
      const answer = this.groups.takeRaw(to, raw);
      if (answer.kind !== 'taken') {
        if (answer.kind === 'repeated') this.#queue(to, packet, raw);
        return;
      }
      const parsed = parsePacket(raw);
      if (parsed.kind === 'packet') this.#spread(parsed.packet, answer.members);
      // The bridge gets what its users are to see: of the groups that they are in, and invitations of theirs.
      const aboutUser = parsed.kind === 'packet' && isAboutUser(parsed.packet);
      if (!aboutUser && !answer.members.some((id) => id.startsWith('@'))) return;
    }
    this.#queue(to, packet, raw);
  }

  #queue(
    to: string,
    packet: { readonly id: string; readonly from: string; readonly at: number },
    raw: string,
  ): void {
    const delivery: Delivery = { id: packet.id, from: packet.from, to, at: packet.at, raw };
    this.#waiting.set(packet.id, delivery);
    if (this.#isUp()) this.#deliver(delivery);
  }

  #find(person: string): ReturnType<WorldLink['find']> {
    const known = this.#people.get(person);
    if (known === undefined) return undefined;
    const { name = known.name, picture } = this.signals.look(person);
    return { name, picture, sharesAddress: known.sharesAddress };
  }

  #isUp(): boolean {
    return this.#bridge !== undefined && !this.#faults.down;
  }

  #linkChanged(wasUp: boolean): void {
    const up = this.#isUp();
    if (up === wasUp) return;
    this.#bridge?.linkChanged(up);
    if (up) this.#redeliver();
  }

  #redeliver(): void {
    if (!this.#isUp()) return;
    for (const delivery of [...this.#waiting.values()]) this.#deliver(delivery);
  }

  #deliver(delivery: Delivery): void {
    this.#bridge?.deliver(delivery);
    if (this.#faults.duplicate > 0 && this.#random() < this.#faults.duplicate)
      this.#bridge?.deliver(delivery);
  }

  #acknowledge(id: string): void {
    const delivery = this.#waiting.get(id);
    if (delivery === undefined) return;
    this.#waiting.delete(id);
    this.#people.get(delivery.from)?.acknowledge(id);
  }

  async #send(packet: Received, signal: AbortSignal): Promise<Answer> {
    await worldPause(this.#faults, signal);
    if (this.#faults.down) return 'down';
    if (this.#faults.refuse) return 'refused';
    const person = this.#people.get(packet.to);
    if (person === undefined && parseGroup(packet.to) === undefined) return 'no-such-person';
    const luck = this.#faults.flaky > 0 ? this.#random() : 1;
    if (luck < this.#faults.flaky / 2) return 'busy';
    if (person !== undefined) this.#take(person, packet);
    else if (!this.#takeInGroup(packet)) return 'refused';
    return luck < this.#faults.flaky ? 'busy' : 'taken';
  }

  #takeInGroup(packet: Received): boolean {
    if (packet.body.kind === 'code' || packet.body.kind === 'refusal') return false;
    const said: Packet = { ...packet, body: packet.body };
    const answer = this.groups.take(said);
    if (answer.kind === 'taken') this.#spread(said, answer.members);
    return answer.kind === 'taken' || answer.kind === 'repeated';
  }

  /** Everybody in the group gets it but its sender. */
  #spread(packet: Packet, members: readonly string[]): void {
    for (const id of members) {
      const person = id === packet.from ? undefined : this.#people.get(id);
      if (person?.receive(packet) !== true) continue;
      for (const listener of this.#listeners) listener(person.id, packet);
    }
  }

  #take(person: LoopbackPerson, packet: Received): void {
    if (!person.receive(packet)) return;
    for (const listener of this.#listeners) listener(person.id, packet);
    if (isMessage(packet.body) && this.#receipts) person.receipt(packet.from, packet.id, 'delivered');
  }
}

/** Whether a packet says something that its sender may wait for to arrive. */
function isMessage(body: Received['body']): boolean {
  switch (body.kind) {
    case 'text':
    case 'file':
    case 'gallery':
    case 'location':
    case 'poll':
      return true;
    case 'edit':
    case 'reaction':
    case 'retraction':
    case 'vote':
    case 'poll-end':
    case 'membership':
    case 'info':
    case 'call':
    case 'timer':
    case 'identity':
    case 'receipt':
    case 'code':
    case 'refusal':
      return false;
  }
}

function isAboutUser({ body }: Packet): boolean {
  return body.kind === 'membership' && body.member.startsWith('@');
}
