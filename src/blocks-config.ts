import { z } from 'zod';
import { networkId, networkPattern, parseRoomAlias, parseRoomId } from './core/ids.ts';
import type { ConfiguredList } from './core/policy-list-follower.ts';

const listName = z.string().refine((name) => nameOf(name) !== undefined, {
  message: '!room:example.org or #alias:example.org',
});

/** Who is shut out. */
export const blocksSchema = z
  .strictObject({
    decideThemselves: z
      .array(z.string().regex(networkPattern))
      .default([])
      .describe(
        'Networks that decide for themselves: whom an administrator has banned as a person on another network is not banned there for that alone.',
      ),
    unnamedInvitations: z
      .enum(['drop', 'pass'])
      .default('drop')
      .describe(
        'Invitations into groups where nobody vouches for who invites, as in XMPP rooms that hide addresses. `drop`: not for users who have blocked anybody, and for nobody while an administrator has banned a person, since it may be that very person. `pass`: they come in all the same.',
      ),
    policyLists: z
      .array(
        z.union([
          listName,
          z.strictObject({
            list: listName.describe('The id or an alias of the room.'),
            networks: z
              .array(z.string().regex(networkPattern))
              .default([])
              .describe('The networks that it holds on; all where there are none.'),
          }),
        ]),
      )
      .max(100)
      .default([])
      .describe(
        'Policy lists of Matrix (rooms with `m.policy.rule.*`) that shut out whom they ban: ids or aliases of rooms, or each with the networks that it holds on. Administrators can follow more by command (`policies`).',
      ),
  })
  .prefault({})
  .describe('Blocking people (`block`) and banning them for everybody (`ban`).');
export type BlocksConfig = z.output<typeof blocksSchema>;

/** The lists that the configuration names. */
export function configuredLists({ policyLists }: BlocksConfig): readonly ConfiguredList[] {
  return policyLists.flatMap((entry) => {
    const { list, networks } = typeof entry === 'string' ? { list: entry, networks: [] } : entry;
    const name = nameOf(list);
    return name === undefined ? [] : [{ name, networks: networks.map(networkId) }];
  });
}

function nameOf(text: string): ConfiguredList['name'] | undefined {
  return parseRoomAlias(text) ?? (/\s/.test(text) ? undefined : parseRoomId(text));
}
