/** Network to Matrix in encrypted rooms: a bridge whose rooms are encrypted against one whose rooms are plain, in turns. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../test/support/free-port.ts';
import { MatrixUser } from '../../test/support/matrix-user.ts';
import { startSynapse } from '../../test/support/synapse.ts';
import { BridgeHandle } from './bridge-handle.ts';
import { bridgePlan, type BridgePlan } from './bridge-plan.ts';
import { talked } from './orders.ts';
import { benchDir, type Stage } from './stage.ts';
import { median, rounded } from './statistics.ts';
import { joinAll, throughBridge } from './to-matrix.ts';

const widths = [1, 8, 32] as const;
const password = 'the password of alice';

/** What was measured with so many portals at once. */
export interface EncryptedFigures {
  readonly portals: number;
  readonly rounds: number;
  /** Messages a second, the median of the rounds. */
  readonly plain: number;
  readonly encrypted: number;
  /** The median of encrypted / plain over the pairs of rounds, and their spread. */
  readonly share: number;
  readonly shares: readonly number[];
  readonly cpuMsPerMessage: { readonly plain: number; readonly encrypted: number };
}

interface Side {
  readonly bridge: BridgeHandle;
  readonly receiver: string;
}

/** The rounds take their turns on one homeserver, whose user has one device with keys. */
export async function benchEncrypted(stage: Stage): Promise<readonly EncryptedFigures[]> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await benchDir()).path;
  const port = await freePort();
  const homeserver = `http://127.0.0.1:${port}`;
  const plain = await planned(dir, homeserver, 'causeway', false);
  const encrypted = await planned(dir, homeserver, 'sealed', true);
  await mkdir(join(dir, 'synapse'));
  const synapse = await startSynapse({
    ...{ dir: join(dir, 'synapse'), port },
    registrations: [plain, encrypted].map((plan) => join(plan.dir, 'registration.yaml')),
  });
  stack.defer(() => synapse.stop());
  const { userId } = await synapse.createUser('alice', password);
  const alice = await MatrixUser.login({ baseUrl: synapse.baseUrl, userId, password, encryption: {} });
  // Its keys stay on the homeserver; nobody reads there while it is measured.
  alice.stop();
  const people = Array.from({ length: Math.max(...widths) }, (_, n) => `person${n}`);
  const open = async (plan: BridgePlan): Promise<Side> => {
    stage.say(`Opening ${people.length} ${plan.encrypted ? 'encrypted' : 'plain'} portals on Synapse …`);
    const bridge = stack.use(await BridgeHandle.start(plan, stage.profile));
    const first = { kind: 'talk', people, receiver: userId, window: 1, until: { each: 1 } } as const;
    const opened = await bridge.ask({ ...first, people: [...people] }, talked);
    if (opened.sent < people.length) throw new Error('Not every first message has opened its portal.');
    await joinAll(synapse, plan, people);
    return { bridge, receiver: userId };
  };
  const sides = { plain: await open(plain), encrypted: await open(encrypted) };
  const figures: EncryptedFigures[] = [];
  for (const portals of widths) figures.push(await measure(stage, sides, people.slice(0, portals)));
  return figures;
}

async function planned(dir: string, homeserver: string, id: string, encrypted: boolean): Promise<BridgePlan> {
  const own = join(dir, id);
  await mkdir(own);
  const port = await freePort();
  const plan = bridgePlan({ dir: own, homeserver, domain: 'localhost', port, id, encrypted });
  await writeFile(join(own, 'registration.yaml'), plan.registration);
  return plan;
}

async function measure(
  { quick, say }: Stage,
  { plain, encrypted }: { readonly plain: Side; readonly encrypted: Side },
  people: readonly string[],
): Promise<EncryptedFigures> {
  const [pairs, ms] = quick ? [3, 1_500] : people.length < 32 ? [15, 2_000] : [11, 5_000];
  await throughBridge(plain, people, ms);
  await throughBridge(encrypted, people, ms);
  const rounds = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    // Every other pair begins with the encrypted side, so that a server that slows down favours neither.
    const before = pair % 2 === 1 ? await throughBridge(encrypted, people, ms) : undefined;
    const open = await throughBridge(plain, people, ms);
    rounds.push({ open, sealed: before ?? (await throughBridge(encrypted, people, ms)) });
  }
  const shares = rounds.map(({ open, sealed }) => rounded(sealed.bridge / open.bridge, 2));
  say(`  portals ${people.length}: shares ${shares.join(' ')}`);
  return {
    portals: people.length,
    rounds: pairs,
    plain: rounded(median(rounds.map(({ open }) => open.bridge)), 1),
    encrypted: rounded(median(rounds.map(({ sealed }) => sealed.bridge)), 1),
    share: rounded(median(shares), 3),
    shares,
    cpuMsPerMessage: {
      plain: rounded(median(rounds.map(({ open }) => open.cpuMs))),
      encrypted: rounded(median(rounds.map(({ sealed }) => sealed.cpuMs))),
    },
  };
}
