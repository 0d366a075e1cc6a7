import type { PartnerUser } from '../../examples/partner-app/user.ts';
import { UserStore } from '../../examples/partner-app/user-store.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import type { MatrixUser } from '../support/matrix-user.ts';
import { providerBridge, providerMediaBytes, type ProviderBridge } from '../support/provider-bridge.ts';
import { newMatrixPerson } from './loopback-rig.ts';
import type { SdkPerson } from './matrix-person.ts';
import { PartnerChat } from './partner-chat.ts';
import type { RemotePerson, Rig } from './rig.ts';
import type { SecretRig } from './secrecy.ts';

/** A homeserver whose rooms are encrypted, the bridge as host, and a provider. The link is cut before the chat channel. */
export async function makeThirdPartyRig(): Promise<Rig & SecretRig> {
  const stack = new AsyncDisposableStack();
  const scene = await providerBridge(stack, { name: 'conformance-thirdparty' });
  const { bridged, provider } = scene;
  const link = stack.use(await FaultProxy.before(Number(new URL(scene.tcpUrl).port)));
  provider.meet({ ...provider.host(), chat_url: `tcp://127.0.0.1:${link.port}` });
  let people = 0;
  const clients: MatrixUser[] = [];
  const matrixPerson = async (): Promise<SdkPerson> => {
    const person = stack.use(await newMatrixPerson(bridged, `user${(people += 1)}`, 'thirdparty', {}));
    clients.push(person.client);
    return person;
  };
  const remotePerson = async (): Promise<PartnerPerson> => {
    const user = scene.partnerUser(`person${(people += 1)}@bird.example`);
    const enlisted = await user.enlist();
    if (enlisted.kind !== 'enlisted') throw new Error(`not enlisted: ${enlisted.reason}`);
    const up = await user.connect();
    if (up.kind === 'failed') throw new Error(`not connected: ${up.reason}`);
    return new PartnerPerson(user, scene);
  };
  return {
    ...{ maxMediaBytes: providerMediaBytes, clients },
    ...{ oneReaction: true, namelessPictures: true, matrixPerson, remotePerson },
    strangerAddress: 'nobody@bird.example',
    strangerUserId: `@nobody:${bridged.synapse.serverName}`,
    signals: () => Promise.reject(new Error('its signals are in the milestones')),
    beside: () => Promise.reject(new Error('calls and timers do not go there')),
    restartBridge: (meanwhile) => bridged.restart(meanwhile),
    linkDown: () => link.set({ kind: 'down' }),
    linkUp: () => link.heal(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** A user of the provider, whose app is connected. */
class PartnerPerson implements RemotePerson {
  readonly address: string;
  readonly ghost: string;
  readonly #user: PartnerUser;
  readonly #scene: ProviderBridge;

  constructor(user: PartnerUser, scene: ProviderBridge) {
    this.#user = user;
    this.#scene = scene;
    this.address = user.identifier;
    this.ghost = scene.ghostOf(user);
  }

  chatWith(user: string): PartnerChat {
    return new PartnerChat(this.#user, user);
  }

  /** It goes out with whatever the user says next. */
  async sendAgain(id: string): Promise<void> {
    const said = this.#user
      .timeline()
      .find((event) => event.kind === 'message' && event.mine && event.id === id);
    if (said === undefined) throw new Error(`${id} was never said`);
    new UserStore(this.#scene.provider.database, this.#user.identifier).keep({
      parcels: [{ chat: said.chat, kind: 'message', id, value: new Uint8Array(0) }],
    });
  }
}
