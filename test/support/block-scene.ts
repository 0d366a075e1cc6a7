import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { eventually } from '../conformance/eventually.ts';
import { startBridged, type BridgedHomeserver, type BridgeOptions } from './bridge.ts';
import { MatrixGuest } from './matrix-guest.ts';
import { MatrixUser } from './matrix-user.ts';
import { startProsody, type Prosody } from './prosody.ts';
import { makeRunDir } from './run-dir.ts';
import type { Synapse } from './synapse.ts';
import type { Encryption } from './user-crypto.ts';
import { attribute, type Stanza } from './xmpp-stanzas.ts';
import { XmppUser } from './xmpp-user.ts';

const component = 'matrix.xmpp.localhost';

/** Makes a Matrix user who has a chat with the bridge's bot. */
export async function commands({
  synapse,
  botUserId,
  name,
  jid,
  ...more
}: {
  readonly synapse: Synapse;
  readonly botUserId: string;
  readonly name: string;
  readonly jid: string;
  readonly encryption?: Encryption;
}): Promise<MatrixGuest> {
  const account = await synapse.createUser(name, 'a password');
  const { baseUrl } = synapse;
  const user = await MatrixUser.login({ baseUrl, ...account, displayName: name, ...more });
  return MatrixGuest.meet(user, botUserId, jid, true);
}

/** A homeserver whose users the bridge may act as, and an XMPP server. */
export class BlockScene implements AsyncDisposable {
  readonly bridged: BridgedHomeserver;
  readonly prosody: Prosody;
  readonly #stack: AsyncDisposableStack;
  readonly #rooms = new Set<string>();

  private constructor(bridged: BridgedHomeserver, prosody: Prosody, stack: AsyncDisposableStack) {
    this.bridged = bridged;
    this.prosody = prosody;
    this.#stack = stack;
  }

  static async open(name: string, more: Partial<BridgeOptions> = {}): Promise<BlockScene> {
    await using stack = new AsyncDisposableStack();
    const dir = stack.use(await makeRunDir(name));
    const credentials = { domain: component, secret: randomUUID() };
    const prosody = stack.use(
      await startProsody({ dir: join(dir.path, 'prosody'), components: [credentials], users: [] }),
    );
    const bridged = stack.use(
      await startBridged({
        ...{ dir: dir.path, maxMediaBytes: 1_000_000, doublePuppeting: true },
        ...more,
        networks: { xmpp: { service: prosody.componentService, ...credentials }, ...more.networks },
        config: {
          permissions: { '*': 'none', localhost: 'user', '@root:localhost': 'admin' },
          ...more.config,
        },
      }),
    );
    return new BlockScene(bridged, prosody, stack.move());
  }

  async matrixUser(name: string): Promise<MatrixGuest> {
    const { synapse, botUserId } = this.bridged;
    const commander = await commands({ synapse, botUserId, name, jid: `${name}@${component}` });
    this.#stack.use(commander.user);
    return commander;
  }

  async xmppUser(username: string): Promise<XmppUser> {
    await this.prosody.addUser(username, 'secret');
    const { service, domain } = this.prosody;
    return this.#stack.use(await XmppUser.login({ service, domain, username, password: 'secret' }));
  }

  ghostOf({ jid }: XmppUser): string {
    return this.bridged.ghostOf('xmpp', jid);
  }

  /** The room of the chat that a person on XMPP begins, which the user has joined. */
  async chat(from: XmppUser, to: MatrixGuest, text: string): Promise<string> {
    await from.sendText(to.jid, text);
    const ghost = this.ghostOf(from);
    const { roomId } = await to.user.waitForInvite(
      ({ inviter, roomId: room }) => inviter === ghost && !this.#rooms.has(room),
      20_000,
    );
    this.#rooms.add(roomId);
    await to.user.join(roomId);
    await to.user.waitForText(roomId, text, 20_000);
    return roomId;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** What somebody on XMPP has seen of a Matrix user: the shape of each stanza, without what differs by its nature. */
export function seenBy(person: XmppUser, of: string): readonly string[] {
  return person.stanzas
    .filter((stanza) => attribute(stanza, 'from')?.startsWith(of) === true)
    .map((stanza) => shapeOf(stanza));
}

function shapeOf(stanza: Stanza): string {
  const parts = stanza.getChildElements().map((part) => `${part.getName()} ${part.getNS() ?? ''}`);
  return `${stanza.getName()} ${attribute(stanza, 'type') ?? ''} [${parts.join(', ')}]`;
}

/** Waits until the account's list of ignored people holds a ghost, or does not. */
export async function ignoring({ user }: MatrixGuest, ghost: string, is: boolean): Promise<void> {
  await eventually(`that ${ghost} is ${is ? '' : 'not '}ignored`, () =>
    user.sdk.getIgnoredUsers().includes(ghost) === is ? true : undefined,
  );
}
