import type { Services } from '../../../src/commands/services.ts';
import { BlockIndex } from '../../../src/core/block-index.ts';
import { Blocks } from '../../../src/core/blocks.ts';
import { matrixUserId, networkId, remoteUserId } from '../../../src/core/ids.ts';
import { MemoryBlocks } from '../../support/memory-blocks.ts';
import type { FakeServices } from './services.ts';

/** The blocks of fake services: the real ones, kept in memory. */
export function blockDesk(of: () => FakeServices): Services['blocks'] {
  const options = {
    serverOf: () => undefined,
    decidesItself: () => false,
    now: () => of().time,
  };
  const blocks = new Blocks(new MemoryBlocks(), new BlockIndex(), options);
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
