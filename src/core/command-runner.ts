import type { MatrixEventId, MatrixUserId, RoomId } from './ids.ts';
import type { Failed } from './outcome.ts';

/** The bridge's own conversation with a user: commands in the management room. */
export interface CommandRunner {
  /** Runs a command and answers in the user's management room; a repeat under the same `cause` answers once. */
  run(command: {
    readonly user: MatrixUserId;
    readonly text: string;
    readonly cause: string;
    /** When it was sent, milliseconds since the epoch. */
    readonly at: number;
    /** Where the message lies. */
    readonly room: RoomId;
    readonly eventId: MatrixEventId | undefined;
  }): Promise<undefined | Failed>;
  /** A user reacted to a line in their management room, or in that of a request. May be repeated. */
  react?(reaction: {
    readonly user: MatrixUserId;
    readonly room: RoomId;
    readonly line: MatrixEventId;
    readonly emoji: string;
    readonly cause: string;
  }): Promise<undefined | Failed>;
}
