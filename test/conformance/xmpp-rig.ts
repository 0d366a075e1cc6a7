import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { maxTextBytes } from '../../src/networks/xmpp/capabilities.ts';
import { startBridged } from '../support/bridge.ts';
import type { MatrixUser } from '../support/matrix-user.ts';
import { startProsody } from '../support/prosody.ts';
import { makeRunDir } from '../support/run-dir.ts';
import type { Encryption } from '../support/user-crypto.ts';
import { XmppUser } from '../support/xmpp-user.ts';
import { newMatrixPerson } from './loopback-rig.ts';
import type { SdkPerson } from './matrix-person.ts';
import type { RichFeature, RichRig } from './rich-chat.ts';
import type { SecretRig } from './secrecy.ts';
import { xmppBeside } from './xmpp-beside.ts';
import type { XmppPlace } from './xmpp-chat.ts';
import { XmppRemote } from './xmpp-remote.ts';
import { xmppSignals } from './xmpp-signals.ts';

const maxMediaBytes = 1_000_000;
/** Of the rest, spoilers hide whole messages, voice messages are sounds, and a gallery has one name. */
const native: ReadonlySet<RichFeature> = new Set<RichFeature>([
  ...(['sticker', 'contact', 'location', 'thread', 'mention', 'code'] as const),
  ...(['thumbnail', 'duration', 'blurhash', 'caption-edit'] as const),
]);

/**
 * A homeserver, the bridge and an XMPP server; encrypted where `encryption` says how. The link is cut by freezing the XMPP
 * server.
 */
export async function makeXmppRig(encryption?: Encryption): Promise<RichRig & SecretRig> {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(await makeRunDir('conformance-xmpp'));
  const component = { domain: 'matrix.xmpp.localhost', secret: randomUUID() };
  const prosody = stack.use(
    await startProsody({ dir: join(dir.path, 'prosody'), components: [component], users: [] }),
  );
  const trusted = new URL(prosody.uploadUrl).host;
  const xmpp = {
    service: prosody.componentService,
    ...component,
    media: { max_bytes: maxMediaBytes, trusted_hosts: [trusted] },
  };
  const bridged = stack.use(
    await startBridged({
      ...{ dir: dir.path, networks: { xmpp }, maxMediaBytes },
      encrypted: encryption !== undefined,
    }),
  );
  const place: XmppPlace = {
    uploadDomain: prosody.uploadDomain,
    addressOf: (userId) => `${userId.slice(1, userId.indexOf(':'))}@${component.domain}`,
  };
  let people = 0;
  const clients: MatrixUser[] = [];
  const matrixPerson = async (): Promise<SdkPerson> => {
    const person = stack.use(await newMatrixPerson(bridged, `user${(people += 1)}`, 'xmpp', encryption));
    clients.push(person.client);
    return person;
  };
  const remotePerson = async (): Promise<XmppRemote> => {
    const name = `person${(people += 1)}`;
    const { jid, password } = await prosody.addUser(name, 'secret');
    const { service, domain } = prosody;
    const user = stack.use(await XmppUser.login({ service, domain, username: name, password }));
    return new XmppRemote(user, place, bridged.ghostOf('xmpp', jid));
  };
  return {
    ...{ maxMediaBytes, maxTextBytes, native, clients, matrixPerson, remotePerson },
    strangerAddress: `nobody@${prosody.domain}`,
    strangerUserId: `@nobody:${bridged.synapse.serverName}`,
    richPair: async () => {
      const [matrix, remote] = [await matrixPerson(), await remotePerson()];
      const remoteChat = remote.chatWith(matrix.userId);
      await remoteChat.say('hello');
      return { matrixChat: await matrix.chatWith(remote), remoteChat };
    },
    signals: xmppSignals(place),
    beside: xmppBeside(place),
    restartBridge: (meanwhile) => bridged.restart(meanwhile),
    linkDown: async () => prosody.pause(),
    linkUp: async () => prosody.resume(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
