import { z } from 'zod';
import type { MatrixUserId, NetworkId } from './core/ids.ts';
import { parseMatrixUserId } from './core/ids.ts';
import { regionPattern, regionWays, type UserGroups } from './core/eligibility.ts';
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
      .describe(
        'Regions, such as `DE`: countries (ISO 3166-1) for phone numbers, any words for what is declared. Of whom none is known is not eligible then.',
      ),
    regionBy: z
      .enum(regionWays)
      .default('number-or-declared')
      .describe(
        'What says where a user is at home: the countries of the phone numbers of their linked accounts, as networks have verified them, and what is declared only where there is none (`number-or-declared`); those numbers alone (`number`); or what is declared alone (`declared`). Each number has to be of one of the regions.',
      ),
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
    whatsapp: ofNetwork.prefault({}).describe('Who can be reached on WhatsApp.'),
    thirdparty: ofNetwork.prefault({}).describe('Who can be reached from third-party apps.'),
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

/** What the code asks of a configuration that may be another tomorrow. */
export function liveReach(now: () => ReachConfig): Pick<ReachDeps, 'reach' | 'groups' | 'region'> {
  let read = now();
  let asked = configuredReach(read);
  const current = (): typeof asked => {
    if (now() !== read) {
      read = now();
      asked = configuredReach(read);
    }
    return asked;
  };
  return {
    reach: (network) => current().reach(network),
    get groups() {
      return current().groups;
    },
    region: (user) => current().region(user),
  };
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
  whatsapp,
  thirdparty,
  loopback,
}: Pick<ReachConfig, 'xmpp' | 'whatsapp' | 'thirdparty' | 'loopback'>): Record<string, NetworkReach> {
  return { xmpp, whatsapp, thirdparty, loopback };
}

function isUser(key: string): boolean {
  return parseMatrixUserId(key) !== undefined;
}
