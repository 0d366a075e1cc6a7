import { remoteChatId, type MatrixUserId, type NetworkId } from './core/ids.ts';
import { features, type Feature } from './core/network.ts';
import type { Direction } from './core/policy.ts';
import type { Regions } from './core/regions.ts';
import { explain } from './rules/explain.ts';
import type { RulesInForce } from './rules/in-force.ts';

/** No chat of that name is in any rule. */
const anyChat = remoteChatId('\u0000');

/**
 * The features that rules keep from a user's direct chats on a network just now, in one direction or both, whoever they
 * are with.
 */
export async function ruledOut(
  { rules }: Pick<RulesInForce, 'rules'>,
  regions: Pick<Regions, 'look'>,
  user: MatrixUserId,
  network: NetworkId,
): Promise<readonly Feature[]> {
  const theirs = [...rules.regionsOf(user), ...(await regions.look(user))];
  const out = (direction: Direction): readonly Feature[] =>
    explain(rules, {
      ...{ network, direction, features, chats: 'direct', chat: anyChat, user, regions: theirs },
      ...{ person: undefined, room: undefined, size: undefined, types: [], now: Date.now() },
      isBeyond: () => false,
    }).features.flatMap(({ feature, decided }) =>
      decided?.action === 'refuse' || decided?.action === 'drop' ? [feature] : [],
    );
  const both = new Set([...out('to-matrix'), ...out('to-network')]);
  return features.filter((feature) => both.has(feature));
}
