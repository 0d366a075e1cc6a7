import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from '../../test/support/bridge-process.ts';
import { XmppUser } from '../../test/support/xmpp-user.ts';
import { stepsAt, type Step } from './content.ts';
import { GroupLoad, missingInGroups, planGroups, type GroupPlan } from './group-load.ts';
import { MatrixPerson } from './matrix-person.ts';
import { MatrixWriter } from './matrix-writer.ts';
import type { Random } from './random.ts';
import { Secrets } from './secrets.ts';
import { XmppPerson } from './xmpp-person.ts';

/** Who opens a chat: the XMPP user by writing, the Matrix user by an invitation, or both at once. */
export type Opening = 'xmpp' | 'matrix' | 'both';

/** How much is to flow over how many chats. */
export interface LoadPlan {
  readonly chats: number;
  /** Over all chats, each way. */
  readonly messages: number;
  /** Over how long the messages are spread, in milliseconds; those from XMPP that got no receipt are added after it. */
  readonly lengthMs: number;
  /** Over how long the beginnings of the chats are spread, in milliseconds. */
  readonly openingMs: number;
  readonly groups: Pick<GroupPlan, 'groups' | 'messages'>;
  /** Whether the Matrix user's client encrypts. */
  readonly encrypted: boolean;
  readonly random: Random;
}

/** One XMPP user's chat with the Matrix user. */
export interface Chat {
  readonly name: string;
  readonly ghost: string;
  readonly person: XmppPerson;
  readonly opening: Opening;
  /** What is to be written each way, and when. */
  readonly fromMatrix: readonly Step[];
  readonly fromXmpp: readonly Step[];
  readonly writer: MatrixWriter;
  /** What the homeserver has answered for, by marks. */
  readonly accepted: string[];
}

const LONGEST_EXTRA_MS = 90_000;
/** How many messages an XMPP user writes in a second in place of those that got no receipt. */
const MOST_EXTRA = 5;
const LONGEST_OPENING_MS = 120_000;

/** The people of a run and what they are to write. */
export class Load implements AsyncDisposable {
  readonly matrix: MatrixPerson;
  readonly chats: readonly Chat[];
  readonly groups: GroupLoad;
  readonly #secrets: Secrets | undefined;
  readonly #stop = new AbortController();
  #writing: Promise<unknown> = Promise.resolve();
  #begun = 0;

  private constructor(
    matrix: MatrixPerson,
    chats: readonly Chat[],
    groups: GroupLoad,
    secrets: Secrets | undefined,
  ) {
    this.#secrets = secrets;
    this.matrix = matrix;
    this.chats = chats;
    this.groups = groups;
  }

  /** Logs everybody in. */
  static async prepare(stack: Stack, plan: LoadPlan): Promise<Load> {
    const { synapse, prosody } = stack;
    const { userId } = await synapse.createUser('alice', 'secret');
    const login = { baseUrl: synapse.baseUrl, userId, password: 'secret' };
    const secrets = plan.encrypted ? await Secrets.login(login) : undefined;
    const matrix = new MatrixPerson(await synapse.login('alice', 'secret'), secrets);
    matrix.follow();
    // All that is random is decided before anything takes its time: the same seed gives the same run.
    const steps = xmppAccounts(plan.chats).map((_, index) => stepsOf(plan, index));
    const { lengthMs, openingMs, random } = plan;
    const groupSteps = planGroups({ ...plan.groups, lengthMs, openingMs }, random);
    const chats = await Promise.all(
      xmppAccounts(plan.chats).map(async ({ local, password }, index): Promise<Chat> => {
        const { service, domain, uploadDomain } = prosody;
        const user = await XmppUser.login({ service, domain, username: local, password });
        const { fromMatrix = [], fromXmpp = [] } = steps[index] ?? {};
        return {
          ...{ name: local, ghost: stack.ghostOf(user.jid), opening: openingOf(index) },
          person: new XmppPerson(user, `alice@${stack.componentDomain}`, uploadDomain),
          ...{ fromMatrix, fromXmpp, writer: new MatrixWriter(matrix), accepted: [] },
        };
      }),
    );
    return new Load(matrix, chats, await GroupLoad.prepare(stack, matrix, groupSteps), secrets);
  }

  /** Lets everybody begin to open chats and to write. */
  begin(): void {
    this.#begun = performance.now();
    this.groups.begin();
    this.#writing = Promise.all(this.chats.flatMap((chat) => [this.#fromMatrix(chat), this.#fromXmpp(chat)]));
    // A failure is told by `written`.
    this.#writing.catch(() => undefined);
  }

  /** Resolves when everybody has written what they were to write. */
  async written(): Promise<void> {
    await Promise.all([this.#writing, this.groups.written()]);
  }

  /** What was said in groups and has not arrived. */
  missingInGroups(): Promise<readonly string[]> {
    return missingInGroups(this.matrix, this.groups.chats);
  }

  get isEncrypted(): boolean {
    return this.#secrets !== undefined;
  }

  /** How many chats have their room. */
  open(): number {
    return this.chats.filter(({ ghost }) => this.matrix.roomWith(ghost) !== undefined).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.groups[Symbol.asyncDispose]();
    await this.matrix[Symbol.asyncDispose]();
    await this.#secrets?.[Symbol.asyncDispose]();
    for (const { person } of this.chats) await person[Symbol.asyncDispose]();
    await this.#writing.catch(() => undefined);
  }

  async #fromMatrix(chat: Chat): Promise<void> {
    await this.#until(chat.fromMatrix[0]?.at ?? 0);
    if (this.#stopped()) return;
    if (chat.opening !== 'xmpp') await this.matrix.invite(chat.ghost);
    for (const [index, { at, kind }] of chat.fromMatrix.entries()) {
      await this.#until(at);
      const room = await this.#room(chat);
      if (room === undefined) return;
      chat.accepted.push(await chat.writer.write(room, `m2x-${chat.name}-${index}`, kind));
    }
  }

  async #fromXmpp(chat: Chat): Promise<void> {
    if (chat.opening === 'matrix') await this.#room(chat);
    const { person, fromXmpp } = chat;
    let number = 0;
    const write = (kind: Step['kind']): Promise<boolean> =>
      person.write(`x2m-${chat.name}-${number++}`, kind);
    for (const { at, kind } of fromXmpp) {
      await this.#until(at);
      if (this.#stopped()) return;
      await write(kind);
    }
    const deadline = performance.now() + LONGEST_EXTRA_MS;
    while (!this.#stopped() && performance.now() < deadline) {
      await sleep(1_000);
      const missing = fromXmpp.length - person.live().receipted.size;
      if (missing <= 0) return;
      for (let n = 0; n < Math.min(missing, MOST_EXTRA); n += 1) await write('text');
    }
  }

  async #room({ ghost }: Chat): Promise<string | undefined> {
    const deadline = performance.now() + LONGEST_OPENING_MS;
    for (let looks = 1; !this.#stopped() && performance.now() < deadline; looks += 1) {
      const room = this.matrix.roomWith(ghost);
      if (room !== undefined) return room;
      await sleep(50);
      if (looks % 100 === 0) await this.matrix.refresh();
    }
    return undefined;
  }

  async #until(at: number): Promise<void> {
    const left = at - (performance.now() - this.#begun);
    if (left > 0) await sleep(left, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  #stopped(): boolean {
    return this.#stop.signal.aborted;
  }
}

/** The accounts that the XMPP server needs for so many chats. */
export function xmppAccounts(
  count: number,
): readonly { readonly local: string; readonly password: string }[] {
  return Array.from({ length: count }, (_, index) => ({ local: `person${index}`, password: 'secret' }));
}

/** What is written in a chat each way. */
function stepsOf(plan: LoadPlan, index: number): Pick<Chat, 'fromMatrix' | 'fromXmpp'> {
  const { random, chats, openingMs, lengthMs, messages } = plan;
  const count = Math.floor(messages / chats) + (index < messages % chats ? 1 : 0);
  const first = (openingMs * index) / chats;
  const steps = (): readonly Step[] => {
    const later = random.moments(count - 1, lengthMs - first).map((at) => first + at);
    return stepsAt([first, ...later], random);
  };
  return { fromMatrix: steps(), fromXmpp: steps() };
}

/** Most chats are opened from XMPP; some by an invitation, and some by both sides at the same moment. */
function openingOf(index: number): Opening {
  if (index % 8 === 6) return 'matrix';
  return index % 8 === 7 ? 'both' : 'xmpp';
}
