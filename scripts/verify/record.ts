/** What a run leaves behind, as plain data that the judgement reads. */

/** A message as the XMPP client received it: its mark (see marks.ts), and the id of its stanza. */
export interface DeliveredMessage {
  readonly text: string;
  readonly id: string;
}

/** A message as a multi-user room said it to all: its mark, and when the room's archive says that this was. */
export interface ReflectedMessage {
  readonly text: string;
  readonly at: number;
}

/** A room that the ghost of a chat was ever in, with the membership of the two. */
export interface GhostRoom {
  readonly room: string;
  /** Whether the bridge made it. */
  readonly made: boolean;
  readonly ghost: string;
  readonly user: string | undefined;
}

/** One chat between an XMPP user and the Matrix user. Every text is sent once by its sender and names its message. */
export interface ChatRecord {
  readonly chat: string;
  /** What the homeserver has of the Matrix user's messages, in the room's order. */
  readonly accepted: readonly string[];
  /** What the XMPP client received, in order of arrival, repeats included. */
  readonly delivered: readonly DeliveredMessage[];
  /** What the XMPP client wrote to its server, in order. */
  readonly written: readonly string[];
  readonly receipted: ReadonlySet<string>;
  readonly bounced: ReadonlySet<string>;
  /** What the room's timeline has of the ghost's messages, in the room's order. */
  readonly shown: readonly string[];
  readonly rooms: readonly GhostRoom[];
}

/** A message of a ghost as the homeserver has it: its mark, and its `origin_server_ts`. */
export interface ShownMessage {
  readonly text: string;
  readonly at: number;
}

/** One group: a multi-user room with XMPP users and the Matrix user. */
export interface GroupRecord {
  readonly group: string;
  /** What the homeserver has of the Matrix user's messages, in the room's order. */
  readonly accepted: readonly string[];
  /** What the multi-user room has of them, in its order, repeats included. */
  readonly delivered: readonly DeliveredMessage[];
  /** What the multi-user room has of the others' messages since the Matrix user is there, in its order. */
  readonly reflected: readonly ReflectedMessage[];
  /** What the room's timeline has of ghosts' messages, in the room's order. */
  readonly shown: readonly ShownMessage[];
  /** The rooms that were made for this group and that the user is in, or invited to. */
  readonly rooms: readonly string[];
}

/** How many events ended, or did not, in one state. */
export interface StateCount {
  readonly state: string;
  readonly ended: boolean;
  readonly count: number;
}

/** How secret what ghosts said was, over all rooms. */
export interface SecrecyRecord {
  /** The session and message index of each sealed event. */
  readonly steps: readonly string[];
  /** The ids of messages that went in the clear, and of those that the user could not open. */
  readonly clear: readonly string[];
  readonly unopened: readonly string[];
}

/** A whole run. */
export interface RunRecord {
  /** Absent where the run was not encrypted. */
  readonly secrecy?: SecrecyRecord;
  readonly chats: readonly ChatRecord[];
  readonly groups: readonly GroupRecord[];
  /** How often something was killed: the bridge, or a server. */
  readonly kills: number;
  /** How many messages were to flow each way: in direct chats, and in groups. */
  readonly wanted: number;
  readonly wantedInGroups: number;
  readonly states: readonly StateCount[];
  /** How the bridge ended that was not told to, or ended otherwise than it was told. */
  readonly unexpectedEnds: readonly string[];
}
