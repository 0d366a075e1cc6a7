import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { xml } from '@xmpp/client';
import type { Role } from '../../src/core/event.ts';
import { startBridged } from '../support/bridge.ts';
import { MatrixUser } from '../support/matrix-user.ts';
import { startProsody, type Prosody } from '../support/prosody.ts';
import { RoomGuest } from '../support/room-scene.ts';
import { makeRunDir } from '../support/run-dir.ts';
import type { Encryption } from '../support/user-crypto.ts';
import {
  attribute,
  NS,
  reactionParts,
  replyParts,
  retractionParts,
  bodyOf,
  type Stanza,
} from '../support/xmpp-stanzas.ts';
import { XmppUser } from '../support/xmpp-user.ts';
import type { GroupChat, GroupRemotePerson, GroupRig, GroupSeen } from './group-chat.ts';
import { SdkGroupPerson } from './matrix-group-person.ts';
import type { SecretRig } from './secrecy.ts';
import { readStanza } from './xmpp-reading.ts';

const component = 'matrix.xmpp.localhost';
const mucUser = 'http://jabber.org/protocol/muc#user';

/** A homeserver, the bridge and an XMPP server with rooms. */
export async function makeXmppGroupRig(
  roomVersion: string,
  encryption?: Encryption,
): Promise<GroupRig & SecretRig> {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(await makeRunDir(`groups-xmpp-${roomVersion}`));
  const credentials = { domain: component, secret: randomUUID() };
  const prosody = stack.use(
    await startProsody({ dir: join(dir.path, 'prosody'), components: [credentials], users: [] }),
  );
  const xmpp = { service: prosody.componentService, ...credentials };
  const bridged = stack.use(
    await startBridged({
      ...{ dir: dir.path, networks: { xmpp }, maxMediaBytes: 1_000_000 },
      config: { rooms: { version: roomVersion } },
      encrypted: encryption !== undefined,
    }),
  );
  let people = 0;
  const clients: MatrixUser[] = [];
  const secret = encryption === undefined ? {} : { encryption };
  return {
    clients,
    mayRename: 'owner',
    mayBan: 'admin',
    freeAddress: () => `free${(people += 1)}@${prosody.roomsDomain}`,
    matrixPerson: async () => {
      const name = `User ${(people += 1)}`;
      const account = await bridged.synapse.createUser(`user${people}`, `password of ${name}`);
      const { baseUrl } = bridged.synapse;
      const user = await MatrixUser.login({ baseUrl, ...account, displayName: name, ...secret });
      clients.push(user);
      return stack.use(new SdkGroupPerson(user, name, bridged.botUserId, 'xmpp'));
    },
    remotePerson: async () => {
      people += 1;
      const username = `person${people}`;
      const { password } = await prosody.addUser(username, 'secret');
      const { service, domain } = prosody;
      const user = stack.use(await XmppUser.login({ service, domain, username, password }));
      return new XmppGroupPerson(user, `Person ${people}`, prosody);
    },
    restartBridge: (meanwhile) => bridged.restart(meanwhile),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

class XmppGroupPerson implements GroupRemotePerson {
  readonly name: string;
  readonly #user: XmppUser;
  readonly #prosody: Prosody;
  #made = 0;

  constructor(user: XmppUser, name: string, prosody: Prosody) {
    this.#user = user;
    this.name = name;
    this.#prosody = prosody;
  }

  get address(): string {
    return this.#user.jid;
  }

  async makeGroup(title: string): Promise<{ readonly address: string; readonly chat: GroupChat }> {
    this.#made += 1;
    const address = `${this.#user.jid.split('@')[0] ?? ''}-${this.#made}@${this.#prosody.roomsDomain}`;
    const settings = { roomname: title, changesubject: '1', persistentroom: '1' };
    return {
      address,
      chat: new XmppGroupChat(await RoomGuest.enter(this.#user, address, this.name, settings)),
    };
  }

  async join(address: string): Promise<GroupChat> {
    return new XmppGroupChat(await RoomGuest.enter(this.#user, address, this.name));
  }

  async invite(address: string, userId: string): Promise<void> {
    const to = `${userId.slice(1, userId.indexOf(':'))}@${component}`;
    const invite = xml('x', { xmlns: mucUser }, xml('invite', { to }));
    await this.#user.send(xml('message', { to: address, id: randomUUID() }, invite));
  }
}

/** A person's end of a room. Messages are named as the room names them, since others refer to them so. */
class XmppGroupChat implements GroupChat {
  readonly #guest: RoomGuest;
  /** What this person was in the room for: a client forgets a room that it left. */
  readonly #from: number;
  readonly #addresses = new Map<string, string>();

  constructor(guest: RoomGuest) {
    this.#guest = guest;
    this.#from = guest.user.stanzas.findLastIndex((stanza) => codes(stanza).includes('110'));
  }

  say(text: string): Promise<string> {
    return this.#send(xml('body', {}, text));
  }

  reply(target: string, text: string): Promise<string> {
    const original = this.#messages().find((stanza) => this.#nameOf(stanza) === target);
    const from = (original && attribute(original, 'from')) ?? '';
    return this.#send(...replyParts(from, target, (original && bodyOf(original)) ?? '', text));
  }

  edit(target: string, text: string): Promise<string> {
    const original = this.#messages().find((stanza) => this.#nameOf(stanza) === target);
    const id = (original && attribute(original, 'id')) ?? target;
    return this.#send(xml('body', {}, text), xml('replace', { xmlns: NS.correct, id }));
  }

  async react(target: string, emojis: readonly string[]): Promise<void> {
    await this.#guest.send(randomUUID(), ...reactionParts(target, emojis));
  }

  async retract(target: string): Promise<void> {
    await this.#guest.send(randomUUID(), ...retractionParts(target, 1));
  }

  async moderate(target: string, reason: string): Promise<void> {
    await this.#guest.moderate(target, reason);
  }

  moderated(): readonly string[] {
    return this.#all().flatMap((stanza) => {
      const fastening = nickOf(stanza) === '' ? stanza.getChild('apply-to', NS.fasten) : undefined;
      const isTakenBack = fastening?.getChild('moderated', NS.moderate0)?.getChild('retract') !== undefined;
      return isTakenBack ? [attribute(fastening, 'id') ?? ''] : [];
    });
  }

  seen(): readonly GroupSeen[] {
    const names = new Map<string, string>();
    return this.#messages().flatMap((stanza) => {
      const id = attribute(stanza, 'id') ?? '';
      names.set(id, this.#nameOf(stanza));
      const by = nickOf(stanza);
      return readStanza(stanza, this.#nameOf(stanza)).map((what) => ({
        by,
        what: what.kind === 'edit' ? { ...what, target: names.get(what.target) ?? what.target } : what,
      }));
    });
  }

  async rename(name: string): Promise<void> {
    await this.#guest.configure({ roomname: name });
  }

  async setTopic(topic: string): Promise<void> {
    await this.#guest.send(randomUUID(), xml('subject', {}, topic));
  }

  async title(): Promise<string | undefined> {
    const query = await this.#guest.user.request(
      'get',
      xml('query', { xmlns: 'http://jabber.org/protocol/disco#info' }),
      this.#guest.room,
    );
    const identity = query?.getChild('identity');
    return identity && attribute(identity, 'name');
  }

  async topic(): Promise<string | undefined> {
    const subjects = this.#all().filter(
      (stanza) => stanza.getChild('subject') !== undefined && bodyOf(stanza) === undefined,
    );
    return subjects.at(-1)?.getChildText('subject') ?? undefined;
  }

  async members(): Promise<ReadonlyMap<string, Role>> {
    const members = new Map<string, Role>();
    for (const stanza of this.#all()) {
      const nick = nickOf(stanza);
      if (!stanza.is('presence') || nick === '') continue;
      const item = stanza.getChild('x', mucUser)?.getChild('item');
      const jid = item && attribute(item, 'jid');
      if (jid !== undefined) this.#addresses.set(nick, jid.split('/')[0] ?? jid);
      if (attribute(stanza, 'type') === 'unavailable') members.delete(nick);
      else if (item !== undefined && nick !== 'Matrix') members.set(nick, roleIn(item));
    }
    return members;
  }

  async kick(name: string): Promise<void> {
    await this.#guest.admin({ nick: name, role: 'none' }, 'enough');
  }

  async ban(name: string): Promise<void> {
    await this.#guest.admin({ jid: await this.#address(name), affiliation: 'outcast' }, 'enough');
  }

  async unban(name: string): Promise<void> {
    await this.#guest.admin({ jid: await this.#address(name), affiliation: 'none' });
  }

  async setRole(name: string, role: Role): Promise<void> {
    const jid = await this.#address(name);
    if (role === 'owner' || role === 'admin') {
      await this.#guest.admin({ jid, affiliation: role });
      return;
    }
    await this.#guest.admin({ jid, affiliation: 'none' });
    await this.#guest.admin({ nick: name, role: role === 'member' ? 'participant' : role });
  }

  async leave(): Promise<void> {
    await this.#guest.leave();
  }

  async #send(...parts: readonly Stanza[]): Promise<string> {
    const id = randomUUID();
    await this.#guest.send(id, ...parts, xml('origin-id', { xmlns: 'urn:xmpp:sid:0', id }));
    const said = await this.#guest.user.waitFor(
      (stanza) =>
        stanza.is('message') &&
        attribute(stanza, 'id') === id &&
        attribute(stanza, 'from')?.startsWith(this.#guest.room) === true,
    );
    if (attribute(said, 'type') === 'error') throw new Error(said.toString());
    return this.#nameOf(said);
  }

  async #address(name: string): Promise<string> {
    await this.members();
    const address = this.#addresses.get(name);
    if (address === undefined) throw new Error(`nobody is called ${name}`);
    return address;
  }

  #all(): readonly Stanza[] {
    const { user, room } = this.#guest;
    const entered = user.stanzas
      .slice(0, this.#from)
      .findLastIndex((stanza) => attribute(stanza, 'from')?.split('/')[0] !== room);
    return user.stanzas
      .slice(entered + 1)
      .filter((stanza) => attribute(stanza, 'from')?.split('/')[0] === room);
  }

  #messages(): readonly Stanza[] {
    return this.#all().filter((stanza) => attribute(stanza, 'type') === 'groupchat' && nickOf(stanza) !== '');
  }

  #nameOf(stanza: Stanza): string {
    const given = stanza
      .getChildren('stanza-id', 'urn:xmpp:sid:0')
      .find((element) => attribute(element, 'by') === this.#guest.room);
    return (given && attribute(given, 'id')) ?? attribute(stanza, 'id') ?? '';
  }
}

function nickOf(stanza: Stanza): string {
  return attribute(stanza, 'from')?.split('/').slice(1).join('/') ?? '';
}

function codes(stanza: Stanza): readonly string[] {
  const found = stanza.getChild('x', mucUser)?.getChildren('status') ?? [];
  return found.map((status) => attribute(status, 'code') ?? '');
}

function roleIn(item: Stanza): Role {
  const affiliation = attribute(item, 'affiliation');
  if (affiliation === 'owner' || affiliation === 'admin') return affiliation;
  const role = attribute(item, 'role');
  return role === 'moderator' || role === 'visitor' ? role : 'member';
}
