import { Journal } from './journal.ts';

/** What travels beside packets: never kept, and lost where the link is down. */
export type WorldSignal =
  | { readonly kind: 'typing'; readonly typing: boolean }
  /** The sender has read a message, and all before it. */
  | { readonly kind: 'read'; readonly target: string }
  | {
      readonly kind: 'presence';
      readonly presence: 'online' | 'away' | 'offline';
      readonly status: string | undefined;
    };

/** A signal with its two ends: a person of the world, or a group of it, and a Matrix user ID, either way round. */
export interface AddressedSignal {
  readonly from: string;
  readonly to: string;
  readonly signal: WorldSignal;
}

/** A picture in the world. */
export interface Picture {
  readonly bytes: Uint8Array;
  readonly mimetype: string;
}

/** What a person or a Matrix user looks like. */
export interface Look {
  readonly name: string | undefined;
  readonly picture: Picture | undefined;
}

/** What else a person is known by: another account of theirs, or an address that the world has verified. */
export type Alias =
  | { readonly kind: 'account'; readonly person: string }
  | { readonly kind: 'address'; readonly address: string };

/** The bridge's end of what is told in passing. */
export interface SignalEnd {
  signal(signal: AddressedSignal): void;
  /** A person's look has changed. */
  changed(person: string): void;
  /** The world knows a person by another name too. */
  same(person: string, other: Alias): Promise<void>;
}

/** What people of the world tell in passing, and what they are told. */
export class WorldSignals {
  readonly #isUp: () => boolean;
  readonly #heard = new Journal<AddressedSignal>();
  readonly #looks = new Map<string, Partial<Look>>();
  #end: SignalEnd | undefined;

  constructor(isUp: () => boolean) {
    this.#isUp = isUp;
  }

  /** The bridge that hears what people signal, in place of the one before. */
  connect(end: SignalEnd): void {
    this.#end = end;
  }

  /** A person signals something to a Matrix user. */
  send(from: string, to: string, signal: WorldSignal): void {
    if (this.#isUp()) this.#end?.signal({ from, to, signal });
  }

  /** What the bridge told, in order. */
  get heard(): Journal<AddressedSignal> {
    return this.#heard;
  }

  /** A person changes how they look; what is left out stays. */
  become(person: string, look: Partial<Look>): void {
    this.#looks.set(person, { ...this.#looks.get(person), ...look });
    if (this.#isUp()) this.#end?.changed(person);
  }

  /** The world finds out that a person has another name: resolves once the bridge knows. */
  async same(person: string, other: Alias): Promise<void> {
    if (this.#isUp()) await this.#end?.same(person, other);
  }

  /** How a person, or a Matrix user as the bridge told, looks by now; what never changed is undefined. */
  look(who: string): Partial<Look> {
    return this.#looks.get(who) ?? {};
  }

  /** The bridge tells how a Matrix user looks. */
  shown(user: string, look: Look): void {
    this.#looks.set(user, look);
  }
}
