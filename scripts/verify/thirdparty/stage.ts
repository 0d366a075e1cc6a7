import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openProvider, type Provider } from '../../../examples/partner-app/provider.ts';
import type { ProviderConfig } from '../../../examples/partner-app/config.ts';
import { PartnerUser } from '../../../examples/partner-app/user.ts';
import { MatrixChat } from '../../../test/conformance/matrix-chat.ts';
import { PartnerChat } from '../../../test/conformance/partner-chat.ts';
import type { RichChat, RichSeenKind, RichSeenOf } from '../../../test/conformance/rich-chat.ts';
import { eventually } from '../../../test/conformance/eventually.ts';
import { freePort } from '../../../test/support/free-port.ts';
import { MatrixGuest } from '../../../test/support/matrix-guest.ts';
import { startNetworkStack, type NetworkStack } from '../../../test/support/network-stack.ts';
import { providerConfig } from '../../../test/support/partner-provider.ts';
import { fast } from '../../../test/support/partner-user-times.ts';
import { RecordingLog } from '../../../test/support/recording-log.ts';

/** How long something may take on a busy machine. */
export const patienceMs = 60_000;
/** How long it is quiet before that counts. */
export const silenceMs = 2_500;
const integrator = 12;

/** Two people with a chat between them, both of whom are in it. */
export interface Pair {
  readonly guest: MatrixGuest;
  readonly person: PartnerUser;
  readonly room: string;
  readonly ghost: string;
  readonly matrix: MatrixChat;
  readonly partner: PartnerChat;
}

/** The part of the bridge's configuration that lets a provider in, and where the host then is. */
export interface HostSettings {
  readonly url: string;
  readonly networks: Readonly<Record<string, unknown>>;
}

/** Settings for a provider that listens at a port of loopback. */
export async function hostSettings(providerUrl: string): Promise<HostSettings> {
  const [port, chatPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const thirdparty = {
    ...{ listen: { host: '127.0.0.1', port }, chat: { host: '127.0.0.1', port: chatPort }, public_url: url },
    providers: [
      {
        ...{ id: integrator, name: 'bird', domain: 'bird.example', identifier: 'email' },
        jwks_url: `${providerUrl}/.well-known/oauth/openid/jwks`,
        ...{ push_url: providerUrl, media_url: `${providerUrl}/media`, trusted_hosts: ['127.0.0.1'] },
      },
    ],
  };
  return { url, networks: { thirdparty } };
}

/** A provider at a port of its own. */
export function providerAt(folder: string, port: number): ProviderConfig {
  return providerConfig(folder, { integrator, issuer: 'bird', listen: { host: '127.0.0.1', port } });
}

/** Synapse, the bridge as a process of its own, a provider, and people on both sides. Rooms are encrypted. */
export class Stage implements AsyncDisposable {
  readonly stack: NetworkStack;
  readonly provider: Provider;
  readonly hostUrl: string;
  readonly #open: AsyncDisposableStack;
  readonly #guests = new Map<string, Promise<MatrixGuest>>();
  #marks = 0;

  private constructor(stack: NetworkStack, provider: Provider, hostUrl: string, open: AsyncDisposableStack) {
    this.stack = stack;
    this.provider = provider;
    this.hostUrl = hostUrl;
    this.#open = open;
  }

  static async open(dir: string): Promise<Stage> {
    await using open = new AsyncDisposableStack();
    const port = await freePort();
    const provider = open.use(
      await openProvider(providerAt(join(dir, 'provider'), port), new RecordingLog()),
    );
    const { url, networks } = await hostSettings(provider.url);
    const config = {
      permissions: { '*': 'none', localhost: 'user', '@root:localhost': 'admin' },
      reach: { thirdparty: { opt_in: 'required' } },
      http: { provisioning: { secret: randomBytes(16).toString('hex') } },
    };
    const stack = open.use(await startNetworkStack({ dir, networks, config }));
    await provider.meetAt(url);
    return new Stage(stack, provider, url, open.move());
  }

  /** A text that nothing else has. */
  mark(what: string): string {
    return `${what}-${(this.#marks += 1)}x`;
  }

  /** A user of the homeserver, with a management room; the same for the same name. */
  guest(name: string, enabled = true): Promise<MatrixGuest> {
    const made = this.#guests.get(name) ?? this.#guest(name, enabled);
    this.#guests.set(name, made);
    return made;
  }

  async #guest(name: string, enabled: boolean): Promise<MatrixGuest> {
    const user = await this.stack.matrixUser(name);
    const guest = await MatrixGuest.meet(user, this.stack.botUserId);
    if (enabled) await guest.ask('enable thirdparty', /You can be reached on thirdparty now/);
    return guest;
  }

  /** A user of the provider's, enlisted and connected. */
  async person(name: string): Promise<PartnerUser> {
    const person = this.personAt(name);
    const enlisted = await person.enlist();
    if (enlisted.kind !== 'enlisted') throw new Error(`${name} is not enlisted: ${JSON.stringify(enlisted)}`);
    await connected(person);
    return person;
  }

  /** The user of the provider's as an app opens it. */
  personAt(name: string): PartnerUser {
    return this.#open.use(
      new PartnerUser(this.provider, `${name}@bird.example`, { ...fast, wokenForMs: 3_000 }),
    );
  }

  ghostOf({ login }: PartnerUser): string {
    return this.stack.ghostOf('thirdparty', `${login?.integrator ?? 0}-${login?.user ?? 'nobody'}`);
  }

  /** The Matrix user opens a chat with a person, and both have said something. */
  async pair(guestName: string, personName: string): Promise<Pair> {
    const [guest, person] = [await this.guest(guestName), await this.person(personName)];
    await guest.ask(`start thirdparty ${person.identifier}`, /matrix\.to|is open|already have/);
    const chat = await this.accept(guest, person);
    const hello = this.mark('hello');
    await chat.matrix.say(hello);
    const partner = await this.chatOf(person, guest);
    await saw(partner, hello);
    return { ...chat, partner };
  }

  /** Whom a person finds by the Matrix ID, as a chat. */
  async chatOf(person: PartnerUser, guest: MatrixGuest): Promise<PartnerChat> {
    const found = await person.lookUp(guest.user.userId);
    if ('reason' in found) throw new Error(`${guest.user.userId} is not found: ${found.reason}`);
    return new PartnerChat(person, guest.user.userId);
  }

  /** The Matrix user joins the chat that the ghost of a person invites them to. */
  async accept(guest: MatrixGuest, person: PartnerUser): Promise<Omit<Pair, 'partner'>> {
    const ghost = this.ghostOf(person);
    const { roomId: room } = await guest.user.waitForInvite(({ inviter }) => inviter === ghost, patienceMs);
    await guest.user.join(room);
    return { guest, person, room, ghost, matrix: new MatrixChat(guest.user, room, ghost) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#open.disposeAsync();
  }
}

/** Connects, also where the bridge has only just come back. */
export async function connected(person: PartnerUser): Promise<void> {
  const up = await person.connect(patienceMs);
  if (up.kind === 'failed') throw new Error(`${person.identifier} is not connected: ${up.reason}`);
}

type Readable = Pick<RichChat, 'seen'>;

/** Resolves to the id of a text, once it is there. */
export async function saw(chat: Readable, text: string): Promise<string> {
  const seen = await eventually(
    `"${text}"`,
    () => chat.seen().find((one) => one.kind === 'text' && one.text === text),
    patienceMs,
    () => `Seen last: ${JSON.stringify(chat.seen().slice(-4))}`,
  );
  return seen.kind === 'text' ? seen.id : '';
}

/** The texts that somebody has seen. */
export function textsOf(chat: Readable): readonly string[] {
  return chat.seen().flatMap((one) => (one.kind === 'text' ? [one.text] : []));
}

/** The first of a kind that somebody has seen, there already or to come, that passes the test. */
export function sawRich<K extends RichSeenKind>(
  chat: Pick<RichChat, 'richSeen'>,
  kind: K,
  test: (seen: RichSeenOf<K>) => boolean,
  timeoutMs = patienceMs,
): Promise<RichSeenOf<K>> {
  const isIt = (seen: { readonly kind: RichSeenKind }): seen is RichSeenOf<K> => seen.kind === kind;
  return eventually(
    `${kind} such as ${String(test)}`,
    () => chat.richSeen().filter(isIt).find(test),
    timeoutMs,
    () => `Seen last: ${JSON.stringify(chat.richSeen().slice(-3))}`,
  );
}

/** Both ways something is said, and is there. */
export async function talk(
  stage: Stage,
  { matrix, partner }: Pick<Pair, 'matrix' | 'partner'>,
): Promise<void> {
  const [out, back] = [stage.mark('out'), stage.mark('back')];
  await matrix.say(out);
  await saw(partner, out);
  await partner.say(back);
  await saw(matrix, back);
}

/** What is to be there, in this order, once each, and nothing else of its kind. */
export async function inOrder(chat: Readable, wanted: readonly string[]): Promise<void> {
  const among = new Set(wanted);
  const there = (): readonly string[] => textsOf(chat).filter((text) => among.has(text));
  await eventually(
    `${wanted.length} texts in order`,
    () => (JSON.stringify(there()) === JSON.stringify(wanted) ? true : undefined),
    patienceMs,
    () => `There is ${there().join(', ')}.`,
  );
  // A repeat would come now.
  await sleep(silenceMs);
  if (there().length !== wanted.length) throw new Error(`There is ${there().join(', ')}.`);
}

/** Nothing with this text is there, nor comes. */
export async function isAbsent(chat: Readable, text: string): Promise<void> {
  await sleep(silenceMs);
  if (textsOf(chat).includes(text)) throw new Error(`"${text}" is there`);
}
