import { LoopbackWorld, type LoopbackPerson } from '../../src/networks/loopback/index.ts';
import { startBridged, type BridgedHomeserver } from './bridge.ts';
import type { SeenEvent } from './matrix-event.ts';
import { MatrixUser } from './matrix-user.ts';
import { RecordingLog } from './recording-log.ts';
import { makeRunDir } from './run-dir.ts';
import type { Encryption } from './user-crypto.ts';

/** A Matrix user at two clients: one on Matrix, and one in the loopback world, with a linked account. */
export interface Both {
  readonly user: MatrixUser;
  readonly management: string;
  readonly account: LoopbackPerson;
  /** Says something to the bot and resolves to the answer that matches. */
  ask(command: string, answer: RegExp): Promise<SeenEvent>;
  /** What the bot has said since the beginning. */
  said(): readonly string[];
}

/** A chat of such a user with another person of the world. */
export interface OwnChat {
  readonly room: string;
  readonly other: LoopbackPerson;
  /** What the other person got from the user's Matrix account, as its texts. */
  got(): readonly string[];
}

/** A bridge on a homeserver, and people who are on both sides. */
export class PuppetScene implements AsyncDisposable {
  readonly bridged: BridgedHomeserver;
  readonly world: LoopbackWorld;
  readonly log: RecordingLog;
  readonly #stack: AsyncDisposableStack;
  readonly #client: { readonly encryption?: Encryption };
  #people = 0;

  private constructor(
    stack: AsyncDisposableStack,
    client: { readonly encryption?: Encryption },
    bridged: BridgedHomeserver,
    world: LoopbackWorld,
    log: RecordingLog,
  ) {
    this.#stack = stack;
    this.#client = client;
    this.bridged = bridged;
    this.world = world;
    this.log = log;
  }

  /** With `encryption` (the section of the configuration) rooms are encrypted, and people's clients do it. */
  static async start(
    doublePuppeting: boolean,
    encryption?: Readonly<Record<string, unknown>>,
  ): Promise<PuppetScene> {
    const stack = new AsyncDisposableStack();
    const dir = stack.use(await makeRunDir('puppets'));
    const world = new LoopbackWorld({ receipts: false });
    const log = new RecordingLog();
    const networks = { loopback: {} };
    const bridged = stack.use(
      await startBridged({
        ...{ dir: dir.path, networks, maxMediaBytes: 1_000_000, loopbackWorld: world, log },
        doublePuppeting,
        ...(encryption === undefined ? {} : { encrypted: true, config: { encryption } }),
      }),
    );
    const client = encryption === undefined ? {} : { encryption: {} };
    return new PuppetScene(stack, client, bridged, world, log);
  }

  /** A new user, who has linked a new account of the world. */
  async both(): Promise<Both> {
    const { synapse, botUserId } = this.bridged;
    const name = `user${(this.#people += 1)}`;
    const login = await synapse.createUser(name, 'password');
    const user = this.#stack.use(
      await MatrixUser.login({ baseUrl: synapse.baseUrl, ...login, ...this.#client }),
    );
    const account = this.world.person(`own.${name}`);
    const management = await user.createDirectRoom(botUserId);
    const isBots = (event: SeenEvent): boolean =>
      event.sender === botUserId && event.type === 'm.room.message';
    await user.waitForEvent(management, isBots);
    const ask = async (command: string, answer: RegExp): Promise<SeenEvent> => {
      const before = new Set(user.timeline(management));
      await user.sendText(management, command);
      return user.waitForEvent(
        management,
        (event) => isBots(event) && !before.has(event) && answer.test(String(event.content['body'])),
      );
    };
    await ask(`link loopback ${account.id}`, /A code was sent/);
    const { body } = await account.waitFor((packet) => packet.body.kind === 'code');
    await ask(`link loopback ${body.kind === 'code' ? body.code : ''}`, /is linked/);
    const said = (): readonly string[] =>
      user
        .timeline(management)
        .filter(isBots)
        .map((event) => String(event.content['body']));
    return { user, management, account, ask, said };
  }

  /** A chat that the other person began; the user has joined its room where they are to. */
  async chat({ user }: Both, joined = true): Promise<OwnChat> {
    const other = this.world.person(`other.${(this.#people += 1)}`);
    other.send(user.userId, 'hello');
    const ghost = this.bridged.ghostOf('loopback', other.id);
    const { roomId: room } = await user.waitForInvite(({ inviter }) => inviter === ghost);
    if (joined) {
      await user.join(room);
      await user.waitForText(room, 'hello');
    }
    return {
      room,
      other,
      got: () => other.inbox.flatMap(({ body }) => (body.kind === 'text' ? [body.text] : [])),
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
