import type { Services } from '../../../src/commands/services.ts';
import { BlockIndex } from '../../../src/core/block-index.ts';
import { Blocks } from '../../../src/core/blocks.ts';
import { matrixUserId, networkId, remoteUserId } from '../../../src/core/ids.ts';
import { PolicyListBook } from '../../../src/core/policy-list-book.ts';
import { ListFollower } from '../../../src/core/policy-list-follower.ts';
import { policyDesk } from '../../../src/policing.ts';
import { MemoryBlocks } from '../../support/memory-blocks.ts';
import { FakeListRooms, MemoryPolicyLists, own } from '../../support/policy-lists.ts';
import { quietLog } from '../../support/recording-sink.ts';
import type { FakeServices } from './services.ts';

/** The blocks and policy lists of fake services: the real ones, kept in memory. */
export function blockDesks(of: () => FakeServices): Pick<FakeServices, 'blocks' | 'policies' | 'lists'> {
  const book = new PolicyListBook(new MemoryPolicyLists(), own);
  const rooms = new FakeListRooms();
  const options = {
    serverOf: () => undefined,
    decidesItself: () => false,
    lists: book,
    now: () => of().time,
  };
  const blocks = new Blocks(new MemoryBlocks(), new BlockIndex(), options);
  const follower = new ListFollower({
    ...{ book, rooms, configured: [], log: quietLog, now: () => of().time },
    isOwnRoom: async (room) => room === '!own:example.org',
    tell: async () => undefined,
    isUp: () => true,
  });
  return {
    blocks: desk(of, blocks),
    policies: policyDesk(book, follower, blocks, own),
    lists: { book, rooms },
  };
}

function desk(of: () => FakeServices, blocks: Blocks): Services['blocks'] {
  const ghost = /^@_(xmpp|loopback)_(.+):example\.org$/;
  return {
    blocks,
    agree: async (user) => {
      of().agreed.push(user);
      return of().ignoreList;
    },
    ghost: (user) => {
      const [, network, remote] = ghost.exec(user) ?? [];
      if (network === undefined || remote === undefined) return undefined;
      return { network: networkId(network), remote: remoteUserId(remote.replace('=40', '@')) };
    },
    ghostsOf: ({ network, remote }) => [
      matrixUserId(`@_${network}_${remote.replace('@', '=40')}:example.org`),
    ],
  };
}
