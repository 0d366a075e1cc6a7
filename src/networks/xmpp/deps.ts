import type { Poll } from '../../core/event.ts';
import type { Feature } from '../../core/network.ts';
import type { ReasonCode } from '../../core/outcome.ts';
import type { Log } from '../../core/task.ts';
import type { Transcoder } from '../../core/transcoder.ts';
import type { LinkTimes } from './client.ts';

/** The sentences that XMPP users read; the composition root takes them from the catalogues. */
export interface XmppTexts {
  readonly loginCode: (values: { user: string; code: string; minutes: number }) => string;
  /** Answers who writes to the bridge itself. */
  readonly noReplies: () => string;
  /** Answers who writes privately to an occupant in a room that hides addresses. */
  readonly noPrivate: () => string;
  /** In place of a message that was taken back, for clients that do not know retractions. */
  readonly retracted: () => string;
  /** A poll to be read; its answers cannot be given. */
  readonly poll: (poll: Poll) => string;
  readonly reason: (code: ReasonCode, feature?: Feature) => string;
}

export interface XmppDeps {
  /** The server name of the bridge's own homeserver. */
  readonly homeserver: string;
  /** The program's version, told to who asks. */
  readonly version: string;
  readonly texts: XmppTexts;
  readonly log: Log;
  /** Absent where nothing can transcode. */
  readonly transcoder?: Transcoder | undefined;
  /** Keys of this bridge's own, by which it knows again what it sent to rooms; made with the first. */
  readonly keys: readonly Uint8Array[];
  readonly now?: () => number;
  readonly times?: LinkTimes;
}
