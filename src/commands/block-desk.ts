import type { Blocks } from '../core/blocks.ts';
import type { MatrixUserId } from '../core/ids.ts';
import type { LoginLists } from '../core/login-lists.ts';
import type { Failed } from '../core/outcome.ts';
import type { Identity } from '../core/persons.ts';

/** What the commands on blocks need. */
export interface BlockDesk {
  readonly blocks: Pick<Blocks, 'block' | 'unblock' | 'list' | 'count' | 'same'>;
  /** The user's ignore list on Matrix follows their blocks; `no-puppet` where the bridge cannot act as the user. */
  agree(user: MatrixUserId): Promise<'agreed' | 'no-puppet' | Failed>;
  /** The lists that the user's accounts have on their platforms; absent where they are not followed. */
  readonly lists?: Pick<LoginLists, 'look' | 'places'> | undefined;
  /** Whose ghost a Matrix user is. */
  ghost(user: MatrixUserId): Identity | undefined;
  /** The ghosts of a person, by all the names that are known of them. */
  ghostsOf(who: Identity): readonly MatrixUserId[];
}
