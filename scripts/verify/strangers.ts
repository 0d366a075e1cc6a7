import { setTimeout as sleep } from 'node:timers/promises';
import { startStack, type Stack } from '../../test/support/bridge-process.ts';
import { XmppUser } from '../../test/support/xmpp-user.ts';
import { eventStates, overseenRooms } from './collect.ts';
import { stopCleanly } from './kill.ts';
import { MatrixPerson } from './matrix-person.ts';
import { Random } from './random.ts';
import {
  judgeStrangers,
  type Answer,
  type StrangerRecord,
  type StrangersJudgement,
} from './strangers-judgement.ts';
import { XmppPerson } from './xmpp-person.ts';

/** How hard a run is. */
export interface StrangersPlan {
  readonly dir: string;
  readonly seed: number;
  readonly kills: number;
  readonly strangers: number;
  readonly report: (line: string) => void;
}

const MEAN_LIFE_MS = 4_000;
const LONGEST_LIFE_MS = 4_000;
const EARLY_LIFE_MS = 2_500;
const LOOK_EVERY_MS = 1_500;
const PATIENCE_MS = 90_000;

/** What the bot said, without marks of direction. */
interface Line {
  readonly eventId: string;
  readonly text: string;
}

/** Somebody who writes to a user who never heard of them. */
interface Stranger {
  readonly name: string;
  readonly jid: string;
  readonly ghost: string;
  readonly person: XmppPerson;
  readonly answer: Answer;
  /** When they begin, and when they are answered at the earliest, in milliseconds from the beginning. */
  readonly from: number;
  readonly answeredFrom: number;
  byReaction: boolean;
  waited: number;
  answered: boolean;
}

/** Kills the bridge again and again while strangers write, and are accepted and declined; judges what is shown of it. */
export async function runStrangers(plan: StrangersPlan): Promise<StrangersJudgement> {
  const { dir, kills, strangers: count, report } = plan;
  const random = new Random(plan.seed);
  const xmppUsers = Array.from({ length: count }, (_, index) => ({
    local: `stranger${index}`,
    password: 'secret',
  }));
  await using stack = await startStack({
    ...{ dir, xmppUsers, database: 'sqlite' },
    config: { requests: { enabled: true, max_per_request: 1_000 }, rooms: { spaces: true } },
  });
  report('the servers and the bridge run');
  await using scene = await Strangers.prepare(stack, random, count, kills * MEAN_LIFE_MS);
  const unexpectedEnds: string[] = [];
  scene.begin();
  for (let kill = 1; kill <= kills; kill += 1) {
    await live(stack, random);
    if (!stack.bridge.isRunning) unexpectedEnds.push(`before kill ${kill}: ${stack.bridge.lastEnd}`);
    await stack.bridge.kill();
    await stack.bridge.start();
    report(`kill ${kill}/${kills}; ${scene.progress()}`);
  }
  await scene.ended();
  report(`everything is written and answered; ${scene.progress()}`);
  await drained(stack);
  const record = await scene.collect();
  await stopCleanly(stack.bridge, unexpectedEnds);
  const states = await eventStates(stack.storage);
  return judgeStrangers({ ...record, states, kills, unexpectedEnds });
}

/** Some lives end while the bridge starts, most once it works. */
async function live({ bridge }: Stack, random: Random): Promise<void> {
  const early = random.next() < 0.3;
  const ms = random.between(0, early ? EARLY_LIFE_MS : LONGEST_LIFE_MS);
  if (!early) await bridge.untilReady();
  await sleep(ms);
}

/** Until nothing is on its way, and the rooms of requests have had their time. */
async function drained({ bridge }: Stack): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let quiet = 0; quiet < 5 && performance.now() < deadline;) {
    quiet = (await bridge.metric('causeway_queue_events')) === 0 ? quiet + 1 : 0;
    await sleep(1_000);
  }
}

class Strangers implements AsyncDisposable {
  readonly #stack: Stack;
  readonly #matrix: MatrixPerson;
  readonly #management: string;
  readonly #strangers: readonly Stranger[];
  readonly #stop = new AbortController();
  #working: Promise<unknown> = Promise.resolve();
  #began = 0;
  #asked = 0;

  private constructor(
    stack: Stack,
    matrix: MatrixPerson,
    management: string,
    strangers: readonly Stranger[],
  ) {
    this.#stack = stack;
    this.#matrix = matrix;
    this.#management = management;
    this.#strangers = strangers;
  }

  static async prepare(stack: Stack, random: Random, count: number, lengthMs: number): Promise<Strangers> {
    const { synapse, prosody, botUserId } = stack;
    await synapse.createUser('carol', 'secret');
    const matrix = new MatrixPerson(await synapse.login('carol', 'secret'));
    matrix.follow();
    await matrix.invite(botUserId);
    const management = await until('a management room', async () => matrix.roomWith(botUserId));
    // All that is random is decided before anything takes its time: the same seed gives the same run.
    const plans = Array.from({ length: count }, (_, index) => {
      const from = random.between(0, lengthMs * 0.7);
      return {
        ...{ from, answeredFrom: from + random.between(0, lengthMs * 0.5), byReaction: random.next() < 0.5 },
        answer:
          index % 5 === 4
            ? ('none' as const)
            : random.next() < 0.6
              ? ('accept' as const)
              : ('decline' as const),
      };
    });
    const strangers = await Promise.all(
      plans.map(async (plan, index): Promise<Stranger> => {
        const { service, domain, uploadDomain } = prosody;
        const user = await XmppUser.login({
          service,
          domain,
          username: `stranger${index}`,
          password: 'secret',
        });
        return {
          ...{ ...plan, name: `stranger${index}`, jid: user.jid, ghost: stack.ghostOf(user.jid) },
          person: new XmppPerson(user, `carol@${stack.componentDomain}`, uploadDomain),
          ...{ waited: 0, answered: false },
        };
      }),
    );
    return new Strangers(stack, matrix, management, strangers);
  }

  begin(): void {
    this.#began = performance.now();
    this.#working = Promise.all([this.#answer(), ...this.#strangers.map((one) => this.#write(one))]);
  }

  /** Resolves when all have written and been answered, or the time for it is over. */
  async ended(): Promise<void> {
    const late = sleep(PATIENCE_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    await Promise.race([this.#working, late]);
    this.#stop.abort();
    await this.#working;
  }

  progress(): string {
    const of = (what: (one: Stranger) => boolean): number => this.#strangers.filter(what).length;
    return `${of(({ waited }) => waited > 0)} told of, ${of(({ answered }) => answered)} answered`;
  }

  async collect(): Promise<
    Pick<Parameters<typeof judgeStrangers>[0], 'strangers' | 'told' | 'requestRooms' | 'spaces'>
  > {
    const matrix = this.#matrix;
    const rooms = await overseenRooms(this.#stack);
    const own = rooms.filter(({ members }) => isIn(members.get(matrix.userId)));
    const told: string[] = [];
    for (const { id, members } of own)
      if (members.get(matrix.userId) === 'join' && members.has(this.#stack.botUserId))
        told.push(
          ...(await matrix.timeline(id))
            .filter(({ sender }) => sender !== matrix.userId)
            .map(({ text }) => text),
        );
    const strangers: StrangerRecord[] = [];
    for (const { name, ghost, person, answer, answered, waited } of this.#strangers) {
      const theirs = rooms.filter(({ members }) => members.has(ghost));
      const shown: string[] = [];
      for (const { id, members } of theirs)
        if (members.get(matrix.userId) === 'join')
          shown.push(
            ...(await matrix.timeline(id)).filter(({ sender }) => sender === ghost).map(({ text }) => text),
          );
      const { written } = person;
      const { receipted } = person.live();
      strangers.push({
        ...{ name, answer, answered, waited, written, shown },
        receipted: new Set(written.filter((text) => receipted.has(text))),
        rooms: theirs.map(({ id, made, members }) => ({
          ...{ room: id, made, ghost: members.get(ghost) ?? '', user: members.get(matrix.userId) },
        })),
      });
    }
    const requestRooms = own.flatMap(({ request, name = '' }) =>
      request === undefined ? [] : [{ request, name: name.replace(/@.*/, '') }],
    );
    return { strangers, told, requestRooms, spaces: own.filter(({ ofRequests }) => ofRequests).length };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#working.catch(() => undefined);
    await this.#matrix[Symbol.asyncDispose]();
    for (const { person } of this.#strangers) await person[Symbol.asyncDispose]();
  }

  /** Until the user was told of them; then some more; and where they are accepted, until something has arrived. */
  async #write(one: Stranger): Promise<void> {
    await this.#until(one.from);
    let number = 0;
    const write = async (): Promise<void> => {
      await one.person.write(`x-${one.name}-${number++}-x`);
      await this.#pause(700);
    };
    while (!this.#stopped() && one.waited === 0) await write();
    for (let more = 0; more < 3 && !this.#stopped(); more += 1) await write();
    if (one.answer === 'none') return;
    while (!this.#stopped() && !one.answered) await write();
    for (let more = 0; more < 3 && !this.#stopped(); more += 1) await write();
    while (!this.#stopped() && one.answer === 'accept' && this.#matrix.heardFrom(one.ghost).size === 0)
      await write();
  }

  /** Asks who waits, again and again, and answers those whose time has come: by a reaction where they have a line. */
  async #answer(): Promise<void> {
    while (
      !this.#stopped() &&
      this.#strangers.some((one) => one.waited === 0 || (!one.answered && one.answer !== 'none'))
    ) {
      await this.#say('requests');
      await this.#pause(LOOK_EVERY_MS);
      const lines = (await this.#matrix.timeline(this.#management)).map(({ text, eventId }) => ({
        ...{ eventId, text: text.replace(/[\u2066-\u2069]/g, '') },
      }));
      for (const one of this.#strangers) await this.#look(one, lines);
    }
  }

  async #look(one: Stranger, lines: readonly Line[]): Promise<void> {
    const listing = lines.flatMap(({ text }) => listed(text, one.jid) ?? []).at(-1);
    if (listing === undefined) return;
    const { number, waits } = listing;
    one.waited = Math.max(one.waited, waits);
    if (lines.some(({ text }) => new RegExp(`^Request ${number}: you (accepted|declined) `).test(text)))
      one.answered = true;
    if (one.answered || one.answer === 'none') return;
    if (performance.now() - this.#began < one.answeredFrom) return;
    const line = lines.find(({ text }) => new RegExp(`^Request ${number}: .*wants to reach`).test(text));
    if (line === undefined || !one.byReaction) {
      await this.#say(`${one.answer} ${number}`);
      return;
    }
    // The homeserver takes the same reaction once; where its answer is not seen, a command follows.
    one.byReaction = false;
    await this.#react(line.eventId, one.answer === 'accept' ? '✅' : '❌');
  }

  #say(body: string): Promise<string> {
    return this.#matrix.send(this.#management, `ask-${this.#asked++}`, 'm.room.message', {
      msgtype: 'm.text',
      body,
    });
  }

  #react(eventId: string, key: string): Promise<string> {
    return this.#matrix.send(this.#management, `ask-${this.#asked++}`, 'm.reaction', {
      'm.relates_to': { rel_type: 'm.annotation', event_id: eventId, key },
    });
  }

  #until(at: number): Promise<void> {
    return this.#pause(at - (performance.now() - this.#began));
  }

  async #pause(ms: number): Promise<void> {
    if (ms > 0) await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  #stopped(): boolean {
    return this.#stop.signal.aborted;
  }
}

/** What an answer to `requests` says of somebody: the number of their request, and how many messages wait. */
function listed(text: string, jid: string): { readonly number: number; readonly waits: number } | undefined {
  for (const row of text.split('\n')) {
    const [, number, waits] = /^• (\d+) · .*Messages: (\d+)/.exec(row) ?? [];
    if (number !== undefined && row.includes(jid)) return { number: Number(number), waits: Number(waits) };
  }
  return undefined;
}

function isIn(membership: string | undefined): boolean {
  return membership === 'join' || membership === 'invite';
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(100);
  }
  throw new Error(`No sign of ${what}.`);
}
