/** The whole configuration, put together from the schemas that live beside the code that they configure. */
import { join, parse, resolve } from 'node:path';
import { z } from 'zod';
import { blocksSchema, type BlocksConfig } from './blocks-config.ts';
import { groupsSchema, type GroupsConfig } from './groups-config.ts';
import { doublePuppetingSchema, matrixSchema, type MatrixConfig } from './matrix/config.ts';
import { loopbackConfig } from './networks/loopback/config.ts';
import { thirdPartyConfig } from './networks/thirdparty/index.ts';
import { whatsappConfig } from './networks/whatsapp/index.ts';
import { xmppConfig } from './networks/xmpp/config.ts';
import { permissionsSchema } from './permissions.ts';
import { reachSchema, unknownGroups, type ReachConfig } from './reach-config.ts';
import { requestsSchema, type RequestsConfig } from './requests-config.ts';
import { httpSchema } from './http-config.ts';
import { inlineRules, type RulesConfig } from './rule-files.ts';
import { rulesSchema, type RulesSection } from './rules/config.ts';
import { signalsSchema, type SignalsConfig } from './signals-config.ts';
import { storageSchema, type StorageConfig } from './storage/config.ts';
import { takenTwice } from './listening-config.ts';
import { time } from './time-setting.ts';
import { userGroupsSchema } from './user-groups-config.ts';

const minute = 60_000;
const day = 86_400_000;

const spine = z
  .strictObject({
    attemptTimeout: time(
      2 * minute,
      'How long one attempt to hand an event on may take. After that its outcome is unknown, and it is tried again under the same id.',
    ),
    giveUpAfter: time(3 * day, 'An event that could not be delivered within this time ends as expired.'),
    maxBrokenAttempts: z
      .number()
      .int()
      .min(1)
      .default(5)
      .describe('How often an event is tried that times out or breaks inside the bridge.'),
    maxActiveLanes: z
      .number()
      .int()
      .min(1)
      .default(64)
      .describe('How many chats are worked on side by side.'),
    maxWaitingSize: z
      .number()
      .int()
      .min(1024)
      .meta({ unit: 'bytes' })
      .default(32 * 1024 * 1024)
      .describe('How much of the events that wait is held in memory; the rest waits in the database.'),
  })
  .prefault({})
  .describe('How events are handed on.');

const logging = z
  .strictObject({
    level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('What is written to the log.'),
    redactIds: z
      .boolean()
      .default(true)
      .describe(
        'Whether users, rooms and messages are written as short forms that match each other, not by their names.',
      ),
    format: z
      .enum(['json', 'pretty'])
      .default('json')
      .describe('One JSON object a line, or lines for people.'),
  })
  .prefault({})
  .describe('The log, on standard output. Bodies, keys and tokens are never in it.');

const { homeserver, appservice } = matrixSchema.shape;
const storage = storageSchema.shape;

/** What the configuration file may say. */
export const configSchema = z
  .strictObject({
    homeserver: homeserver.extend({
      url: homeserver.shape.url.meta({ examples: ['http://localhost:8008'] }),
      domain: homeserver.shape.domain.meta({ examples: ['example.org'] }),
    }),
    appservice: appservice
      .omit({ asToken: true, hsToken: true })
      .extend({
        url: appservice.shape.url.meta({ examples: ['http://localhost:29340'] }),
        registration: z
          .string()
          .min(1)
          .default('registration.yaml')
          .describe(
            'The registration that the homeserver was given, written with `causeway -r`. The bridge takes its tokens from it.',
          ),
      })
      .prefault({}),
    storage: storageSchema.extend({
      url: storage.url.meta({
        secret: true,
        examples: ['postgresql://causeway:password@localhost/causeway'],
      }),
      key: storage.key.meta({ secret: true }),
      oldKeys: storage.oldKeys.meta({ secret: true }),
      keepPayloads: time(
        day,
        'How long the encrypted content of an event is kept after it ended, so that it can be tried again.',
      ),
      keepRecords: time(
        60 * day,
        'How long it is remembered that an event was there and how it ended, by which duplicates are known.',
      ),
    }),
    networks: z
      .strictObject({
        xmpp: xmppConfig
          .extend({ domain: xmppConfig.shape.domain.meta({ examples: ['matrix.example.org'] }) })
          .optional()
          .meta({ examples: [{}] })
          .describe(
            'XMPP, as an external component (XEP-0114) of a server. Leave the section out to do without.',
          ),
        whatsapp: whatsappConfig
          .optional()
          .describe(
            "WhatsApp's third-party chats, as a partner with an agreement of its own; see docs/whatsapp.md. Leave the section out to do without.",
          ),
        thirdparty: thirdPartyConfig
          .optional()
          .describe(
            'Third-party apps that reach this homeserver as they reach WhatsApp; see docs/providers.md. Leave the section out to do without.',
          ),
        loopback: loopbackConfig
          .optional()
          .describe('A network in memory, for tests. Leave the section out to do without.'),
      })
      .prefault({})
      .describe('The networks that the bridge connects to.'),
    permissions: permissionsSchema,
    userGroups: userGroupsSchema,
    reach: reachSchema,
    ghosts: matrixSchema.shape.ghosts,
    rooms: matrixSchema.shape.rooms,
    reconcile: matrixSchema.shape.reconcile,
    encryption: matrixSchema.shape.encryption,
    doublePuppeting: doublePuppetingSchema
      .omit({ asToken: true })
      .extend({
        registration: z
          .string()
          .min(1)
          .optional()
          .describe(
            'The second registration that the homeserver was given, written with `causeway -r --double-puppet`. Without it, users can only give the bot a token of theirs.',
          ),
      })
      .prefault({})
      .describe(doublePuppetingSchema.description ?? ''),
    maxMediaBytes: matrixSchema.shape.maxMediaBytes,
    messageStatus: matrixSchema.shape.messageStatus,
    signals: signalsSchema,
    requests: requestsSchema,
    groups: groupsSchema,
    rules: rulesSchema,
    blocks: blocksSchema,
    spine,
    logging,
    http: httpSchema,
  })
  .superRefine(({ reach, userGroups, appservice: service, http: { bind }, networks }, context) => {
    for (const path of unknownGroups(reach, userGroups))
      context.addIssue({
        code: 'custom',
        path: ['reach', ...path],
        message: 'a group that is defined in `user_groups`',
      });
    for (const path of takenTwice({ service: service.bind, watched: bind, networks }))
      context.addIssue({ code: 'custom', path: [...path], message: 'an address where nothing else listens' });
  });
export type FileConfig = z.output<typeof configSchema>;

/** The configuration as the bridge is started with it: each part what its code asks for. */
export interface BridgeConfig {
  readonly matrix: MatrixConfig;
  readonly storage: StorageConfig;
  readonly networks: FileConfig['networks'];
  readonly permissions: FileConfig['permissions'];
  readonly reach: ReachConfig;
  readonly signals: SignalsConfig;
  readonly requests: RequestsConfig;
  readonly groups: GroupsConfig;
  readonly rules: RulesConfig;
  readonly blocks: BlocksConfig;
  readonly spine: FileConfig['spine'];
  readonly logging: FileConfig['logging'];
  readonly http: FileConfig['http'];
}

/** Beside the database; for one elsewhere, where its file would be. */
function keyFile(database: string): string {
  const { dir, name, ext } = parse(database);
  return join(dir, `${name}-keys${ext === '' ? '.db' : ext}`);
}

/** The names of the networks that are configured. */
export function networksIn({ networks }: Pick<FileConfig, 'networks'>): readonly string[] {
  return Object.entries(networks).flatMap(([name, section]) => (section === undefined ? [] : [name]));
}

/** The section `rules`, with the groups of users that are named once for all sections. */
export function rulesIn({ rules, userGroups }: Pick<FileConfig, 'rules' | 'userGroups'>): RulesSection {
  return { ...rules, userGroups };
}

/**
 * Puts the tokens of the registration into the configuration; relative paths start from `folder`. `rules` are those that
 * were read with their files; where absent, those of the section alone.
 */
export function bridgeConfig(
  file: FileConfig,
  {
    puppetToken,
    ...tokens
  }: { readonly asToken: string; readonly hsToken: string; readonly puppetToken?: string | undefined },
  folder = '.',
  rules: RulesConfig = inlineRules(rulesIn(file), networksIn(file)),
): BridgeConfig {
  const {
    homeserver: server,
    appservice: service,
    ghosts,
    rooms,
    reconcile,
    encryption,
    doublePuppeting: { users },
    maxMediaBytes,
    messageStatus,
  } = file;
  return {
    matrix: {
      homeserver: server,
      appservice: { ...service, ...tokens },
      ghosts,
      rooms,
      reconcile,
      encryption: { ...encryption, file: resolve(folder, encryption.file ?? keyFile(file.storage.file)) },
      doublePuppeting: { users, ...(puppetToken === undefined ? {} : { asToken: puppetToken }) },
      maxMediaBytes,
      messageStatus,
    },
    storage: { ...file.storage, file: resolve(folder, file.storage.file) },
    networks: file.networks,
    permissions: file.permissions,
    reach: { ...file.reach, groups: file.userGroups },
    signals: file.signals,
    requests: file.requests,
    groups: file.groups,
    rules,
    blocks: file.blocks,
    spine: file.spine,
    logging: file.logging,
    http: file.http,
  };
}
