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
        'Invitations into groups where nobody vouches for who invites, as in XMPP rooms that hide addresses. `drop`: not for users who have blocked anybody, and for nobody while an administrator has banned a person or a server, since it may be that very person, or one of there. `pass`: they come in all the same.',
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
    accountLists: z
      .strictObject({
        follow: z
          .boolean()
          .default(true)
          .describe(
            'Whether the lists of blocked people that linked accounts have on their own platforms (XMPP: XEP-0191) and the blocks of their users are kept the same.',
          ),
        every: z
          .number()
          .int()
          .min(100)
          .max(86_400_000)
          .meta({
            unit: 'ms',
            description:
              'How often each list is looked at. What users block in another app of theirs holds here after this time at the latest, where their platform does not tell the bridge.',
          })
          .default(5 * 60_000),
      })
      .prefault({})
      .describe('The lists that accounts have on their own platforms.'),
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
