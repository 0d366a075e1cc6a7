import { LoopbackWorld } from '../../src/networks/loopback/index.ts';
import { startBridged, type BridgedHomeserver } from '../support/bridge.ts';
import { MatrixUser } from '../support/matrix-user.ts';
import { makeRunDir } from '../support/run-dir.ts';
import type { Encryption } from '../support/user-crypto.ts';
import { loopbackBeside } from './loopback-beside.ts';
import { LoopbackRemote } from './loopback-chat.ts';
import { loopbackSignals } from './loopback-signals.ts';
import { SdkPerson } from './matrix-person.ts';
import type { RichFeature, RichRig } from './rich-chat.ts';
import type { RemotePerson } from './rig.ts';
import type { SecretRig } from './secrecy.ts';

const maxMediaBytes = 1_000_000;
const maxTextBytes = 20_000;
/** The loopback network has a form of its own for everything. */
const native: ReadonlySet<RichFeature> = new Set<RichFeature>([
  ...(['poll', 'sticker', 'voice', 'contact', 'location', 'thread', 'mention', 'spoiler', 'code'] as const),
  ...(['notice', 'thumbnail', 'waveform', 'duration', 'blurhash', 'caption-edit', 'gallery'] as const),
]);

/** A homeserver and the bridge, with the loopback network on the far side; encrypted where `encryption` says how. */
export async function makeLoopbackRig(encryption?: Encryption): Promise<RichRig & SecretRig> {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(await makeRunDir('conformance-loopback'));
  const world = new LoopbackWorld();
  const bridged = stack.use(
    await startBridged({
      dir: dir.path,
      networks: { loopback: { maxTextBytes } },
      maxMediaBytes,
      loopbackWorld: world,
      encrypted: encryption !== undefined,
    }),
  );
  let people = 0;
  const clients: MatrixUser[] = [];
  const matrixPerson = async (): Promise<SdkPerson> => {
    const person = stack.use(await newMatrixPerson(bridged, `user${(people += 1)}`, 'loopback', encryption));
    clients.push(person.client);
    return person;
  };
  const remotePerson = async (): Promise<LoopbackRemote> => {
    const person = world.person(`person${(people += 1)}`);
    return new LoopbackRemote(world, person, bridged.ghostOf('loopback', person.id));
  };
  return {
    maxMediaBytes,
    maxTextBytes,
    native,
    clients,
    richPair: async () => {
      const [matrix, remote] = [await matrixPerson(), await remotePerson()];
      const remoteChat = remote.chatWith(matrix.userId);
      await remoteChat.say('hello');
      return { matrixChat: await matrix.chatWith(remote), remoteChat };
    },
    strangerAddress: 'nobody',
    strangerUserId: `@nobody:${bridged.synapse.serverName}`,
    matrixPerson,
    remotePerson: (): Promise<RemotePerson> => remotePerson(),
    signals: loopbackSignals(world),
    beside: loopbackBeside(world),
    restartBridge: (meanwhile) => bridged.restart(meanwhile),
    linkDown: async () => world.fail({ down: true }),
    linkUp: async () => world.heal(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Registers a user of the homeserver and logs them in. */
export async function newMatrixPerson(
  { synapse, botUserId }: BridgedHomeserver,
  name: string,
  network: string,
  encryption?: Encryption,
): Promise<SdkPerson> {
  const account = await synapse.createUser(name, `password of ${name}`);
  const secret = encryption === undefined ? {} : { encryption };
  const user = await MatrixUser.login({ baseUrl: synapse.baseUrl, ...account, ...secret });
  return new SdkPerson(user, botUserId, network);
}
