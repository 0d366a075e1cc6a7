import { setTimeout as sleep } from 'node:timers/promises';
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
  readonly #stack: AsyncDisposableStack;
  readonly #accounts = new Map<string, string>();
  #people = 0;

  private constructor(
    stack: AsyncDisposableStack,
    bridged: BridgedHomeserver,
    world: LoopbackWorld,
    log: RecordingLog,
  ) {
    this.#stack = stack;
    this.bridged = bridged;
    this.world = world;
    this.log = log;
  }

  static async start(
    encryption: Readonly<Record<string, unknown>> = {},
    config: BridgeOptions['config'] = {},
  ): Promise<SealedScene> {
    await using stack = new AsyncDisposableStack();
    const dir = stack.use(await makeRunDir('sealed'));
    const world = new LoopbackWorld({ receipts: false });
    const log = new RecordingLog();
    const bridged = stack.use(
      await startBridged({
        ...{ dir: dir.path, networks: { loopback: {} }, maxMediaBytes: 1_000_000, loopbackWorld: world, log },
        config: { ...config, encryption: { allow: true, ...encryption } },
      }),
    );
    return new SealedScene(stack.move(), bridged, world, log);
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
