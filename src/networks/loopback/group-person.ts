import type { Role } from '../../core/event.ts';
import { parseGroup, type WorldGroup } from './groups.ts';
import type { ChangeBody } from './packet.ts';
import type { LoopbackPerson, Received } from './person.ts';
import type { LoopbackWorld } from './world.ts';

/** A person of the world in a group. What they may not do throws; every sending method answers the id of its packet. */
export class LoopbackGroupMember {
  readonly address: string;
  readonly person: LoopbackPerson;
  readonly #world: LoopbackWorld;

  private constructor(world: LoopbackWorld, person: LoopbackPerson, address: string) {
    this.#world = world;
    this.person = person;
    this.address = address;
  }

  /** The person makes a group and owns it. */
  static make(
    world: LoopbackWorld,
    person: LoopbackPerson,
    address: string,
    title: string,
  ): LoopbackGroupMember {
    const group = parseGroup(address);
    if (group === undefined) throw new Error(`no name for a group: ${address}`);
    const nick = person.name ?? person.id;
    if (!world.groups.make(group, title, { id: person.id, nick })) throw new Error(`${address} is taken`);
    return new LoopbackGroupMember(world, person, address);
  }

  /** The person enters a group; those who are in it are told. */
  static join(world: LoopbackWorld, person: LoopbackPerson, address: string): LoopbackGroupMember {
    const member = new LoopbackGroupMember(world, person, address);
    const nick = person.name ?? person.id;
    member.#change({ kind: 'membership', member: person.id, nick, change: { kind: 'join' } });
    return member;
  }

  get group(): WorldGroup {
    const group = this.#world.groups.find(this.address);
    if (group === undefined) throw new Error(`there is no group ${this.address}`);
    return group;
  }

  send(text: string): string {
    return this.person.send(this.address, text);
  }

  /** Takes back what somebody else wrote. */
  moderate(target: string, reason?: string): string {
    const said = reason === undefined ? {} : { reason };
    return this.#sent({ kind: 'retraction', target, moderated: true, ...said });
  }

  rename(name: string): string {
    return this.#sent({ kind: 'info', name });
  }

  setTopic(topic: string): string {
    return this.#sent({ kind: 'info', topic });
  }

  /** `member` is a person's id or a Matrix user ID. */
  change(member: string, kind: 'invite' | 'kick' | 'ban' | 'unban', reason?: string): string {
    return this.#change({
      kind: 'membership',
      member,
      change: reason === undefined ? { kind } : { kind, reason },
    });
  }

  setRole(member: string, role: Role): string {
    return this.#change({ kind: 'membership', member, change: { kind: 'role', role } });
  }

  leave(): string {
    return this.#change({ kind: 'membership', member: this.person.id, change: { kind: 'leave' } });
  }

  /** What came from this group, in order. */
  get inbox(): readonly Received[] {
    return this.person.inbox.filter(({ to }) => to === this.address);
  }

  #change(body: ChangeBody): string {
    return this.#sent(body);
  }

  #sent(body: Parameters<LoopbackPerson['sendBody']>[1]): string {
    const before = this.group.said.length;
    const id = this.person.sendBody(this.address, body);
    if (this.group.said.length === before) throw new Error(`${this.person.id} may not do this`);
    return id;
  }
}
