import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from '../../test/support/bridge-process.ts';
import { stepsAt, type Step } from './content.ts';
import { Doorkeeper, Group, PEOPLE } from './group.ts';
import type { MatrixPerson } from './matrix-person.ts';
import { MatrixWriter } from './matrix-writer.ts';
import type { Random } from './random.ts';

/** How much is to flow over how many groups. */
export interface GroupPlan {
  readonly groups: number;
  /** Over all groups, each way. */
  readonly messages: number;
  /** Over how long the messages are spread, and the entering of all groups but the first, in milliseconds. */
  readonly lengthMs: number;
  readonly openingMs: number;
}

/** When a group is entered, and what is said in it each way. */
export interface GroupSteps {
  readonly entered: number;
  readonly fromMatrix: readonly Step[];
  readonly fromRoom: readonly Step[];
}

/** A group with what was said in it. */
export interface GroupChat extends GroupSteps {
  readonly group: Group;
  readonly writer: MatrixWriter;
  /** What the homeserver has answered for, by marks. */
  readonly accepted: string[];
  room: string | undefined;
}

const LONGEST_EXTRA_MS = 120_000;

/** Decides what is said in every group: the same for the same seed. */
export function planGroups(plan: GroupPlan, random: Random): readonly GroupSteps[] {
  return Array.from({ length: plan.groups }, (_, index) => {
    const share = Math.floor(plan.messages / plan.groups) + (index < plan.messages % plan.groups ? 1 : 0);
    const entered = index === 0 ? 0 : (plan.openingMs * index) / plan.groups;
    const steps = (): readonly Step[] => {
      const moments = random.moments(share, plan.lengthMs - entered);
      return stepsAt(
        moments.map((at) => entered + at),
        random,
      );
    };
    return { entered, fromMatrix: steps(), fromRoom: steps() };
  });
}

/** The groups of a run, and what is said in them. */
export class GroupLoad implements AsyncDisposable {
  readonly chats: readonly GroupChat[];
  readonly #door: Doorkeeper;
  readonly #stop = new AbortController();
  /** Groups are entered one after the other: a new room is then that of the group which was asked for. */
  #entering: Promise<unknown> = Promise.resolve();
  #writing: Promise<unknown> = Promise.resolve();
  #begun = 0;

  private constructor(person: MatrixPerson, bot: string, chats: readonly GroupChat[]) {
    this.chats = chats;
    this.#door = new Doorkeeper(person, bot);
  }

  /** Makes all rooms on the XMPP server, and has the Matrix user enter the first. */
  static async prepare(stack: Stack, person: MatrixPerson, steps: readonly GroupSteps[]): Promise<GroupLoad> {
    const chats: GroupChat[] = [];
    for (const [index, planned] of steps.entries()) {
      const writer = new MatrixWriter(person);
      const group = await Group.make(stack, index);
      chats.push({ ...planned, group, writer, accepted: [], room: undefined });
    }
    const load = new GroupLoad(person, stack.botUserId, chats);
    const [first] = chats;
    if (first !== undefined) await load.#enter(first);
    return load;
  }

  begin(): void {
    this.#begun = performance.now();
    this.#writing = Promise.all(this.chats.map((chat) => this.#talk(chat)));
    // A failure is told by `written`.
    this.#writing.catch(() => undefined);
  }

  /** Resolves when everybody has written what they were to write. */
  async written(): Promise<void> {
    await this.#writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    for (const { group } of this.chats) await group[Symbol.asyncDispose]();
    await this.#writing.catch(() => undefined);
  }

  async #talk(chat: GroupChat): Promise<void> {
    await this.#until(chat.entered);
    if (chat.room === undefined) {
      this.#entering = this.#entering.then(() => this.#enter(chat));
      await this.#entering;
    }
    const people = Array.from({ length: PEOPLE }, (_, index) => this.#fromPerson(chat, index));
    await Promise.all([this.#fromMatrix(chat), ...people]);
  }

  async #enter(chat: GroupChat): Promise<void> {
    chat.room = await this.#door.join(chat.group.address, this.#stop.signal);
  }

  async #fromMatrix({ fromMatrix, writer, accepted, group, room }: GroupChat): Promise<void> {
    for (const [index, { at, kind }] of fromMatrix.entries()) {
      await this.#until(at);
      if (room === undefined || this.#stop.signal.aborted) return;
      accepted.push(await writer.write(room, `m2g-${group.name}-${index}`, kind));
    }
  }

  /** What the room does not say back was not said: something else is said for it. */
  async #fromPerson({ fromRoom, group }: GroupChat, place: number): Promise<void> {
    const person = group.people[place];
    let number = 0;
    const deadline = performance.now() + LONGEST_EXTRA_MS;
    for (const { at, kind } of fromRoom.filter((_, index) => index % PEOPLE === place)) {
      await this.#until(at);
      while (person !== undefined && !this.#stop.signal.aborted && performance.now() < deadline) {
        number += 1;
        if (await person.write(`g2m-${group.name}-${place}-${number}`, kind)) break;
      }
    }
  }

  async #until(at: number): Promise<void> {
    const left = at - (performance.now() - this.#begun);
    if (left > 0) await sleep(left, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}

/** Which of what was said in groups has not arrived yet. */
export async function missingInGroups(
  person: MatrixPerson,
  chats: readonly GroupChat[],
): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const { group, accepted, room } of chats) {
    const { delivered, reflected } = await group.archived();
    const arrived = new Set(delivered.map(({ text }) => text));
    const heard = room === undefined ? new Set<string>() : person.heardIn(room);
    missing.push(...accepted.filter((text) => !arrived.has(text)));
    missing.push(...reflected.map(({ text }) => text).filter((text) => !heard.has(text)));
  }
  return missing;
}
