/** Network to Matrix: the bridge against bare requests on the same homeserver, in turns. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../test/support/free-port.ts';
import { startSynapse, type Synapse } from '../../test/support/synapse.ts';
import { BareSender, type Voice } from './bare-sender.ts';
import { BridgeHandle } from './bridge-handle.ts';
import { bridgePlan, ghostOf, tokensOf, type BridgePlan } from './bridge-plan.ts';
import { talked, type Order, type Stretches } from './orders.ts';
import { benchDir, type Stage } from './stage.ts';
import { latencyOf, median, percentile, rounded, type Latency } from './statistics.ts';

const widths = [1, 8, 32] as const;
/** How many messages of a chat are under way at once: enough that the next one is always there. */
const window = 2;

/** What was measured with so many portals at once. */
export interface ToMatrixFigures {
  readonly portals: number;
  readonly rounds: number;
  /** Messages a second, the median of the rounds. */
  readonly bare: number;
  readonly bridge: number;
  /** The median of bridge / bare over the pairs of rounds, and their spread. */
  readonly share: number;
  readonly shares: readonly number[];
  /** All messages of all rounds through the bridge, over all bare ones. */
  readonly shareOfAll: number;
  /** From receive to the record, without the time inside the homeserver's requests, in milliseconds. */
  readonly own: Latency;
  /** The medians of the stretches of the way. */
  readonly stretches: Stretches;
  readonly cpuMsPerMessage: number;
}

interface Scene {
  readonly stage: Stage;
  readonly bridge: BridgeHandle;
  readonly bare: BareSender;
  readonly voices: readonly Voice[];
  readonly people: readonly string[];
  readonly receiver: string;
}

export async function benchToMatrix(stage: Stage): Promise<readonly ToMatrixFigures[]> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await benchDir());
  const scene = await setTheScene(stage, dir.path, stack);
  const figures: ToMatrixFigures[] = [];
  for (const portals of widths) figures.push(await measure(scene, portals));
  return figures;
}

async function setTheScene(stage: Stage, dir: string, stack: AsyncDisposableStack): Promise<Scene> {
  const port = await freePort();
  const homeserverPort = await freePort();
  const homeserver = `http://127.0.0.1:${homeserverPort}`;
  const plan = bridgePlan({ dir, homeserver, domain: 'localhost', port });
  await mkdir(join(dir, 'synapse'));
  const registration = join(dir, 'registration.yaml');
  await writeFile(registration, plan.registration);
  const synapse = await startSynapse({
    dir: join(dir, 'synapse'),
    registrations: [registration],
    port: homeserverPort,
  });
  stack.defer(() => synapse.stop());
  const user = await synapse.createUser('alice', 'the password of alice');
  const bridge = stack.use(await BridgeHandle.start(plan, stage.profile));
  const people = Array.from({ length: Math.max(...widths) }, (_, n) => `person${n}`);
  stage.say(`Opening ${people.length} portals on Synapse …`);
  const opened = await bridge.ask(
    { kind: 'talk', people, receiver: user.userId, window: 1, until: { each: 1 } },
    talked,
  );
  if (opened.sent < people.length) throw new Error('Not every first message has opened its portal.');
  const voices = await joinAll(synapse, plan, people);
  const bare = stack.use(new BareSender(synapse.baseUrl, tokensOf(plan).asToken));
  return { stage, bridge, bare, voices, people, receiver: user.userId };
}

/** Has alice, a user of the homeserver, join the portals, and answers the room of each ghost. */
export async function joinAll(
  synapse: Synapse,
  plan: BridgePlan,
  people: readonly string[],
): Promise<readonly Voice[]> {
  const session = await synapse.login('alice', 'the password of alice');
  const voices: Voice[] = [];
  for (const person of people) {
    const ghost = ghostOf(plan, person);
    const query = new URLSearchParams({ user_id: ghost });
    const joined = await asked(
      'GET',
      `${synapse.baseUrl}/_matrix/client/v3/joined_rooms?${query.toString()}`,
      tokensOf(plan).asToken,
    );
    const rooms: unknown = joined['joined_rooms'];
    const room: unknown = Array.isArray(rooms) ? rooms[0] : undefined;
    if (typeof room !== 'string') throw new Error(`${ghost} is in no room.`);
    await asked(
      'POST',
      `${synapse.baseUrl}/_matrix/client/v3/join/${encodeURIComponent(room)}`,
      session.accessToken,
    );
    voices.push({ room, ghost });
  }
  return voices;
}

async function asked(method: string, url: string, token: string): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(method === 'POST' ? { body: '{}' } : {}),
  });
  if (!response.ok) throw new Error(`${method} ${url} got ${response.status}.`);
  return (await response.json()) as Readonly<Record<string, unknown>>;
}

async function measure(scene: Scene, portals: number): Promise<ToMatrixFigures> {
  const { quick, say } = scene.stage;
  const [pairs, ms] = roundsOf(portals, quick);
  const voices = scene.voices.slice(0, portals);
  const people = scene.people.slice(0, portals);
  await throughBridge(scene, people, ms);
  await scene.bare.send(voices, ms);
  const rounds: Round[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    // Every other pair begins with the bridge, so that a server that slows down favours neither.
    const before = pair % 2 === 1 ? await throughBridge(scene, people, ms) : undefined;
    const bare = ((await scene.bare.send(voices, ms)) * 1000) / ms;
    rounds.push({ bare, ...(before ?? (await throughBridge(scene, people, ms))) });
  }
  const own = await alone(scene, people, quick ? 40 : 400);
  const figures = figuresOf(portals, rounds, own);
  say(`  portals ${portals}: shares ${figures.shares.join(' ')}`);
  return figures;
}

/** How many pairs of rounds, and how long a round is: a server that answers 32 at once does so in bursts. */
function roundsOf(portals: number, quick: boolean): readonly [pairs: number, ms: number] {
  if (quick) return [3, 1_500];
  return portals < 32 ? [25, 2_000] : [15, 5_000];
}

/** A round of each: messages a second, and what one through the bridge took of the CPU. */
interface Round {
  readonly bare: number;
  readonly bridge: number;
  readonly cpuMs: number;
}

function figuresOf(portals: number, rounds: readonly Round[], own: readonly Stretches[]): ToMatrixFigures {
  const shares = rounds.map(({ bare, bridge }) => rounded(bridge / bare, 2));
  return {
    portals,
    rounds: rounds.length,
    bare: rounded(median(rounds.map(({ bare }) => bare)), 1),
    bridge: rounded(median(rounds.map(({ bridge }) => bridge)), 1),
    share: rounded(median(shares), 3),
    shares,
    shareOfAll: rounded(sum(rounds.map(({ bridge }) => bridge)) / sum(rounds.map(({ bare }) => bare)), 3),
    own: latencyOf(own.map(({ keep, prepare, record }) => keep + prepare + record)),
    stretches: {
      keep: p50(own, 'keep'),
      prepare: p50(own, 'prepare'),
      request: p50(own, 'request'),
      record: p50(own, 'record'),
    },
    cpuMsPerMessage: rounded(median(rounds.map(({ cpuMs }) => cpuMs))),
  };
}

/** A round: people write as much as goes over in so many milliseconds. */
export async function throughBridge(
  { bridge, receiver }: Pick<Scene, 'bridge' | 'receiver'>,
  people: readonly string[],
  ms: number,
): Promise<Pick<Round, 'bridge' | 'cpuMs'>> {
  const order: Order = { kind: 'talk', people: [...people], receiver, window, until: { ms } };
  const done = await bridge.ask(order, talked);
  if (done.sent !== done.stretches.length) throw new Error('Not every message went over.');
  return { bridge: (done.inTime * 1000) / ms, cpuMs: done.cpuMs / done.sent };
}

/** One message at a time in each chat, so that none waits for another. */
async function alone(
  { bridge, receiver }: Scene,
  people: readonly string[],
  count: number,
): Promise<readonly Stretches[]> {
  const each = Math.max(5, Math.ceil(count / people.length));
  const order: Order = { kind: 'talk', people: [...people], receiver, window: 1, until: { each } };
  return (await bridge.ask(order, talked)).stretches;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function p50(all: readonly Stretches[], stretch: keyof Stretches): number {
  return rounded(
    percentile(
      all.map((one) => one[stretch]),
      0.5,
    ),
  );
}
