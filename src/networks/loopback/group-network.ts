import type { ChatInfoEvent, MembershipEvent } from '../../core/event.ts';
import { remoteUserId, type MatrixUserId, type RemoteChatId } from '../../core/ids.ts';
import type { GroupAnswer, Groups, JoinedAs, RemoteGroup } from '../../core/network.ts';
import { failedForGood, failedForNow, type Failed } from '../../core/outcome.ts';
import { codeIn } from '../../core/tie.ts';
import { parseGroup, type JoinAnswer, type WorldGroup } from './groups.ts';
import { parsePerson } from './ids.ts';
import { parsePacket, type PacketBody } from './packet.ts';
import type { WorldLink } from './world.ts';

/** The groups of the world as the bridge sees them. */
export function groups(link: WorldLink): Groups {
  const there = (chat: string): WorldGroup | Failed => {
    if (!link.isUp()) return failedForNow('link-down');
    return link.groups.find(chat) ?? failedForGood('no-such-group');
  };
  const about = (chat: string): RemoteGroup | Failed => {
    const group = there(chat);
    return 'kind' in group ? group : remoteGroup(group);
  };
  const named: Groups['named'] = (typed) =>
    parseGroup(typed.trim().toLowerCase()) ?? failedForGood('no-such-group');
  return {
    named,
    find: async (typed) => {
      const chat = named(typed);
      return typeof chat === 'string' ? about(chat) : chat;
    },
    info: async (chat) => about(chat),
    join: async (chat, user, nick) => {
      if (!link.isUp()) return failedForNow('link-down');
      return entered(link.groups.join(chat, user, nick));
    },
    leave: async (chat, user) => {
      if (!link.isUp()) return failedForNow('link-down');
      link.groups.leave(chat, user);
      return undefined;
    },
    rename: async (chat, user, nick) => {
      if (!link.isUp()) return failedForNow('link-down');
      const answer = link.groups.rename(chat, user, nick);
      return answer === 'no-member' ? failedForGood('forbidden') : entered(answer);
    },
    create: async (chat, owner, { nick, name }) => create(link, chat, owner, nick, name),
    members: async (chat, limit) => {
      const group = there(chat);
      if ('kind' in group) return group;
      return [...group.members.values()]
        .filter(({ id }) => parsePerson(id) !== undefined)
        .slice(0, limit)
        .map(({ id, role }) => ({ userId: remoteUserId(id), name: link.find(id)?.name, role }));
    },
    agreement: agreement(link),
    history: async (chat, limit, before) => {
      const group = there(chat);
      return 'kind' in group ? group : pageOf(group, limit, before);
    },
  };
}

/** What people of the world said and did in the group; what Matrix users say is on Matrix. */
function pageOf(
  { address, said }: WorldGroup,
  limit: number,
  before: string | undefined,
): Exclude<Awaited<ReturnType<NonNullable<Groups['history']>>>, Failed> {
  const theirs = said.filter(({ from }) => parsePerson(from) !== undefined);
  const known = theirs.findIndex(({ id }) => id === before);
  const end = known === -1 ? theirs.length : known;
  const start = Math.max(0, end - limit);
  const arrivals = theirs.slice(start, end).map((packet) => ({
    ...{ outerId: packet.id, chat: address, sender: remoteUserId(packet.from), receiver: undefined },
    ...{ at: packet.at, raw: JSON.stringify(packet) },
  }));
  return { kind: 'history', arrivals, before: start === 0 ? undefined : theirs[start]?.id };
}

function create(
  link: WorldLink,
  chat: string,
  owner: MatrixUserId,
  nick: string,
  name: string,
): JoinedAs | Failed {
  if (!link.isUp()) return failedForNow('link-down');
  const address = parseGroup(chat);
  if (address === undefined) return failedForGood('no-such-group');
  return link.groups.make(address, name, { id: owner, nick })
    ? { kind: 'joined', nick }
    : failedForGood('forbidden');
}

/** Those who run a group of the world are its owners and administrators, by their role in it. */
function agreement(link: WorldLink): NonNullable<Groups['agreement']> {
  return {
    administers: async (chat, user) => (link.isUp() ? runs(link, chat, user) : failedForNow('link-down')),
    say: async (chat, id, text) => {
      if (!link.isUp()) return failedForNow('link-down');
      return link.groups.announce(chat, id, text) ? undefined : failedForGood('no-such-group');
    },
  };
}

function runs({ groups: all }: WorldLink, chat: string, member: string): boolean {
  const role = all.find(chat)?.members.get(member)?.role;
  return role === 'owner' || role === 'admin';
}

/** The code that a packet to a group consists of, with whether its sender runs the group now. */
export function answerIn(link: WorldLink, chat: RemoteChatId, raw: string): GroupAnswer | undefined {
  const parsed = parsePacket(raw);
  if (parsed.kind !== 'packet' || parsed.packet.body.kind !== 'text') return undefined;
  const { from, body } = parsed.packet;
  const code = link.groups.find(chat)?.members.has(from) === true ? codeIn(body.text) : undefined;
  return code === undefined ? undefined : { chat, code, administers: runs(link, chat, from) };
}

function remoteGroup({ address, name, topic, members }: WorldGroup): RemoteGroup {
  return { chat: address, name, topic: topic === '' ? undefined : topic, size: members.size, open: true };
}

function entered(answer: JoinAnswer): JoinedAs | Failed {
  switch (answer) {
    case 'no-such-group':
      return failedForGood('no-such-group');
    case 'banned':
      return failedForGood('forbidden');
    default:
      return answer;
  }
}

/** What of a change of members or of the group's name the world's packets can say. */
export function changeBody(event: MembershipEvent | ChatInfoEvent): PacketBody | undefined {
  const { change } = event;
  switch (change.kind) {
    case 'name':
      return { kind: 'info', name: change.name };
    case 'topic':
      return { kind: 'info', topic: change.topic };
    case 'avatar':
      return undefined;
    case 'role':
      return memberBody(event, { kind: 'role', role: change.role });
    case 'leave':
    case 'kick':
    case 'ban':
      return memberBody(event, { kind: change.kind, reason: change.reason });
    case 'join':
    case 'invite':
    case 'unban':
      return memberBody(event, { kind: change.kind });
  }
}

function memberBody(
  event: MembershipEvent | ChatInfoEvent,
  change: Extract<PacketBody, { kind: 'membership' }>['change'],
): PacketBody | undefined {
  return event.kind === 'membership'
    ? { kind: 'membership', member: event.member.userId, change }
    : undefined;
}
