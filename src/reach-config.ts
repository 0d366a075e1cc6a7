import { z } from 'zod';
import type { MatrixUserId, NetworkId } from './core/ids.ts';
import { parseMatrixUserId } from './core/ids.ts';
import { regionPattern, type UserGroups } from './core/eligibility.ts';
import { Expressions, isPattern } from './core/pattern.ts';
import type { NetworkReach, ReachDeps } from './core/reach.ts';
import { mostPrecise } from './permissions.ts';
import { groupName, patternHelp } from './user-groups-config.ts';

const pattern = z
  .string()
  .min(1)
  .max(500)
  .refine((text) => isPattern(text, new Expressions()), { message: 'an expression that RE2 has' });
const patterns = z.array(pattern).max(10_000);
const region = z.string().regex(regionPattern, { message: 'a word, such as DE' });

const eligible = z
  .strictObject({
    users: patterns.default([]).describe(`Patterns of users: ${patternHelp}.`),
    groups: z
      .array(groupName)
      .default([])
      .describe('Names of `user_groups`, of which the user has to be in one.'),
    homeservers: patterns
      .default([])
      .describe(
        'Patterns of the names of homeservers, such as `*.example.org`, or expressions between slashes.',
      ),
    regions: z
      .array(region)
      .default([])
      .describe('Regions, such as `DE`. Who has none declared is not eligible then.'),
    except: patterns.default([]).describe('Patterns of those who are not eligible, whatever else is said.'),
  })
  .prefault({})
  .describe(
    'Who may enable the network at all: whoever meets all conditions that are given (empty lists are none), and everybody who may use the bridge where none are. Who is not eligible any more cannot be reached.',
  );

const ofNetwork = z.strictObject({
  optIn: z
    .enum(['required', 'automatic'])
    .default('required')
    .describe(
      'With `required`, nobody can be reached before they said `enable`. With `automatic`, everybody can who has not said `disable`.',
    ),
  eligible,
});

/** Who can be reached on which network. */
export const reachSchema = z
  .strictObject({
    regions: z
      .record(
        z.string().refine((key) => key === '*' || /^[A-Za-z0-9.:[\]-]{1,230}$/.test(key) || isUser(key), {
          message: '*, example.org or @user:example.org',
        }),
        region,
      )
      .default({})
      .describe(
        'Regions that are declared for users: by `*`, the name of a server, or a user ID (in quotes). The most precise entry decides, and what an administrator says with `region` comes before them.',
      ),
    xmpp: ofNetwork.prefault({}).describe('Who can be reached on XMPP.'),
    loopback: ofNetwork.prefault({}).describe('Who can be reached on the network in memory.'),
  })
  .prefault({})
  .describe('Who can be reached from other networks.');
export type ReachSection = z.output<typeof reachSchema>;
/** With the groups of users that it names. */
export interface ReachConfig extends ReachSection {
  readonly groups: UserGroups;
}

/** Where the section names a group of users that is not there. */
export function unknownGroups(reach: ReachSection, groups: UserGroups): readonly (readonly PropertyKey[])[] {
  return Object.entries(networksOf(reach)).flatMap(([name, { eligible: rules }]) =>
    (rules.groups ?? []).flatMap((group, index): readonly PropertyKey[][] =>
      Object.hasOwn(groups, group) ? [] : [[name, 'eligible', 'groups', index]],
    ),
  );
}

/** What the code asks of the configuration. */
export function configuredReach(config: ReachConfig): Pick<ReachDeps, 'reach' | 'groups' | 'region'> {
  const networks = new Map<string, NetworkReach>(Object.entries(networksOf(config)));
  const closed: NetworkReach = { optIn: 'required', eligible: {} };
  return {
    reach: (network: NetworkId) => networks.get(network) ?? closed,
    groups: config.groups,
    region: mostPrecise(config.regions) satisfies (user: MatrixUserId) => string | undefined,
  };
}

function networksOf({
  xmpp,
  loopback,
}: Pick<ReachConfig, 'xmpp' | 'loopback'>): Record<string, NetworkReach> {
  return { xmpp, loopback };
}

function isUser(key: string): boolean {
  return parseMatrixUserId(key) !== undefined;
}
