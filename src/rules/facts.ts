/** What rules look at: everything that an evaluation depends on. */
import type { MatrixUserId, NetworkId, RemoteChatId, RemoteUserId, RoomId } from '../core/ids.ts';
import type { Feature } from '../core/network.ts';
import type { Direction } from '../core/policy.ts';
import type { Rule } from './rule.ts';

export interface Facts {
  readonly network: NetworkId;
  readonly direction: Direction;
  /** The features that the event uses. */
  readonly features: readonly Feature[];
  readonly chats: 'direct' | 'group';
  readonly chat: RemoteChatId;
  /** Undefined where there is no room yet. */
  readonly room: RoomId | undefined;
  /** The Matrix user; undefined for what comes from a network into a shared group. */
  readonly user: MatrixUserId | undefined;
  /** The person on the network; undefined for what goes to a group. */
  readonly person: RemoteUserId | undefined;
  /** Where the Matrix user is at home, and where the person is, as far as it is known (ISO 3166-1 alpha-2). */
  readonly regions: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Bytes of the largest file, or else of the text; undefined where nobody said. */
  readonly size: number | undefined;
  /** The MIME types of the files, in lower case. */
  readonly types: readonly string[];
  /** Whether the person who sends is beyond the limit of a rule. Only looks. */
  readonly isBeyond: (rule: Rule) => boolean;
}
