import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { xml } from '@xmpp/client';
import { LoopbackWorld } from '../../src/networks/loopback/index.ts';
import { startBridged, type BridgedHomeserver } from '../support/bridge.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { MatrixUser } from '../support/matrix-user.ts';
import type { SeenEvent } from '../support/matrix-event.ts';
import { startProsody, type Prosody } from '../support/prosody.ts';
import { makeRunDir } from '../support/run-dir.ts';
import { attribute, bodyOf } from '../support/xmpp-stanzas.ts';
import { XmppUser } from '../support/xmpp-user.ts';
import { eventually } from './eventually.ts';

/** A user's own client on a network, with the list of blocked people that it shows. */
export interface OwnClient {
  readonly address: string;
  /** What the bridge's code for linking says. */
  code(): Promise<string>;
  blocked(): Promise<readonly string[]>;
  block(whom: string): Promise<void>;
  unblock(whom: string): Promise<void>;
}

/** One network whose accounts have lists, as the cases see it. */
export interface ListNetwork {
  readonly id: string;
  ownClient(name: string): Promise<OwnClient>;
  /** An address of somebody. */
  stranger(name: string): string;
  linkDown(): Promise<void>;
  linkUp(): Promise<void>;
}

export interface Asker {
  readonly user: MatrixUser;
  /** Says something to the bot and resolves to the answer that fits. */
  readonly ask: (command: string, answer: RegExp) => Promise<string>;
  readonly notices: () => readonly string[];
}

const component = 'matrix.xmpp.localhost';
const blocking = 'urn:xmpp:blocking';
/** Whose server has another name than the one that grants the bridge anything. */
export const otherServer = 'other.localhost';

/** A homeserver, and the bridge between it, an XMPP server and a network in memory. */
export class ListRig implements AsyncDisposable {
  readonly bridged: BridgedHomeserver;
  readonly networks: readonly [ListNetwork, ListNetwork];
  readonly #stack: AsyncDisposableStack;
  readonly #prosody: Prosody;

  private constructor(
    stack: AsyncDisposableStack,
    bridged: BridgedHomeserver,
    parts: { readonly prosody: Prosody; readonly toXmpp: FaultProxy; readonly world: LoopbackWorld },
  ) {
    this.#stack = stack;
    this.#prosody = parts.prosody;
    this.bridged = bridged;
    this.networks = [memory(parts.world), this.#xmpp(parts.toXmpp)];
  }

  static async open(): Promise<ListRig> {
    await using stack = new AsyncDisposableStack();
    const dir = stack.use(await makeRunDir('account-lists'));
    const credentials = { domain: component, secret: randomUUID() };
    const prosody = stack.use(
      await startProsody({
        ...{ dir: join(dir.path, 'prosody'), components: [credentials], users: [] },
        extra: `VirtualHost "${otherServer}"`,
      }),
    );
    const toXmpp = stack.use(await FaultProxy.before(prosody.componentPort));
    const world = new LoopbackWorld();
    const bridged = stack.use(
      await startBridged({
        ...{ dir: dir.path, maxMediaBytes: 1_000_000, doublePuppeting: true, loopbackWorld: world },
        networks: { loopback: {}, xmpp: { service: `xmpp://127.0.0.1:${toXmpp.port}`, ...credentials } },
        config: { blocks: { accountLists: { every: 1_000 } } },
        xmppTimes: {
          ...{ backOff: { firstMs: 100, longestMs: 500 }, hopelessMs: 500 },
          ...{ connectMs: 2_000, idleMs: 2_000, answerMs: 4_000 },
        },
      }),
    );
    return new ListRig(stack.move(), bridged, { prosody, toXmpp, world });
  }

  async matrixUser(name: string): Promise<Asker> {
    const { synapse, botUserId } = this.bridged;
    const account = await synapse.createUser(name, 'a password');
    const user = this.#stack.use(await MatrixUser.login({ baseUrl: synapse.baseUrl, ...account }));
    const room = await user.createDirectRoom(botUserId);
    const isBots = ({ sender, type }: SeenEvent): boolean =>
      sender === botUserId && type === 'm.room.message';
    await user.waitForEvent(room, isBots, 20_000);
    const body = ({ content }: SeenEvent): string => String(content['body']);
    return {
      user,
      notices: () => user.timeline(room).filter(isBots).map(body),
      ask: async (command, answer) => {
        const before = new Set(user.timeline(room));
        await user.sendText(room, command);
        const isAnswer = (event: SeenEvent): boolean =>
          isBots(event) && !before.has(event) && answer.test(body(event));
        const wanted = `an answer ${String(answer)} to ${command}`;
        return body(await user.waitForEvent(room, isAnswer, 20_000, wanted));
      },
    };
  }

  /** A user's own account, which they have linked. */
  async linked({ ask }: Asker, network: ListNetwork, name: string): Promise<OwnClient> {
    const own = await network.ownClient(name);
    await ask(`link ${network.id} ${own.address}`, /A code was sent/);
    await ask(`link ${network.id} ${await own.code()}`, /is linked/);
    return own;
  }

  async xmppUser(username: string, domain = this.#prosody.domain): Promise<XmppUser> {
    const { service } = this.#prosody;
    await this.#prosody.addUser(username, 'secret', domain);
    return this.#stack.use(await XmppUser.login({ service, domain, username, password: 'secret' }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  #xmpp(toXmpp: FaultProxy): ListNetwork {
    return {
      id: 'xmpp',
      ownClient: async (name) => xmppClient(await this.xmppUser(name)),
      stranger: (name) => `${name}@${this.#prosody.domain}`,
      linkDown: () => toXmpp.set({ kind: 'down' }),
      linkUp: () => toXmpp.heal(),
    };
  }
}

/** An XMPP client that manages its list as XEP-0191 has it. */
export function xmppClient(user: XmppUser): OwnClient {
  const change = async (name: string, whom: string): Promise<void> => {
    await user.request('set', xml(name, { xmlns: blocking }, xml('item', { jid: whom })));
  };
  return {
    address: user.jid,
    code: () =>
      eventually('the code', () =>
        user.stanzas.flatMap((stanza) => /is (\S+)\. It holds/.exec(bodyOf(stanza) ?? '')?.[1] ?? []).at(-1),
      ),
    blocked: async () => {
      const list = await user.request('get', xml('blocklist', { xmlns: blocking }));
      return (list?.getChildElements() ?? []).map((item) => attribute(item, 'jid') ?? '').sort();
    },
    block: (whom) => change('block', whom),
    unblock: (whom) => change('unblock', whom),
  };
}

function memory(world: LoopbackWorld): ListNetwork {
  return {
    id: 'loopback',
    ownClient: async (name) => {
      const person = world.person(name);
      return {
        address: name,
        code: async () => {
          const { body } = await person.waitFor((packet) => packet.body.kind === 'code');
          return body.kind === 'code' ? body.code : '';
        },
        blocked: async () => world.lists.of(name),
        block: async (whom) => world.lists.block(name, whom),
        unblock: async (whom) => world.lists.unblock(name, whom),
      };
    },
    stranger: (name) => world.person(name).id,
    linkDown: async () => world.fail({ down: true }),
    linkUp: async () => world.heal(),
  };
}
