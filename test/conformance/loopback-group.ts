import type { Role } from '../../src/core/event.ts';
import {
  LoopbackGroupMember,
  LoopbackWorld,
  type LoopbackPerson,
} from '../../src/networks/loopback/index.ts';
import { startBridged } from '../support/bridge.ts';
import { MatrixUser } from '../support/matrix-user.ts';
import { makeRunDir } from '../support/run-dir.ts';
import type { Encryption } from '../support/user-crypto.ts';
import type { GroupChat, GroupRemotePerson, GroupRig, GroupSeen } from './group-chat.ts';
import { readPacket } from './loopback-chat.ts';
import { SdkGroupPerson } from './matrix-group-person.ts';
import type { SecretRig } from './secrecy.ts';

/** A homeserver and the bridge, whose rooms have this version, with groups of the loopback world on the far side. */
export async function makeLoopbackGroupRig(
  roomVersion: string,
  encryption?: Encryption,
  options: { readonly aliases?: boolean } = {},
): Promise<LoopbackGroupRig> {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(await makeRunDir(`groups-loopback-${roomVersion}`));
  const world = new LoopbackWorld();
  const bridged = stack.use(
    await startBridged({
      ...{ dir: dir.path, networks: { loopback: {} }, maxMediaBytes: 1_000_000, loopbackWorld: world },
      config: { rooms: { version: roomVersion } },
      encrypted: encryption !== undefined,
      ...options,
    }),
  );
  let people = 0;
  const clients: MatrixUser[] = [];
  const secret = encryption === undefined ? {} : { encryption };
  return {
    clients,
    world,
    dir: dir.path,
    freeAddress: () => `#free${(people += 1)}`,
    matrixPerson: async () => {
      const name = `User ${(people += 1)}`;
      const account = await bridged.synapse.createUser(`user${people}`, `password of ${name}`);
      const user = await MatrixUser.login({
        baseUrl: bridged.synapse.baseUrl,
        ...account,
        displayName: name,
        ...secret,
      });
      clients.push(user);
      return stack.use(new SdkGroupPerson(user, name, bridged.botUserId, 'loopback'));
    },
    remotePerson: async () => {
      people += 1;
      return new LoopbackGroupPerson(world, world.person(`person${people}`, `Person ${people}`));
    },
    restartBridge: (meanwhile) => bridged.restart(meanwhile),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

export interface LoopbackGroupRig extends GroupRig, SecretRig {
  readonly world: LoopbackWorld;
  /** Where the files of this run are. */
  readonly dir: string;
  matrixPerson(): Promise<SdkGroupPerson>;
}

class LoopbackGroupPerson implements GroupRemotePerson {
  readonly name: string;
  readonly #world: LoopbackWorld;
  readonly #person: LoopbackPerson;
  #made = 0;

  constructor(world: LoopbackWorld, person: LoopbackPerson) {
    this.#world = world;
    this.#person = person;
    this.name = person.name ?? person.id;
  }

  get address(): string {
    return this.#person.id;
  }

  async makeGroup(title: string): Promise<{ readonly address: string; readonly chat: GroupChat }> {
    this.#made += 1;
    const address = `#group${this.#made}.${this.#person.id}`;
    const member = LoopbackGroupMember.make(this.#world, this.#person, address, title);
    return { address, chat: new LoopbackGroupChat(this.#world, member) };
  }

  async join(address: string): Promise<GroupChat> {
    return new LoopbackGroupChat(this.#world, LoopbackGroupMember.join(this.#world, this.#person, address));
  }

  async invite(address: string, userId: string): Promise<void> {
    LoopbackGroupMember.join(this.#world, this.#person, address).change(userId, 'invite');
  }
}

class LoopbackGroupChat implements GroupChat {
  readonly #world: LoopbackWorld;
  readonly #member: LoopbackGroupMember;
  /** Names of those who were in the group, who may be gone when something of theirs is read. */
  readonly #names = new Map<string, string>();

  constructor(world: LoopbackWorld, member: LoopbackGroupMember) {
    this.#world = world;
    this.#member = member;
  }

  async say(text: string): Promise<string> {
    return this.#member.send(text);
  }

  async reply(target: string, text: string): Promise<string> {
    return this.#member.person.reply(this.#member.address, target, text);
  }

  async edit(target: string, text: string): Promise<string> {
    return this.#member.person.edit(this.#member.address, target, text);
  }

  async react(target: string, emojis: readonly string[]): Promise<void> {
    this.#member.person.react(this.#member.address, target, emojis);
  }

  async retract(target: string): Promise<void> {
    this.#member.person.retract(this.#member.address, target);
  }

  async moderate(target: string, reason: string): Promise<void> {
    this.#member.moderate(target, reason);
  }

  moderated(): readonly string[] {
    return this.#member.inbox.flatMap(({ body }) =>
      body.kind === 'retraction' && body.moderated === true ? [body.target] : [],
    );
  }

  seen(): readonly GroupSeen[] {
    this.#note();
    return this.#member.inbox.flatMap((packet) =>
      readPacket(this.#world, packet).map((what) => ({
        by: this.#names.get(packet.from) ?? packet.from,
        what,
      })),
    );
  }

  async rename(name: string): Promise<void> {
    this.#member.rename(name);
  }

  async setTopic(topic: string): Promise<void> {
    this.#member.setTopic(topic);
  }

  async title(): Promise<string | undefined> {
    return this.#member.group.name;
  }

  async topic(): Promise<string | undefined> {
    return this.#member.group.topic;
  }

  async members(): Promise<ReadonlyMap<string, Role>> {
    this.#note();
    return new Map([...this.#member.group.members.values()].map(({ nick, role }) => [nick, role]));
  }

  async kick(name: string): Promise<void> {
    this.#member.change(this.#called(name), 'kick', 'enough');
  }

  async ban(name: string): Promise<void> {
    this.#member.change(this.#called(name), 'ban', 'enough');
  }

  async unban(name: string): Promise<void> {
    this.#member.change(this.#called(name), 'unban');
  }

  async setRole(name: string, role: Role): Promise<void> {
    this.#member.setRole(this.#called(name), role);
  }

  async leave(): Promise<void> {
    this.#member.leave();
  }

  #called(name: string): string {
    this.#note();
    const found = [...this.#names].find(([, one]) => one === name);
    if (found === undefined) throw new Error(`nobody is called ${name}`);
    return found[0];
  }

  #note(): void {
    for (const { id, nick } of this.#member.group.members.values()) this.#names.set(id, nick);
  }
}
