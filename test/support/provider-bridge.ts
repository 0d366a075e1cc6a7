import { join } from 'node:path';
import { openProvider, type Provider } from '../../examples/partner-app/provider.ts';
import { PartnerUser, type UserOptions } from '../../examples/partner-app/user.ts';
import { eventually } from '../conformance/eventually.ts';
import { MatrixChat } from '../conformance/matrix-chat.ts';
import { PartnerChat } from '../conformance/partner-chat.ts';
import { startBridged, type BridgedHomeserver, type BridgeOptions } from './bridge.ts';
import { freePort } from './free-port.ts';
import { MatrixUser } from './matrix-user.ts';
import { providerConfig } from './partner-provider.ts';
import { fast } from './partner-user-times.ts';
import { RecordingLog } from './recording-log.ts';
import { makeRunDir } from './run-dir.ts';

/** A homeserver with the bridge, whose host a provider has met. Rooms are encrypted. */
export interface ProviderBridge {
  readonly bridged: BridgedHomeserver;
  readonly provider: Provider;
  readonly log: RecordingLog;
  /** Where providers reach the host. */
  readonly url: string;
  /** The chat channel without WebSocket. */
  readonly tcpUrl: string;
  /** A user of the homeserver at a client that encrypts. */
  readonly matrixUser: (name: string) => Promise<MatrixUser>;
  /** A user of the provider, neither enlisted nor connected. */
  readonly partnerUser: (identifier: string, options?: UserOptions) => PartnerUser;
  /** The account that stands for a provider's user. */
  readonly ghostOf: (user: PartnerUser) => string;
}

export interface ProviderBridgeOptions {
  readonly name: string;
  /** Laid over `networks.thirdparty`. */
  readonly thirdparty?: Readonly<Record<string, unknown>>;
  readonly config?: BridgeOptions['config'];
}

/** The name of the provider, by which people say whom they mean: `bird:anna@bird.example`. */
export const providerName = 'bird';
/** Files beyond this size pass in neither direction. */
export const providerMediaBytes = 1_000_000;
const integrator = 12;

/** Starts all of it; what runs is on the stack. */
export async function providerBridge(
  stack: AsyncDisposableStack,
  { name, thirdparty = {}, config = {} }: ProviderBridgeOptions,
): Promise<ProviderBridge> {
  const dir = stack.use(await makeRunDir(name));
  const log = new RecordingLog();
  const listen = { host: '127.0.0.1', port: await freePort() };
  const own = providerConfig(join(dir.path, 'provider'), { integrator, issuer: providerName, listen });
  const provider = stack.use(await openProvider(own, log));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const chat = { host: '127.0.0.1', port: await freePort() };
  const bridged = stack.use(
    await startBridged({
      ...{ dir: dir.path, maxMediaBytes: providerMediaBytes, encrypted: true, log },
      networks: {
        thirdparty: {
          listen: { host: '127.0.0.1', port },
          chat,
          public_url: url,
          limits: { max_media_bytes: providerMediaBytes },
          providers: [
            {
              ...{ id: integrator, name: providerName, domain: 'bird.example', identifier: 'email' },
              ...{ jwks_url: provider.jwksUrl, push_url: provider.url, media_url: provider.mediaUrl },
              trusted_hosts: ['127.0.0.1'],
            },
          ],
          ...thirdparty,
        },
      },
      config: { ...config, reach: { thirdparty: { optIn: 'automatic' }, ...config['reach'] } },
    }),
  );
  await provider.meetAt(url);
  return {
    ...{ bridged, provider, log, url, tcpUrl: `tcp://127.0.0.1:${chat.port}` },
    matrixUser: async (who) => {
      const account = await bridged.synapse.createUser(who, `the password of ${who}`);
      const login = { baseUrl: bridged.synapse.baseUrl, ...account, displayName: who, encryption: {} };
      return stack.use(await MatrixUser.login(login));
    },
    partnerUser: (identifier, options = {}) =>
      stack.use(new PartnerUser(provider, identifier, { ...fast, ...options })),
    ghostOf: ({ login }) =>
      bridged.ghostOf('thirdparty', `${login?.integrator ?? 0}-${login?.user ?? 'nobody'}`),
  };
}

/** Two people with a chat between them, both of whom are in it. */
export interface Acquainted {
  readonly alice: MatrixUser;
  readonly anna: PartnerUser;
  readonly matrixChat: MatrixChat;
  readonly partnerChat: PartnerChat;
}

/** The provider's user finds the Matrix user and says hello, and the Matrix user joins. */
export async function acquaint(
  scene: Pick<ProviderBridge, 'ghostOf'>,
  alice: MatrixUser,
  anna: PartnerUser,
): Promise<Acquainted> {
  const person = await anna.lookUp(alice.userId);
  if ('reason' in person) throw new Error(`${alice.userId} is not found: ${person.reason}`);
  const partnerChat = new PartnerChat(anna, alice.userId);
  const hello = await partnerChat.say('hello');
  const ghost = scene.ghostOf(anna);
  const { roomId } = await alice.waitForInvite(({ inviter }) => inviter === ghost, 30_000);
  await alice.join(roomId);
  const matrixChat = new MatrixChat(alice, roomId, ghost);
  await alice.waitForText(roomId, 'hello', 30_000);
  await eventually('that it is delivered', () => partnerChat.isDelivered(hello) || undefined);
  return { alice, anna, matrixChat, partnerChat };
}
