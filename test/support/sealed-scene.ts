import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenedEngine } from '../../src/crypto/megolm/open-engine.ts';
import { openEngine } from '../../src/crypto/megolm/open-engine.ts';
import { LoopbackWorld, type LoopbackPerson } from '../../src/networks/loopback/index.ts';
import { startBridged, type BridgeOptions, type BridgedHomeserver } from './bridge.ts';
import { MatrixUser } from './matrix-user.ts';
import { RecordingLog } from './recording-log.ts';
import { makeRunDir } from './run-dir.ts';
import type { Encryption, Shield } from './user-crypto.ts';

const patience = 30_000;

/** A bridge that encrypts, on a homeserver with its own settings, and people whose clients do. */
export class SealedScene implements AsyncDisposable {
  readonly bridged: BridgedHomeserver;
  readonly world: LoopbackWorld;
  readonly log: RecordingLog;
  /** Where everything of this scene lies, the homeserver's part included. */
  readonly dir: string;
  /** The bodies of the requests by which the bridge handed keys to other devices, in order. */
  readonly handed: readonly string[];
  readonly #engines: OpenedEngine[];
  readonly #stack: AsyncDisposableStack;
  readonly #accounts = new Map<string, string>();
  #people = 0;

  private constructor(
    stack: AsyncDisposableStack,
    bridged: BridgedHomeserver,
    world: LoopbackWorld,
    log: RecordingLog,
    dir: string,
    engines: OpenedEngine[],
    handed: readonly string[],
  ) {
    this.#stack = stack;
    this.bridged = bridged;
    this.world = world;
    this.log = log;
    this.dir = dir;
    this.#engines = engines;
    this.handed = handed;
  }

  static async start(
    encryption: Readonly<Record<string, unknown>> = {},
    config: BridgeOptions['config'] = {},
    more: Pick<BridgeOptions, 'log' | 'openEngine'> = {},
  ): Promise<SealedScene> {
    await using stack = new AsyncDisposableStack();
    const dir = stack.use(await makeRunDir('sealed'));
    const world = new LoopbackWorld({ receipts: false });
    const log = new RecordingLog();
    const engines: OpenedEngine[] = [];
    const handed: string[] = [];
    const bridged = stack.use(
      await startBridged({
        ...{ dir: dir.path, networks: { loopback: {} }, maxMediaBytes: 1_000_000, loopbackWorld: world, log },
        config: { ...config, encryption: { allow: true, ...encryption } },
        openEngine: async (options) => {
          const opened = await openEngine({
            ...options,
            request: (as, request, signal) => {
              if (request.path.includes('/sendToDevice/m.room.encrypted/')) handed.push(request.body ?? '');
              return options.request(as, request, signal);
            },
          });
          if (opened.kind === 'opened') engines.push(opened);
          return opened;
        },
        ...more,
      }),
    );
    return new SealedScene(stack.move(), bridged, world, log, dir.path, engines, handed);
  }

  /** Somebody with a new account, at a client that encrypts. */
  async user(encryption: Encryption = {}): Promise<MatrixUser> {
    const { synapse } = this.bridged;
    const login = await synapse.createUser(`user${(this.#people += 1)}`, 'password');
    this.#accounts.set(login.userId, login.password);
    return this.#login(login.userId, encryption);
  }

  /** The same person at one more client, whose device they have not verified. */
  another(user: MatrixUser): Promise<MatrixUser> {
    return this.#login(user.userId, { signed: false });
  }

  person(): LoopbackPerson {
    return this.world.person(`person.${(this.#people += 1)}`);
  }

  /** Makes the crypto engine panic, as a bug in it would; resolves when its worker has ended. */
  async panic(): Promise<void> {
    const engine = this.#engines.at(-1);
    if (engine === undefined) throw new Error('There is no crypto engine.');
    await engine.panic();
  }

  /** What the metrics say now: the value of each series, by its name with its labels. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const text = await (await fetch(`${this.bridged.bridgeUrl}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => [
        line.slice(0, line.lastIndexOf(' ')),
        Number(line.slice(line.lastIndexOf(' ') + 1)),
      ]),
    );
  }

  ghostOf(person: LoopbackPerson): string {
    return this.bridged.ghostOf('loopback', person.id);
  }

  /** The room to which a person's ghost has invited a user; joined. */
  async invited(user: MatrixUser, person: LoopbackPerson): Promise<string> {
    const ghost = this.ghostOf(person);
    const { roomId } = await user.waitForInvite(({ inviter }) => inviter === ghost, patience);
    await user.join(roomId);
    return roomId;
  }

  /**
   * Waits until the user has opened what somebody said, and answers what their client shows beside it. A client that came
   * into the room just now may have the key before it knows the device that sent it.
   */
  async shield(user: MatrixUser, room: string, body: string): Promise<Shield | undefined> {
    const { eventId } = await user.waitForText(room, body, patience);
    for (let look = 0; look < 20; look += 1) {
      if ((await user.shieldOf(room, eventId)) === 'none') return 'none';
      await sleep(250);
    }
    return user.shieldOf(room, eventId);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  async #login(userId: string, encryption: Encryption): Promise<MatrixUser> {
    const { baseUrl } = this.bridged.synapse;
    const password = this.#accounts.get(userId) ?? '';
    return this.#stack.use(await MatrixUser.login({ baseUrl, userId, password, encryption }));
  }
}
