/** The groups of the loopback world: who is in them, what they are called, and who may do what. */
import type { Role } from '../../core/event.ts';
import { remoteChatId, type RemoteChatId } from '../../core/ids.ts';
import { parsePacket, type ChangeBody, type Packet, type PacketBody } from './packet.ts';

const groupPattern = /^#[a-z0-9][a-z0-9._-]{0,63}$/;

/** The group that a text names, or `undefined` where it names none. */
export function parseGroup(text: string): RemoteChatId | undefined {
  return groupPattern.test(text) ? remoteChatId(text) : undefined;
}

/** Somebody in a group: a person of the world, or a Matrix user by their id. */
export interface WorldMember {
  readonly id: string;
  readonly nick: string;
  readonly role: Role;
}
export interface WorldGroup {
  readonly address: RemoteChatId;
  readonly name: string;
  readonly topic: string;
  readonly members: ReadonlyMap<string, WorldMember>;
  readonly said: readonly Packet[];
  /** What the bridge itself said in the group, by the id under which it did. */
  readonly notices: ReadonlyMap<string, string>;
}
interface Group extends WorldGroup {
  name: string;
  topic: string;
  readonly members: Map<string, WorldMember>;
  readonly banned: Set<string>;
  readonly known: Set<string>;
  readonly said: Packet[];
  readonly notices: Map<string, string>;
}

/** How a group took a packet; `members` are those who were in it before and get it now. */
export type GroupAnswer =
  | { readonly kind: 'taken'; readonly members: readonly string[] }
  | { readonly kind: 'refused' | 'repeated' | 'no-such-group' };
export type JoinAnswer = { readonly kind: 'joined'; readonly nick: string } | 'no-such-group' | 'banned';

const ranks: Readonly<Record<Role, number>> = { owner: 4, admin: 3, moderator: 2, member: 1, visitor: 0 };

export class WorldGroups {
  readonly #groups = new Map<string, Group>();

  find(address: string): WorldGroup | undefined {
    return this.#groups.get(address);
  }

  /** Where the group is there already and the owner is another's, the answer is `false`. */
  make(address: RemoteChatId, name: string, owner: { readonly id: string; readonly nick: string }): boolean {
    const there = this.#groups.get(address);
    if (there !== undefined) return there.members.get(owner.id)?.role === 'owner';
    const members = new Map([[owner.id, { ...owner, role: 'owner' } as const]]);
    const empty = {
      banned: new Set<string>(),
      known: new Set<string>(),
      said: [],
      notices: new Map<string, string>(),
    };
    this.#groups.set(address, { address, name, topic: '', members, ...empty });
    return true;
  }

  /** Enters; a nick that somebody else has gets a number. */
  join(address: string, id: string, nick: string): JoinAnswer {
    const group = this.#groups.get(address);
    if (group === undefined) return 'no-such-group';
    if (group.banned.has(id)) return 'banned';
    const there = group.members.get(id);
    if (there !== undefined) return { kind: 'joined', nick: there.nick };
    const taken = new Set([...group.members.values()].map((member) => member.nick));
    let free = nick;
    for (let count = 2; taken.has(free); count += 1) free = `${nick}${count}`;
    group.members.set(id, { id, nick: free, role: 'member' });
    return { kind: 'joined', nick: free };
  }

  /** A nick that somebody else has is not given: the member keeps the one that they have. */
  rename(address: string, id: string, nick: string): JoinAnswer | 'no-member' {
    const group = this.#groups.get(address);
    if (group === undefined) return 'no-such-group';
    const member = group.members.get(id);
    if (member === undefined) return 'no-member';
    const isTaken = [...group.members.values()].some((other) => other.id !== id && other.nick === nick);
    if (!isTaken) group.members.set(id, { ...member, nick });
    return { kind: 'joined', nick: isTaken ? member.nick : nick };
  }

  leave(address: string, id: string): boolean {
    return this.#groups.get(address)?.members.delete(id) === true;
  }

  /** The bridge itself says something, once under each id; false where there is no such group. */
  announce(address: string, id: string, text: string): boolean {
    return this.#groups.get(address)?.notices.set(id, text) !== undefined;
  }

  /** What the sender's packet does to the group. Only members speak, and only who may changes something. */
  take(packet: Packet): GroupAnswer {
    const group = this.#groups.get(packet.to);
    if (group === undefined) return { kind: 'no-such-group' };
    if (group.known.has(packet.id)) return { kind: 'repeated' };
    const members = [...group.members.keys()];
    if (!this.#mayDo(group, packet) || !change(group, packet.body)) return { kind: 'refused' };
    group.known.add(packet.id);
    group.said.push(packet);
    return { kind: 'taken', members: [...new Set([...members, ...group.members.keys()])] };
  }

  /** What is no packet at all goes to everybody as it is. */
  takeRaw(address: string, raw: string): GroupAnswer {
    const parsed = parsePacket(raw);
    if (parsed.kind === 'packet' && parsed.packet.to === address) return this.take(parsed.packet);
    const group = this.#groups.get(address);
    return group === undefined
      ? { kind: 'no-such-group' }
      : { kind: 'taken', members: [...group.members.keys()] };
  }

  #mayDo(group: Group, { from, body }: Packet): boolean {
    const sender = group.members.get(from);
    if (body.kind === 'membership' && body.member === from && body.change.kind === 'join') return true;
    if (sender === undefined) return false;
    const rank = ranks[sender.role];
    if (body.kind === 'info' || (body.kind === 'retraction' && body.moderated))
      return rank >= ranks.moderator;
    if (body.kind !== 'membership') return rank >= ranks.member;
    const other = group.members.get(body.member);
    switch (body.change.kind) {
      case 'join':
        return false;
      case 'leave':
        return body.member === from;
      case 'invite':
        return true;
      case 'kick':
      case 'ban':
      case 'unban':
        return rank >= ranks.moderator && (other === undefined || rank > ranks[other.role]);
      case 'role':
        return (
          rank >= ranks.admin &&
          rank >= ranks[body.change.role ?? 'member'] &&
          rank >= ranks[other?.role ?? 'member']
        );
    }
  }
}

/** False where there is nothing that could be changed so. */
function change(group: Group, body: PacketBody): boolean {
  if (body.kind === 'info') {
    if (body.name !== undefined) group.name = body.name;
    if (body.topic !== undefined) group.topic = body.topic;
    return true;
  }
  return body.kind === 'membership' ? changeMember(group, body) : true;
}

function changeMember(group: Group, { member, nick, change: { kind, role } }: ChangeBody): boolean {
  const there = group.members.get(member);
  switch (kind) {
    case 'join':
      if (group.banned.has(member)) return false;
      if (there === undefined)
        group.members.set(member, { id: member, nick: nick ?? member, role: 'member' });
      return true;
    case 'invite':
      return !group.banned.has(member);
    case 'leave':
    case 'kick':
      return group.members.delete(member);
    case 'ban':
      group.members.delete(member);
      group.banned.add(member);
      return true;
    case 'unban':
      return group.banned.delete(member);
    case 'role':
      if (there === undefined || role === undefined) return false;
      group.members.set(member, { ...there, role });
      return true;
  }
}
