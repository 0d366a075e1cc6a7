/** What all members share. */
import type { MatrixUserId } from '../../core/ids.ts';
import type { ConnectionCommon } from './connection.ts';
import type { WhatsappDeps, WhatsappTimes } from './deps.ts';
import type { EnlistingDeps } from './enlisting.ts';
import type { MemberNews } from './member-news.ts';
import type { MemberRecords } from './member-record.ts';

export interface MemberCommon extends ConnectionCommon, EnlistingDeps {
  readonly id: string;
  readonly records: MemberRecords;
  readonly signal: WhatsappDeps['signal'];
  readonly news: MemberNews;
  readonly again: WhatsappTimes['again'];
  /** Takes away what is kept for a user beside keys and membership. */
  readonly clear: (user: MatrixUserId) => Promise<void>;
  /** The state of a user's connection is another. */
  readonly changed: () => void;
}
