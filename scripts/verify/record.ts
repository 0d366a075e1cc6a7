/** What a run leaves behind, as plain data that the judgement reads. */

/** A message as the XMPP client received it: its text, and the id of its stanza. */
export interface DeliveredMessage {
  readonly text: string;
  readonly id: string;
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

/** How many events ended, or did not, in one state. */
export interface StateCount {
  readonly state: string;
  readonly ended: boolean;
  readonly count: number;
}

/** A whole run. */
export interface RunRecord {
  readonly chats: readonly ChatRecord[];
  /** How often something was killed: the bridge, or a server. */
  readonly kills: number;
  /** How many messages were to flow each way. */
  readonly wanted: number;
  readonly states: readonly StateCount[];
  /** How the bridge ended that was not told to, or ended otherwise than it was told. */
  readonly unexpectedEnds: readonly string[];
}
