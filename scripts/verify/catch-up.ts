import { setTimeout as sleep } from 'node:timers/promises';
import { startStack, type Stack } from '../../test/support/bridge-process.ts';
import type { Fault } from '../../test/support/fault-proxy.ts';
import { judgeCatchUp, type CatchUpJudgement, type GapRecord } from './catch-up-judgement.ts';
import { collectGroups, eventStates, overseenRooms } from './collect.ts';
import { stepsAt, type Step } from './content.ts';
import { Doorkeeper, Group, groupAccounts, PEOPLE } from './group.ts';
import { stopCleanly } from './kill.ts';
import { MatrixPerson } from './matrix-person.ts';
import { MatrixWriter } from './matrix-writer.ts';
import { Random } from './random.ts';

/** How the bridge goes away first, and what befalls its link after that. */
export interface CatchUpPlan {
  readonly dir: string;
  readonly seed: number;
  readonly signal: 'SIGTERM' | 'SIGKILL';
  /** `hang`: the link looks open and nothing passes; `down`: it is cut. */
  readonly link: 'hang' | 'down';
  /** In each gap. */
  readonly messages: number;
  readonly report: (line: string) => void;
}

/** A group that the Matrix user is in. */
interface Talk {
  readonly group: Group;
  readonly room: string;
  readonly writer: MatrixWriter;
  readonly accepted: string[];
}

const DRAIN_MS = 180_000;
/** So long nobody says anything before the bridge comes back: later times would be wrong by more than is allowed. */
const SILENCE_MS = 2_500;

/** Lets people talk in rooms while the bridge is away, twice, and judges what became of it. */
export async function runCatchUp(plan: CatchUpPlan): Promise<CatchUpJudgement> {
  const { dir, report, signal, link: fault } = plan;
  await using stack = await startStack({
    ...{ dir, database: 'sqlite', xmppUsers: groupAccounts(2), faultyLink: true },
  });
  await stack.synapse.createUser('alice', 'secret');
  await using alice = new MatrixPerson(await stack.synapse.login('alice', 'secret'));
  alice.follow();
  await using people = new AsyncDisposableStack();
  const door = new Doorkeeper(alice, stack.botUserId);
  const enter = async (index: number): Promise<Talk> => {
    const group = people.use(await Group.make(stack, index));
    const room = await door.join(group.address, AbortSignal.timeout(60_000));
    if (room === undefined) throw new Error('The user did not get into the group.');
    return { group, room, writer: new MatrixWriter(alice), accepted: [] };
  };
  const first = await enter(0);
  const run = new Run(stack, alice, plan);
  await run.speak(first, 'early');
  // In the second group nobody has said anything yet when the bridge goes.
  const second = await enter(1);
  report('two groups are entered');
  const away = await run.process([first, second]);
  await run.speak(second, 'between');
  const cut = await run.link([first], { kind: fault });
  await run.speak(first, 'late');
  const ends: string[] = [];
  await stopCleanly(stack.bridge, ends);
  const states = await eventStates(stack.storage);
  const groups = await collectGroups(alice, [first, second], await overseenRooms(stack));
  const unexpectedEnds = [...run.ends, ...ends];
  report(`judging what became of it after ${signal} and a link that was ${fault}`);
  return judgeCatchUp({ groups, gaps: [...away, ...cut], kills: 1, states, unexpectedEnds });
}

class Run {
  readonly #stack: Stack;
  readonly #alice: MatrixPerson;
  readonly #plan: CatchUpPlan;
  readonly #random: Random;
  /** Ends of the bridge that were not as it was told. */
  readonly ends: string[] = [];
  #count = 0;

  constructor(stack: Stack, alice: MatrixPerson, plan: CatchUpPlan) {
    this.#stack = stack;
    this.#alice = alice;
    this.#plan = plan;
    this.#random = new Random(plan.seed);
  }

  /** The bridge is told to end, or killed, and started again after people have talked. */
  async process(talks: readonly Talk[]): Promise<readonly GapRecord[]> {
    const { bridge } = this.#stack;
    const { signal } = this.#plan;
    if (signal === 'SIGKILL') await bridge.kill();
    else await stopCleanly(bridge, this.ends);
    return this.#gaps(signal, talks, () => bridge.start());
  }

  /** The link to the XMPP server has a fault while people talk. */
  async link(talks: readonly Talk[], fault: Fault): Promise<readonly GapRecord[]> {
    const { link } = this.#stack;
    await link?.set(fault);
    return this.#gaps(`link ${fault.kind}`, talks, async () => link?.heal());
  }

  /** Everybody says something while all is well, and hears it. */
  async speak(talk: Talk, name: string): Promise<void> {
    const { group, room, writer, accepted } = talk;
    const missing = async (): Promise<boolean> => {
      const { delivered, reflected } = await group.archived();
      const [arrived, heard] = [new Set(delivered.map(({ text }) => text)), this.#alice.heardIn(room)];
      return accepted.some((text) => !arrived.has(text)) || reflected.some(({ text }) => !heard.has(text));
    };
    const steps = this.#steps(2 * PEOPLE);
    await this.#talk(group, `${name}-${group.name}`, steps);
    for (const [index, { kind }] of steps.slice(0, PEOPLE).entries())
      accepted.push(await writer.write(room, `m2g-${name}-${group.name}-${index}`, kind));
    await this.#settled(missing);
  }

  async #gaps(
    name: string,
    talks: readonly Talk[],
    back: () => Promise<void>,
  ): Promise<readonly GapRecord[]> {
    const { messages, report } = this.#plan;
    this.#count += 1;
    const before = await Promise.all(talks.map(({ group }) => group.archived()));
    await Promise.all(
      talks.map(({ group }, index) =>
        this.#talk(group, `away${this.#count}-${group.name}`, this.#steps(index === 0 ? messages : PEOPLE)),
      ),
    );
    await sleep(SILENCE_MS);
    report(`${name}: people have talked; the bridge comes back`);
    const began = performance.now();
    await back();
    return Promise.all(
      talks.map(async ({ group, room }, index): Promise<GapRecord> => {
        const known = new Set(before[index]?.reflected.map(({ text }) => text));
        const { reflected } = await group.archived();
        const said = new Set(reflected.map(({ text }) => text).filter((text) => !known.has(text)));
        const all = await this.#settled(async () => {
          const heard = this.#alice.heardIn(room);
          return [...said].some((text) => !heard.has(text));
        });
        const ms = all ? performance.now() - began : undefined;
        report(`${name}: ${said.size} of ${group.name} ${all ? 'are on Matrix' : 'did not all come'}`);
        const wanted = index === 0 ? messages : PEOPLE;
        return { name: `${name} ${group.name}`, group: group.name, said, wanted, ms };
      }),
    );
  }

  /** The people of a group take turns by chance: each says what is theirs as fast as the room says it back. */
  async #talk(group: Group, name: string, steps: readonly Step[]): Promise<void> {
    await Promise.all(
      group.people.map(async (person, place) => {
        let number = 0;
        for (const { kind } of steps.filter((_, index) => index % PEOPLE === place)) {
          number += 1;
          await person.write(`g2m-${name}-${place}-${number}`, kind);
        }
      }),
    );
  }

  #steps(count: number): readonly Step[] {
    const moments = Array.from({ length: count }, () => 0);
    return stepsAt(moments, this.#random);
  }

  /** Waits until nothing is missing any more; false when that takes too long. */
  async #settled(missing: () => Promise<boolean>): Promise<boolean> {
    const deadline = performance.now() + DRAIN_MS;
    while (await missing()) {
      if (performance.now() > deadline) return false;
      await sleep(100);
    }
    return true;
  }
}
