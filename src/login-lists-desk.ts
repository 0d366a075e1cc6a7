/** Connects the lists that accounts have on their platforms with blocks, and with who is told of them. */
import type { BlocksConfig } from './blocks-config.ts';
import type { BlockDesk } from './commands/block-desk.ts';
import type { Blocks } from './core/blocks.ts';
import type { MatrixUserId, NetworkId } from './core/ids.ts';
import { LoginLists } from './core/login-lists.ts';
import type { RunningNetwork } from './core/network.ts';
import type { Log } from './core/task.ts';
import type { RunningHomeserver } from './matrix/homeserver.ts';
import type { Storage } from './storage/storage.ts';
import { render } from './texts/catalogue.ts';

export interface LoginListParts {
  readonly config: BlocksConfig;
  readonly storage: Storage;
  readonly blocks: Blocks;
  /** By which what is held of a person ends with their block, and the list on Matrix follows. */
  readonly desk: Pick<BlockDesk, 'blocks' | 'agree'>;
  readonly networks: ReadonlyMap<NetworkId, RunningNetwork>;
  readonly permits: (user: MatrixUserId) => boolean;
  readonly reporter: RunningHomeserver['reporter'];
  readonly log: Log;
}

/** The desk with the lists of accounts: who is blocked once more stays so, whatever was done on a list meanwhile. */
export function withLoginLists(desk: BlockDesk, lists: LoginLists | undefined): BlockDesk {
  return {
    ...desk,
    lists,
    blocks: {
      ...desk.blocks,
      block: async (owner, blocked, by) => {
        const made = await desk.blocks.block(owner, blocked, by);
        if (made === 'known' && owner !== 'homeserver') await lists?.renew(owner, blocked);
        return made;
      },
    },
  };
}

/** Undefined where the configuration has the lists of accounts left alone. */
export function makeLoginLists(parts: LoginListParts): LoginLists | undefined {
  const { config, storage, blocks, desk, networks, permits, reporter, log } = parts;
  if (!config.accountLists.follow) return undefined;
  return new LoginLists({
    blocks: {
      block: (user, blocked) => desk.blocks.block(user, blocked, { author: user }),
      unblock: (user, blocked) => desk.blocks.unblock(user, blocked),
      list: (owner, offset, limit) => blocks.list(owner, offset, limit),
      namesOf: (name) => blocks.namesOf(name),
    },
    onChanged: (listener) => blocks.onChanged(listener),
    ...{ store: storage.loginLists, logins: storage.logins, permits, log },
    networks: () => networks.keys(),
    network: (id) => networks.get(id),
    // The list on Matrix is read again by itself where it cannot be reached now.
    followed: (user) => desk.agree(user),
    tell: async ({ user, network, remote, linkedAt }, news) => {
      const language = (await storage.users.get(user))?.language ?? 'en';
      const id = `account-list/${news}/${network}/${remote}/${linkedAt}`;
      return reporter.notice(
        user,
        id,
        render(language, `account-list.${news}`, { address: remote, network }),
      );
    },
    everyMs: config.accountLists.every,
  });
}
