import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { xml } from '@xmpp/client';
import { LoopbackGroupMember, LoopbackWorld } from '../../src/networks/loopback/index.ts';
import { startBridged, type BridgedHomeserver } from '../support/bridge.ts';
import { MatrixUser } from '../support/matrix-user.ts';
import { startProsody } from '../support/prosody.ts';
import { RoomGuest } from '../support/room-scene.ts';
import { makeRunDir } from '../support/run-dir.ts';
import { attribute, bodyOf } from '../support/xmpp-stanzas.ts';
import { XmppUser } from '../support/xmpp-user.ts';
import { SdkGroupPerson } from './matrix-group-person.ts';

/** A group that is there already, with its owner and somebody else in it. */
export interface ExistingGroup {
  readonly address: string;
  /** Says something, as the owner or as the other one. */
  say(who: 'owner' | 'other', text: string): Promise<void>;
  /** What Matrix users said there, as the owner sees it. */
  said(): readonly string[];
  /** What the bridge itself said there. */
  notices(): readonly string[];
  rename(title: string): Promise<void>;
  title(): Promise<string>;
  makeAdmin(userId: string): Promise<void>;
  /** The Matrix users who are in it. */
  users(): readonly string[];
}

export interface TieRig extends AsyncDisposable {
  readonly network: string;
  readonly bot: string;
  readonly version: string;
  person(): Promise<SdkGroupPerson>;
  group(title: string): Promise<ExistingGroup>;
  restart(): Promise<void>;
}

const component = 'matrix.xmpp.localhost';
const discoInfo = 'http://jabber.org/protocol/disco#info';

export async function loopbackTieRig(version: string, agreementMs = 3_600_000): Promise<TieRig> {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(await makeRunDir(`ties-loopback-${version}`));
  const world = new LoopbackWorld();
  const bridged = stack.use(
    await startBridged({
      ...{ dir: dir.path, networks: { loopback: {} }, maxMediaBytes: 1_000_000, loopbackWorld: world },
      config: { rooms: { version }, groups: { agreementMs } },
    }),
  );
  let made = 0;
  return rigOf(stack, bridged, 'loopback', version, async (title) => {
    const n = (made += 1);
    const address = `#there${n}`;
    const members = {
      owner: LoopbackGroupMember.make(world, world.person(`owner${n}`, 'Olga'), address, title),
      other: LoopbackGroupMember.join(world, world.person(`other${n}`, 'Otto'), address),
    };
    const { owner } = members;
    return {
      address,
      say: async (who, text) => void members[who].send(text),
      said: () =>
        owner.inbox.flatMap(({ from, body }) =>
          from.startsWith('@') && body.kind === 'text' ? [body.text] : [],
        ),
      notices: () => [...owner.group.notices.values()],
      rename: async (name) => void owner.rename(name),
      title: async () => owner.group.name,
      makeAdmin: async (userId) => {
        world.groups.join(address, userId, 'User');
        owner.setRole(userId, 'admin');
      },
      users: () => [...owner.group.members.keys()].filter((id) => id.startsWith('@')),
    };
  });
}

export async function xmppTieRig(version: string): Promise<TieRig> {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(await makeRunDir(`ties-xmpp-${version}`));
  const credentials = { domain: component, secret: randomUUID() };
  const prosody = stack.use(
    await startProsody({ dir: join(dir.path, 'prosody'), components: [credentials], users: [] }),
  );
  const xmpp = { service: prosody.componentService, ...credentials };
  const bridged = stack.use(
    await startBridged({
      ...{ dir: dir.path, networks: { xmpp }, maxMediaBytes: 1_000_000 },
      config: { rooms: { version } },
    }),
  );
  let made = 0;
  const login = async (username: string): Promise<XmppUser> => {
    const { password } = await prosody.addUser(username, 'secret');
    const { service, domain } = prosody;
    return stack.use(await XmppUser.login({ service, domain, username, password }));
  };
  return rigOf(stack, bridged, 'xmpp', version, async (title) => {
    const n = (made += 1);
    const address = `there${n}@${prosody.roomsDomain}`;
    const settings = { roomname: title, changesubject: '1', persistentroom: '1' };
    const owner = await RoomGuest.enter(await login(`owner${n}`), address, 'Olga', settings);
    const other = await RoomGuest.enter(await login(`other${n}`), address, 'Otto');
    const heard = (fromBridge: boolean): readonly string[] =>
      owner.user.stanzas.flatMap((stanza) => {
        const nick = attribute(stanza, 'from')?.slice(address.length + 1);
        const ours = stanza.is('message') && attribute(stanza, 'type') === 'groupchat';
        const body = ours ? bodyOf(stanza) : undefined;
        if (body === undefined || nick === 'Olga' || nick === 'Otto') return [];
        return (nick === 'Matrix') === fromBridge ? [body] : [];
      });
    return {
      address,
      say: async (who, text) => (who === 'owner' ? owner : other).say(text, randomUUID()),
      said: () => heard(false),
      notices: () => heard(true),
      rename: (name) => owner.configure({ roomname: name }),
      title: async () => {
        const query = await owner.user.request('get', xml('query', { xmlns: discoInfo }), address);
        const identity = query?.getChild('identity');
        return identity === undefined ? '' : (attribute(identity, 'name') ?? '');
      },
      makeAdmin: async (userId) => {
        const jid = `${userId.slice(1, userId.indexOf(':'))}@${component}`;
        await owner.admin({ jid, affiliation: 'admin' });
      },
      users: () => present(owner, address),
    };
  });
}

/** The addresses of the bridge's users who are in the room, as Matrix user IDs. */
function present({ user }: RoomGuest, room: string): readonly string[] {
  const here = new Map<string, boolean>();
  for (const stanza of user.stanzas) {
    const from = attribute(stanza, 'from') ?? '';
    const nick = from.startsWith(`${room}/`) && stanza.is('presence') ? from.slice(room.length + 1) : '';
    if (nick.startsWith('User')) here.set(nick, attribute(stanza, 'type') !== 'unavailable');
  }
  return [...here].flatMap(([nick, isIn]) =>
    isIn ? [`@${nick.toLowerCase().replace(' ', '')}:localhost`] : [],
  );
}

function rigOf(
  stack: AsyncDisposableStack,
  bridged: BridgedHomeserver,
  network: string,
  version: string,
  group: TieRig['group'],
): TieRig {
  let people = 0;
  return {
    ...{ network, version, bot: bridged.botUserId, group },
    person: async () => {
      const name = `User ${(people += 1)}`;
      const account = await bridged.synapse.createUser(`user${people}`, `password of ${name}`);
      const { baseUrl } = bridged.synapse;
      const user = await MatrixUser.login({ baseUrl, ...account, displayName: name });
      return stack.use(new SdkGroupPerson(user, name, bridged.botUserId, network));
    },
    restart: () => bridged.restart(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
