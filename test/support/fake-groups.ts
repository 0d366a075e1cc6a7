import type { GroupRooms } from '../../src/core/homeserver.ts';
import { remoteChatId, roomId } from '../../src/core/ids.ts';
import type { Groups } from '../../src/core/network.ts';
import { failedForGood, type Failed } from '../../src/core/outcome.ts';

/** Does something, in words, unless it is to fail. */
type Act = (act: string) => Failed | undefined;

/** Groups that exist where their address begins with `#`. */
export function fakeGroups(acts: string[], fails: Act, history?: Groups['history']): Groups {
  const act = (what: string): Failed | undefined => {
    acts.push(what);
    return fails(what);
  };
  return {
    named: (typed) => (typed.startsWith('#') ? remoteChatId(typed) : failedForGood('no-such-group')),
    find: async (typed) => ({
      chat: remoteChatId(typed),
      name: typed,
      topic: undefined,
      size: 2,
      open: true,
    }),
    info: async (chat) =>
      fails(`info ${chat}`) ?? { chat, name: `Group ${chat}`, topic: undefined, size: 2, open: true },
    join: async (chat, user, nick, password) =>
      act(`join ${chat} ${user} as ${nick}${password === undefined ? '' : ` with ${password}`}`) ?? {
        kind: 'joined',
        nick: `${nick}!`,
      },
    rename: async (chat, user, nick) =>
      act(`rename ${chat} ${user} to ${nick}`) ?? { kind: 'joined', nick: nick.slice(0, 8) },
    leave: async (chat, user) => act(`leave ${chat} ${user}`),
    create: async (chat, owner, { nick, name }) =>
      act(`create ${chat} ${owner} ${name}`) ?? { kind: 'joined', nick },
    members: async () => [],
    ...(history === undefined ? {} : { history }),
  };
}

/** Rooms of groups that exist as their names. */
export function fakeGroupRooms(acts: string[], fails: Act): GroupRooms {
  const act = async (what: string): Promise<Failed | undefined> => {
    acts.push(what);
    return fails(what);
  };
  return {
    create: async (intent, group, members, again) => {
      const who = members.map(({ user, role }) => `${user} ${role}`).join();
      const failed = await act(`room ${group.name ?? ''} for ${who}${again ? ' again' : ''}`);
      return failed ?? { kind: 'room', room: roomId(`!${intent.id}`) };
    },
    botIsIn: async () => fails('bot is out') === undefined,
    enter: () => act('enter'),
    admits: async (_portal, user) => fails(`admit ${user}`),
    says: async (_portal, change) =>
      fails(`says ${change.kind === 'name' ? change.name : change.topic}`) === undefined,
    isIn: async (_portal, user) => fails(`in ${user}`) === undefined,
    invite: (_portal, user) => act(`invite ${user}`),
    remove: (_portal, user, reason) => act(`remove ${user} ${reason}`),
    setRole: (_portal, member, role) => act(`role ${member.userId} ${role}`),
    decline: (_portal, remote) => act(`decline ${remote}`),
    pardon: (_portal, remote) => act(`pardon ${remote}`),
    close: () => act('close'),
  };
}
