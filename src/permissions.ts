import { z } from 'zod';
import { parseMatrixUserId, serverOf, type MatrixUserId } from './core/ids.ts';

/** What a Matrix user may do: nothing, use the bridge, or also administer it. */
export const levels = ['none', 'user', 'admin'] as const;
export type Level = (typeof levels)[number];

/** Who may use the bridge: `*`, a server's name, or a user ID, each with a level. The most precise entry decides. */
export const permissionsSchema = z
  .record(
    z
      .string()
      .refine((pattern) => pattern === '*' || isServer(pattern) || parseMatrixUserId(pattern) !== undefined, {
        message: '*, example.org or @user:example.org',
      }),
    z.enum(levels),
  )
  .optional()
  .meta({ examples: [{ 'example.org': 'user', '@admin:example.org': 'admin' }] })
  .describe(
    'Who may use the bridge: `*`, the name of a server, or a user ID (in quotes), each with `none`, `user` or `admin`. The most precise entry decides. Users of the homeserver are `user` and all others `none` where this is not set.',
  );

/** Answers what a user may do. */
export function permissions(
  map: Readonly<Record<string, Level>> | undefined,
  domain: string,
): (user: MatrixUserId) => Level {
  const levelOf = mostPrecise<Level>(map ?? { [domain]: 'user' });
  return (user) => levelOf(user) ?? 'none';
}

/** The administrators who are named one by one. */
export function namedAdmins(map: Readonly<Record<string, Level>> | undefined): readonly MatrixUserId[] {
  return Object.entries(map ?? {}).flatMap(([who, level]) => {
    const user = level === 'admin' ? parseMatrixUserId(who) : undefined;
    return user === undefined ? [] : [user];
  });
}

/**
 * Whether everybody who can join a room without an invitation may use the bridge: the users of the homeserver, and those of
 * others where rooms are open to them. Single users may still be excluded: the bot puts them out.
 */
export function everybodyMay(
  map: Readonly<Record<string, Level>> | undefined,
  domain: string,
  federated: boolean,
): boolean {
  const levelAt = new Map(Object.entries(map ?? { [domain]: 'user' }));
  const others = levelAt.get('*') ?? 'none';
  return (levelAt.get(domain) ?? others) !== 'none' && (!federated || others !== 'none');
}

/** Looks a user up in a map of `*`, servers and user IDs: the most precise entry decides. */
export function mostPrecise<T>(map: Readonly<Record<string, T>>): (user: MatrixUserId) => T | undefined {
  const entries = new Map<string, T>(Object.entries(map));
  return (user) => entries.get(user) ?? entries.get(serverOf(user)) ?? entries.get('*');
}

function isServer(pattern: string): boolean {
  return /^[A-Za-z0-9.:[\]-]{1,230}$/.test(pattern);
}
