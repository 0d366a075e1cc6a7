import type { LoopbackPerson, LoopbackWorld, Packet } from '../../src/networks/loopback/index.ts';
import type { BesideOf, BesidePair } from './beside-chat.ts';
import { matrixBeside } from './matrix-beside.ts';

/** The ends of a chat between a Matrix user and a person of the world. */
export function loopbackBeside(world: LoopbackWorld): BesideOf {
  return async (pair) => ({
    matrix: matrixBeside(pair),
    remote: new LoopbackEnd(world.person(pair.remote.address), pair.matrix.userId),
  });
}

class LoopbackEnd implements Required<BesidePair['remote']> {
  readonly #person: LoopbackPerson;
  readonly #user: string;
  readonly #rung = new Map<string, string>();

  constructor(person: LoopbackPerson, user: string) {
    this.#person = person;
    this.#user = user;
  }

  async ring(): Promise<string> {
    const { id, call } = this.#person.ring(this.#user);
    this.#rung.set(call, id);
    return call;
  }

  isDeclined(call: string): boolean {
    const target = this.#rung.get(call);
    return this.#person.inbox.some(({ body }) => body.kind === 'refusal' && body.target === target);
  }

  async sayFor(text: string, seconds: number): Promise<string> {
    return this.#person.send(this.#user, text, { expires: { seconds, from: 'sending' } });
  }

  async setTimer(seconds: number | undefined): Promise<void> {
    this.#person.setTimer(this.#user, seconds);
  }

  timer(): number | undefined {
    const last = this.#bodies().findLast((body) => body.kind === 'timer');
    return last?.kind === 'timer' ? last.expires?.seconds : undefined;
  }

  timeOf(text: string): number | undefined {
    const said = this.#bodies().find((body) => body.kind === 'text' && body.text === text);
    return said?.kind === 'text' ? said.expires?.seconds : undefined;
  }

  async changeIdentity(number: string): Promise<void> {
    this.#person.changeIdentity(this.#user, number);
  }

  #bodies(): readonly Packet['body'][] {
    return this.#person.inbox.flatMap(({ body, from }) =>
      from !== this.#user || body.kind === 'code' || body.kind === 'refusal' ? [] : [body],
    );
  }
}
