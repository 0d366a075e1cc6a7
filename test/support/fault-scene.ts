import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { SdkPerson } from '../conformance/matrix-person.ts';
import { eventually } from '../conformance/eventually.ts';
import type { Chat } from '../conformance/rig.ts';
import { XmppRemote } from '../conformance/xmpp-remote.ts';
import { startBridged, type BridgedHomeserver } from './bridge.ts';
import { FaultProxy } from './fault-proxy.ts';
import { MatrixUser } from './matrix-user.ts';
import { startProsody } from './prosody.ts';
import { makeRunDir } from './run-dir.ts';
import { XmppUser } from './xmpp-user.ts';

/** An answer that comes 30 s late to a bridge that waits for 65 s and gives an attempt 120 s, fifteen times faster. */
export const slowMs = 2_000;
const homeserver = { requestTimeoutMs: 4_300, probeIntervalMs: 300 };
const permissions = { localhost: 'admin', '@mallory:localhost': 'none', '@carol:localhost': 'user' };
const spine = { attemptTimeout: 8_000 };
const xmppTimes = {
  ...{ backOff: { firstMs: 100, longestMs: 1_000 }, hopelessMs: 1_000 },
  ...{ connectMs: 1_500, idleMs: 1_000, answerMs: 1_500 },
};

/** The largest transaction that the bridge takes, in bytes. */
export const maxTransactionBytes = 1_000_000;
/** The largest file that crosses, in bytes. */
export const maxMediaBytes = 1_000_000;

/** A Matrix user at a client, with a room for commands. */
export interface FaultyMatrixPerson {
  readonly user: MatrixUser;
  readonly person: SdkPerson;
  /** Says a command to the bot and resolves to its answer. */
  command(text: string): Promise<string>;
}

/** Real servers on both sides of the bridge, each behind a proxy that has faults on demand. */
export interface FaultScene extends AsyncDisposable {
  readonly bridged: BridgedHomeserver;
  /** Between the bridge and the homeserver's client-server API. */
  readonly toHomeserver: FaultProxy;
  /** Between the homeserver and the bridge. */
  readonly toBridge: FaultProxy;
  /** Between the bridge and the XMPP server's port for components. */
  readonly toXmpp: FaultProxy;
  readonly uploadDomain: string;
  matrixPerson(name: string): Promise<FaultyMatrixPerson>;
  remotePerson(name: string): Promise<{ readonly user: XmppUser; readonly remote: XmppRemote }>;
  /** What `/ready` says of each part. */
  readiness(): Promise<Readonly<Record<string, boolean>>>;
}

/** Starts it all. */
export async function makeFaultScene(name: string): Promise<FaultScene> {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(await makeRunDir(name));
  const component = { domain: 'matrix.xmpp.localhost', secret: randomUUID() };
  const prosody = stack.use(
    await startProsody({ dir: join(dir.path, 'prosody'), components: [component], users: [] }),
  );
  const toXmpp = stack.use(await FaultProxy.before(prosody.componentPort));
  const proxies = new Map<string, FaultProxy>();
  const detour = (way: string) => async (port: number) => {
    const proxy = stack.use(await FaultProxy.before(port));
    proxies.set(way, proxy);
    return proxy.port;
  };
  const media = { max_bytes: maxMediaBytes, trusted_hosts: [new URL(prosody.uploadUrl).host] };
  const bridged = stack.use(
    await startBridged({
      dir: dir.path,
      networks: { xmpp: { service: `xmpp://127.0.0.1:${toXmpp.port}`, ...component, media } },
      maxMediaBytes,
      config: { homeserver, spine, appservice: { maxTransactionBytes }, permissions },
      xmppTimes,
      detours: { toHomeserver: detour('homeserver'), toBridge: detour('bridge') },
    }),
  );
  const [toHomeserver, toBridge] = [proxies.get('homeserver'), proxies.get('bridge')];
  if (toHomeserver === undefined || toBridge === undefined) throw new Error('a detour was not taken');
  const place = {
    uploadDomain: prosody.uploadDomain,
    addressOf: (userId: string) => `${userId.slice(1, userId.indexOf(':'))}@${component.domain}`,
  };
  return {
    ...{ bridged, toHomeserver, toBridge, toXmpp, uploadDomain: prosody.uploadDomain },
    matrixPerson: async (local) => stack.use(await newMatrixPerson(bridged, local)),
    remotePerson: async (local) => {
      const { jid, password } = await prosody.addUser(local, 'secret');
      const { service, domain } = prosody;
      const user = stack.use(await XmppUser.login({ service, domain, username: local, password }));
      return { user, remote: new XmppRemote(user, place, bridged.ghostOf('xmpp', jid)) };
    },
    readiness: async () => {
      const answer: unknown = await (await fetch(`${bridged.bridgeUrl}/ready`)).json();
      return (answer as { readonly checks: Readonly<Record<string, boolean>> }).checks;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function newMatrixPerson(
  { synapse, botUserId }: BridgedHomeserver,
  name: string,
): Promise<FaultyMatrixPerson & AsyncDisposable> {
  const account = await synapse.createUser(name, `password of ${name}`);
  const user = await MatrixUser.login({ baseUrl: synapse.baseUrl, ...account });
  let room: Promise<string> | undefined;
  const person = new SdkPerson(user, botUserId, 'xmpp');
  const answers = (inRoom: string): readonly string[] =>
    user
      .timeline(inRoom)
      .filter((event) => event.sender === botUserId && event.type === 'm.room.message')
      .map((event) => String(event.content['body']));
  return {
    user,
    person,
    command: async (text) => {
      const inRoom = await (room ??= managementRoom(user, botUserId, answers));
      const before = answers(inRoom).length;
      await user.sendText(inRoom, text);
      return eventually(`the answer to ${text}`, () => answers(inRoom)[before], 30_000);
    },
    [Symbol.asyncDispose]: () => user[Symbol.asyncDispose](),
  };
}

/** Resolves once the bot has joined and said its welcome. */
async function managementRoom(
  user: MatrixUser,
  bot: string,
  answers: (room: string) => readonly string[],
): Promise<string> {
  const room = await user.createDirectRoom(bot);
  await eventually('the welcome of the bot', () => answers(room)[0], 30_000);
  return room;
}

/** The texts that a person has seen which begin with these words, in the order of their coming. */
export function textsSeen(chat: Chat, beginning: string): readonly string[] {
  return chat
    .seen()
    .flatMap((seen) => (seen.kind === 'text' && seen.text.startsWith(beginning) ? [seen.text] : []));
}
