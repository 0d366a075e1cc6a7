/** The registration of the bridge: https://spec.matrix.org/v1.15/application-service-api/#registration */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { z } from 'zod';

/** What the sample's tokens begin with; the bridge refuses to start with them. */
export const placeholderToken = 'replace-me';

const namespace = z.object({ exclusive: z.boolean(), regex: z.string() });
const registrationSchema = z.object({
  id: z.string().min(1),
  url: z.string().nullable(),
  as_token: z.string().min(1),
  hs_token: z.string().min(1),
  sender_localpart: z.string().min(1),
  receive_ephemeral: z.boolean().default(false),
  'de.sorunome.msc2409.push_ephemeral': z.boolean().default(false),
  namespaces: z.object({ users: z.array(namespace).default([]), aliases: z.array(namespace).nullish() }),
  protocols: z.array(z.string()).nullish(),
});
/** A registration as the homeserver has it. */
export type Registration = z.output<typeof registrationSchema>;

/** What a registration is made of. */
export interface RegistrationPlan {
  readonly id: string;
  readonly url: string;
  readonly domain: string;
  readonly senderLocalpart: string;
  readonly botLocalpart: string;
  readonly ghostPrefix: string;
  readonly networks: readonly string[];
}

/** The namespaces that the bridge needs: the ghosts of its networks, and the bot. */
export function userNamespaces(
  plan: Omit<RegistrationPlan, 'url' | 'id' | 'senderLocalpart'>,
): readonly string[] {
  const domain = escapeRegex(plan.domain);
  const bot = `@${escapeRegex(plan.botLocalpart)}:${domain}`;
  if (plan.networks.length === 0) return [bot];
  return [`@${escapeRegex(plan.ghostPrefix)}(${plan.networks.join('|')})_.*:${domain}`, bot];
}

/** The namespaces of the rooms of groups in the homeserver's directory. */
export function aliasNamespaces({
  domain,
  ghostPrefix,
  networks,
}: Pick<RegistrationPlan, 'domain' | 'ghostPrefix' | 'networks'>): readonly string[] {
  if (networks.length === 0) return [];
  return [`#${escapeRegex(ghostPrefix)}(${networks.join('|')})_.*:${escapeRegex(domain)}`];
}

function escapeRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The text of a registration with fresh tokens of 256 bits. */
export function newRegistration(plan: RegistrationPlan): string {
  return stringify({
    id: plan.id,
    url: plan.url,
    as_token: randomBytes(32).toString('hex'),
    hs_token: randomBytes(32).toString('hex'),
    sender_localpart: plan.senderLocalpart,
    rate_limited: false,
    receive_ephemeral: true,
    'de.sorunome.msc2409.push_ephemeral': true,
    namespaces: {
      users: userNamespaces(plan).map((regex) => ({ exclusive: true, regex })),
      aliases: aliasNamespaces(plan).map((regex) => ({ exclusive: true, regex })),
      rooms: [],
    },
    protocols: plan.networks,
  });
}

/**
 * The text of a second registration, by which the bridge acts as the users of its homeserver: nothing is sent to it
 * (`url` is null) and it takes no names from anybody.
 */
export function newPuppetRegistration(
  plan: Pick<RegistrationPlan, 'id' | 'domain' | 'senderLocalpart'>,
): string {
  return stringify({
    id: `${plan.id}-double-puppet`,
    url: null,
    as_token: randomBytes(32).toString('hex'),
    hs_token: randomBytes(32).toString('hex'),
    sender_localpart: `${plan.senderLocalpart}_double_puppet`,
    rate_limited: false,
    namespaces: {
      users: [{ exclusive: false, regex: `@.*:${escapeRegex(plan.domain)}` }],
      aliases: [],
      rooms: [],
    },
  });
}

/** What became of writing a file that must not be overwritten by chance. */
export type Written = 'written' | 'exists' | { readonly code: string };

/** Writes a registration that only its owner may read. Where there is one, it is replaced only with `force`, and whole. */
export function writeRegistration(file: string, text: string, force: boolean): Written {
  const target = force ? `${file}.new` : file;
  try {
    if (force) rmSync(target, { force: true });
    const handle = openSync(target, 'wx', 0o600);
    try {
      writeSync(handle, text);
    } finally {
      closeSync(handle);
    }
    if (force) renameSync(target, file);
    return 'written';
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    return code === 'EEXIST' ? 'exists' : { code };
  }
}

/** What the file of the registration holds, or what is wrong with it. */
export type ReadRegistration =
  | { readonly kind: 'registration'; readonly registration: Registration }
  | { readonly kind: 'unreadable'; readonly code: string }
  | { readonly kind: 'invalid'; readonly detail: string }
  | { readonly kind: 'placeholder' };

/** Reads the registration that the bridge takes its tokens from. */
export function readRegistration(file: string): ReadRegistration {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    return { kind: 'unreadable', code };
  }
  return parseRegistration(text);
}

/** Reads a registration from its text. `detail` names the first field that is wrong, never its value. */
export function parseRegistration(text: string): ReadRegistration {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0, logLevel: 'error' });
  } catch {
    return { kind: 'invalid', detail: 'YAML' };
  }
  const parsed = registrationSchema.safeParse(value);
  if (!parsed.success)
    return { kind: 'invalid', detail: parsed.error.issues[0]?.path.map(String).join('.') ?? '' };
  const { as_token: asToken, hs_token: hsToken } = parsed.data;
  if ([asToken, hsToken].some((token) => token.startsWith(placeholderToken))) return { kind: 'placeholder' };
  const weak = [asToken, hsToken].findIndex((token) => token.length < 16);
  if (weak >= 0) return { kind: 'invalid', detail: weak === 0 ? 'as_token' : 'hs_token' };
  return { kind: 'registration', registration: parsed.data };
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
