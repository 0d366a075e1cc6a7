import * as z from 'zod';
import { identifierTypes } from '../../interop/identity/identifier.ts';

const port = z.int().min(0).max(65_535);
const domain = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/, 'a domain in lower case');
const url = z
  .string()
  .max(2000)
  .regex(/^https?:\/\/[^\s?#@]+$/, 'a URL without user, query and fragment');

const listening = (
  usual: number,
): z.ZodObject<{
  readonly host: z.ZodDefault<z.ZodString>;
  readonly port: z.ZodInt;
}> =>
  z.strictObject({
    host: z.string().min(1).default('127.0.0.1').describe('The address to listen on.'),
    port: port.meta({ examples: [usual] }).describe('The port to listen on.'),
  });

const provider = z.strictObject({
  id: z
    .int()
    .min(1)
    .max(65_535)
    .describe(
      "The provider's integrator number. It is in the addresses of its users: never give it to another.",
    ),
  name: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'a word in lower case')
    .describe(
      'What people write before an identifier to say which provider they mean: `birdychat:bob@example.com`.',
    ),
  issuer: z
    .string()
    .min(1)
    .max(2000)
    .optional()
    .describe("What stands for the provider in its users' tokens (`iss`); its name where absent."),
  domain: domain.describe('The name by which bans and policy lists shut the provider out (`ban server`).'),
  identifier: z.enum(identifierTypes).describe('What the users of the provider are found by.'),
  jwks_url: url.describe("Where the provider serves the keys that sign its users' tokens."),
  push_url: url.describe('The base that is told when something waits for a user who is not connected.'),
  media_url: url.describe("The base below which the provider hosts its users' encrypted files."),
  trusted_hosts: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Hosts (`host` or `host:port`) of the provider that may have private addresses, and speak plain HTTP.',
    ),
});

const limits = z
  .strictObject({
    max_media_bytes: z
      .int()
      .positive()
      .default(100 * 1024 * 1024)
      .describe('Files above this size, in bytes, pass in neither direction.'),
    media_bytes: z
      .int()
      .positive()
      .default(10 * 1024 * 1024 * 1024)
      .describe('How much of what users send to providers may lie on the disk, encrypted, in bytes.'),
    media_bytes_of_user: z
      .int()
      .positive()
      .default(1024 * 1024 * 1024)
      .describe('How much of it may be of one user, in bytes.'),
    media_days: z
      .int()
      .min(1)
      .max(60)
      .default(30)
      .describe('How long such files are there to be fetched, in days.'),
    downloads: z.int().positive().default(200).describe('How many downloads are served at a time.'),
    transfers_of_provider: z
      .int()
      .positive()
      .default(8)
      .describe('How many files are fetched from one provider at a time.'),
    timeout_seconds: z
      .int()
      .positive()
      .default(30)
      .describe("How long a provider's server may be silent before what is asked of it is given up."),
    mailbox_messages: z
      .int()
      .positive()
      .default(10_000)
      .describe('How many messages may wait for one user who is not connected.'),
    mailbox_days: z.int().min(1).max(60).default(30).describe('How long they wait, in days.'),
    unseen_days: z
      .int()
      .min(1)
      .max(365)
      .default(30)
      .describe('After how many days without a connection a user is un-enlisted.'),
    users: z
      .int()
      .positive()
      .default(1_000_000)
      .describe('How many users may be enlisted, of all providers.'),
    connections: z.int().positive().default(20_000).describe('How many of them may be connected at a time.'),
    handshakes_of_address: z
      .int()
      .positive()
      .default(128)
      .describe('How many connections that have not said yet whose they are one address may have.'),
  })
  .prefault({})
  .describe('Bounds of what providers and their users may ask for.');

/** What an operator may set under `networks.thirdparty`. */
export const thirdPartyConfig = z
  .strictObject({
    listen: listening(29_360).describe(
      'Where enlistment, push keys, media and chat over WebSocket are served: plain HTTP, to stand behind a reverse proxy with TLS.',
    ),
    chat: listening(29_361)
      .optional()
      .describe('Where chat over TCP is served; over WebSocket alone where absent.'),
    trusted_proxies: z
      .array(z.string().min(1))
      .optional()
      .describe(
        'Addresses of reverse proxies whose `X-Forwarded-For` says who connects. Those on the same machine where absent.',
      ),
    public_url: url
      .meta({ examples: ['https://chats.example.org'] })
      .describe('The URL under which providers reach `listen`; it is also what their tokens are for.'),
    providers: z
      .array(provider)
      .default([])
      .meta({
        examples: [
          [
            {
              ...{ id: 12, name: 'birdychat', domain: 'birdychat.example', identifier: 'email' },
              jwks_url: 'https://birdychat.example/.well-known/oauth/openid/jwks',
              push_url: 'https://birdychat.example/interop',
              media_url: 'https://birdychat.example/media',
            },
          ],
        ],
      })
      .describe('The providers whose users may reach users of this homeserver.'),
    limits,
  })
  .superRefine(({ providers }, context) => {
    const unique = {
      id: providers.map(({ id }) => id),
      name: providers.map(({ name }) => name),
      issuer: providers.map(({ issuer, name }) => issuer ?? name),
    };
    for (const [key, values] of Object.entries(unique))
      if (new Set<unknown>(values).size < values.length)
        context.addIssue({ code: 'custom', path: ['providers'], message: `two providers have one ${key}` });
  });

export type ThirdPartyConfig = Readonly<z.infer<typeof thirdPartyConfig>>;
export type ProviderConfig = Readonly<z.infer<typeof provider>>;
