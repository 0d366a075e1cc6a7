/**
 * What the group cases need of a network under test: people on both sides who are in one group. A network is tested by
 * implementing `GroupRemotePerson` and `GroupRig`; the Matrix side is the same for all. People are named by what the
 * clients of the other side show: their nickname or display name, which is different for every person of a rig.
 */
import type { Role } from '../../src/core/event.ts';
import type { Seen } from './rig.ts';

/** What somebody in the group did, as one person's client shows it, named by ids of that person's side. */
export interface GroupSeen {
  /** The name of whoever did it. */
  readonly by: string;
  readonly what: Seen;
}

/** A person's end of a group. What the person may not do rejects. */
export interface GroupChat {
  say(text: string): Promise<string>;
  reply(target: string, text: string): Promise<string>;
  edit(target: string, text: string): Promise<string>;
  /** Has exactly these reactions to a message from now on. */
  react(target: string, emojis: readonly string[]): Promise<void>;
  retract(target: string): Promise<void>;
  /** Takes back what somebody else wrote. */
  moderate(target: string, reason: string): Promise<void>;
  /** The messages that were taken back by somebody other than whoever wrote them. */
  moderated(): readonly string[];
  /** What others did, in the order of its coming. */
  seen(): readonly GroupSeen[];
  rename(name: string): Promise<void>;
  setTopic(topic: string): Promise<void>;
  title(): Promise<string | undefined>;
  topic(): Promise<string | undefined>;
  /** Everybody who is in the group as this side shows it, this person included, with what they may do. */
  members(): Promise<ReadonlyMap<string, Role>>;
  /** Each takes the name of somebody who is (or was) in the group. */
  kick(name: string): Promise<void>;
  ban(name: string): Promise<void>;
  unban(name: string): Promise<void>;
  setRole(name: string, role: Role): Promise<void>;
  leave(): Promise<void>;
}

/** A Matrix user at a client. */
export interface GroupMatrixPerson {
  readonly userId: string;
  readonly name: string;
  /** `join <network> <address>` in the management room, then accepts the invitation; `refused` where the bot says no. */
  join(address: string): Promise<GroupChat | 'refused'>;
  /** `create <network> <address> <name>`, the same way. */
  create(address: string, name: string): Promise<GroupChat | 'refused'>;
  /** `leave <address>`; resolves when the bot has answered. */
  leaveByCommand(address: string): Promise<void>;
  /** Accepts the next invitation to a group's room, whoever it is from. */
  accept(): Promise<GroupChat>;
  /** Invites another Matrix user to the room of a group that this user is in. */
  invite(chat: GroupChat, userId: string): Promise<void>;
  /** Upgrades the room of a group to a version as clients do, with the bot invited; resolves to the new room's end. */
  upgrade(chat: GroupChat, version: string): Promise<GroupChat>;
  /** Goes by another name, in all rooms. */
  goBy(name: string): Promise<void>;
  /** What the bot said in the management room. */
  notices(): readonly string[];
  /** The rooms that this user is in, or invited to, in which the bot is too, without the management room. */
  groupRooms(): Promise<readonly string[]>;
}

/** A person on the network at a client. */
export interface GroupRemotePerson {
  readonly name: string;
  /** What this person is addressed by on the network. */
  readonly address: string;
  /** The person makes a group and is its owner; everybody may enter it, and its members may change the topic. */
  makeGroup(title: string): Promise<{ readonly address: string; readonly chat: GroupChat }>;
  join(address: string): Promise<GroupChat>;
  /** Invites a Matrix user into a group that this person is in, in the way of the network. */
  invite(address: string, userId: string): Promise<void>;
}

/** Both ends and the bridge between them. */
export interface GroupRig extends AsyncDisposable {
  /** Who may change the name of a group; a moderator where absent. */
  readonly mayRename?: Role;
  /** Who may ban people from a group; a moderator where absent. */
  readonly mayBan?: Role;
  /** An address of no group, that a group can be made at. */
  freeAddress(): string;
  matrixPerson(): Promise<GroupMatrixPerson>;
  remotePerson(): Promise<GroupRemotePerson>;
  /** Stops the bridge, does what is given, and starts it again on the same database. */
  restartBridge(meanwhile?: () => Promise<void>): Promise<void>;
}
