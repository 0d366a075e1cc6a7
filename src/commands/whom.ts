import { parseMatrixUserId, type MatrixUserId } from '../core/ids.ts';
import type { Identity, PersonName } from '../core/persons.ts';
import type { Block, Call } from './command.ts';
import { networkArgument } from './network-argument.ts';
import { line } from './reply.ts';
import type { Services } from './services.ts';

/** Whom words name, and what stands behind that. */
export type Whom =
  | { readonly kind: 'account'; readonly who: Identity; readonly rest: readonly string[] }
  | { readonly kind: 'user'; readonly user: MatrixUserId; readonly rest: readonly string[] }
  | { readonly kind: 'refused'; readonly blocks: readonly Block[] }
  | 'usage';

/**
 * A person, as commands name them: the Matrix ID of a ghost or a link to it, or a network and an address; the address
 * alone where there is one network. `user` is somebody on Matrix who is no ghost.
 */
export async function whomIn(
  words: readonly string[],
  call: Call,
  services: Pick<Services, 'networks' | 'blocks'> & Services,
): Promise<Whom> {
  const [first, ...rest] = words;
  if (first === undefined) return 'usage';
  const user = parseMatrixUserId(linked(first));
  if (user !== undefined) {
    const who = services.blocks.ghost(user);
    return who === undefined ? { kind: 'user', user, rest } : { kind: 'account', who, rest };
  }
  const [only, ...others] = services.networks.keys();
  const isNetwork = services.networks.has(first.toLowerCase());
  const named = !isNetwork && only !== undefined && others.length === 0 ? [only, ...words] : words;
  const [name, address, ...more] = named;
  if (name === undefined || address === undefined) return 'usage';
  const network = networkArgument(name, call, services);
  if ('kind' in network) return network;
  const found = network.directory.named?.(address) ?? (await network.directory.find(address, call.user));
  if (typeof found === 'object') {
    if ('kind' in found)
      return { kind: 'refused', blocks: [line(call.language, 'block.nobody', { address })] };
    return { kind: 'account', who: { network: network.id, remote: found.userId }, rest: more };
  }
  return { kind: 'account', who: { network: network.id, remote: found }, rest: more };
}

/** The name of a person who was named. */
export function personOf(whom: Extract<Whom, { kind: 'account' | 'user' }>): PersonName {
  return whom.kind === 'user' ? { kind: 'user', user: whom.user } : { kind: 'account', ...whom.who };
}

/** The Matrix ID in a link such as clients make of a mention. */
function linked(word: string): string {
  const [, encoded] = /^<?https:\/\/matrix\.to\/#\/([^?>]+)/.exec(word) ?? [];
  if (encoded === undefined) return word;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return word;
  }
}
