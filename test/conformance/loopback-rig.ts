import { LoopbackWorld } from '../../src/networks/loopback/index.ts';
import { startBridged, type BridgedHomeserver } from '../support/bridge.ts';
import { MatrixUser } from '../support/matrix-user.ts';
import { makeRunDir } from '../support/run-dir.ts';
import { LoopbackRemote } from './loopback-chat.ts';
import { loopbackSignals } from './loopback-signals.ts';
import { SdkPerson } from './matrix-person.ts';
import type { MatrixPerson, RemotePerson, Rig } from './rig.ts';

const maxMediaBytes = 1_000_000;

/** A homeserver and the bridge, with the loopback network on the far side. */
export async function makeLoopbackRig(): Promise<Rig> {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(await makeRunDir('conformance-loopback'));
  const world = new LoopbackWorld();
  const bridged = stack.use(
    await startBridged({ dir: dir.path, networks: { loopback: {} }, maxMediaBytes, loopbackWorld: world }),
  );
  let people = 0;
  return {
    maxMediaBytes,
    strangerAddress: 'nobody',
    strangerUserId: `@nobody:${bridged.synapse.serverName}`,
    matrixPerson: async () => stack.use(await newMatrixPerson(bridged, `user${(people += 1)}`, 'loopback')),
    remotePerson: async (): Promise<RemotePerson> => {
      const person = world.person(`person${(people += 1)}`);
      return new LoopbackRemote(world, person, bridged.ghostOf('loopback', person.id));
    },
    signals: loopbackSignals(world),
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
): Promise<MatrixPerson & AsyncDisposable> {
  const account = await synapse.createUser(name, `password of ${name}`);
  const user = await MatrixUser.login({ baseUrl: synapse.baseUrl, ...account });
  return new SdkPerson(user, botUserId, network);
}
