import type { LoopbackWorld, WorldSignal } from '../../src/networks/loopback/index.ts';
import { matrixEnd } from './matrix-signals.ts';
import type { SampleFile } from './rig.ts';
import type { PresenceState, SignalEnd, SignalsOf } from './signal-chat.ts';

/** The ends of a chat between a Matrix user and a person of the world. */
export function loopbackSignals(world: LoopbackWorld): SignalsOf {
  return async (pair) => ({
    matrix: matrixEnd(pair),
    remote: new LoopbackEnd(world, pair.remote.address, pair.matrix.userId),
  });
}

class LoopbackEnd implements SignalEnd {
  readonly #world: LoopbackWorld;
  readonly #person: string;
  readonly #user: string;

  constructor(world: LoopbackWorld, person: string, user: string) {
    this.#world = world;
    this.#person = person;
    this.#user = user;
  }

  async type(typing: boolean): Promise<void> {
    this.#world.signals.send(this.#person, this.#user, { kind: 'typing', typing });
  }

  async read(target: string): Promise<void> {
    this.#world.signals.send(this.#person, this.#user, { kind: 'read', target });
  }

  async be(presence: PresenceState, status: string): Promise<void> {
    this.#world.signals.send(this.#person, this.#user, { kind: 'presence', presence, status });
  }

  async rename(name: string): Promise<void> {
    this.#world.signals.become(this.#person, { name });
  }

  async picture(file: SampleFile | undefined): Promise<void> {
    const picture = file && { bytes: file.bytes, mimetype: file.type };
    this.#world.signals.become(this.#person, { picture });
  }

  isTyping(): boolean {
    return this.#last('typing')?.typing === true;
  }

  isRead(id: string): boolean {
    return this.#heard().some((signal) => signal.kind === 'read' && signal.target === id);
  }

  async presence(): Promise<{ presence: PresenceState; status: string | undefined } | undefined> {
    return this.#last('presence');
  }

  async name(): Promise<string | undefined> {
    return this.#world.signals.look(this.#user).name;
  }

  async face(): Promise<Uint8Array | undefined> {
    return this.#world.signals.look(this.#user).picture?.bytes;
  }

  #heard(): readonly WorldSignal[] {
    return this.#world.signals.heard.all
      .filter(({ from, to }) => from === this.#user && to === this.#person)
      .map(({ signal }) => signal);
  }

  #last<K extends WorldSignal['kind']>(kind: K): Extract<WorldSignal, { kind: K }> | undefined {
    const isIt = (signal: WorldSignal): signal is Extract<WorldSignal, { kind: K }> => signal.kind === kind;
    return this.#heard().filter(isIt).at(-1);
  }
}
