import * as z from 'zod';
import { noiseProfile } from '../../interop/profile/noise-profile.ts';
import type { PinnedRoot } from '../../interop/noise/certificate.ts';

/** What an operator has to write who holds the keys of other people. */
export const operatorSentence =
  'I hold the keys of other people, and I know that WhatsApp does not allow it without its consent.';

const url = (protocols: RegExp): z.ZodURL => z.url({ protocol: protocols, hostname: /^[^\s]+$/ }).max(500);

const listen = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').describe('The address to listen on.'),
    port: z.int().min(0).max(65_535).default(29_350).describe('The port to listen on.'),
  })
  .prefault({});

const media = z
  .strictObject({
    max_bytes: z
      .int()
      .positive()
      .default(100 * 1024 * 1024)
      .describe('Files above this size, in bytes, pass in neither direction.'),
    keep_days: z
      .int()
      .min(1)
      .max(90)
      .default(31)
      .describe(
        'How long files that users send stay here to be fetched, in days. Mailboxes hold messages for 30.',
      ),
    most_bytes: z
      .int()
      .positive()
      .default(20 * 1024 * 1024 * 1024)
      .describe('How much room the files of all users may take together, in bytes.'),
    most_bytes_of_user: z
      .int()
      .positive()
      .default(2 * 1024 * 1024 * 1024)
      .describe('How much room the files of one user may take, in bytes.'),
    timeout_seconds: z
      .int()
      .positive()
      .default(30)
      .describe('How long the media host may be silent before a transfer is given up.'),
  })
  .prefault({});

const fields = z.strictObject({
  listen: listen.describe(
    'Where keys, push and media are served. A server with TLS stands before it and hands on what comes for `public_url`.',
  ),
  public_url: url(/^https?$/)
    .meta({ examples: ['https://bridge.example.org'] })
    .describe(
      'Under which address WhatsApp reaches what is served, without a path: https://bridge.example.org',
    ),
  base_path: z
    .string()
    .regex(/^(\/[A-Za-z0-9._~-]+){1,8}$/, 'a path such as /whatsapp')
    .default('/whatsapp')
    .describe(
      'The path below which push (`/push`) and media (`/media`) are served. Keys are served at /.well-known/oauth/openid/jwks, as the framework says.',
    ),
  integrator: z
    .int()
    .min(1)
    .max(65_535)
    .meta({ examples: [99] })
    .describe(
      'The number that WhatsApp gave the operator as an integrator, in the agreement between the two.',
    ),
  identifier: z
    .enum(['email', 'username'])
    .default('email')
    .describe(
      'What users are known by on WhatsApp: `email` is alice@example.org for @alice:example.org, `username` alice. It is part of the agreement.',
    ),
  issuer: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Who the tokens of users say to be from. `public_url` where absent.'),
  audience: z.string().min(1).max(200).default('WHATSAPP').describe('Whom the tokens of users are for.'),
  enlist_url: url(/^https?$/)
    .default('https://v.whatsapp.net')
    .describe('Where users are enlisted, without the path.'),
  chat_url: url(/^(tcp|wss?)$/)
    .default('tcp://g.whatsapp.net:443')
    .describe('Where the chat channel is: tcp://host:port, or a WebSocket (wss://).'),
  media_url: url(/^https?$/)
    .default('https://mmg.whatsapp.net')
    .describe('The media host, where files that WhatsApp users send are fetched.'),
  push_jwks_url: url(/^https?$/)
    .meta({ examples: ['https://keys.example.com/jwks'] })
    .describe(
      'Where the keys are published that push requests are signed with; the partner documents name it.',
    ),
  host_integrator: z
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .describe('The integrator number under which people of the host itself are looked up. A guess: 0.'),
  roots: z
    .array(
      z.strictObject({
        serial: z.int().min(0).describe('The serial that the chain names.'),
        key: z
          .string()
          .regex(/^(?:[0-9a-f]{64}|[A-Za-z0-9+/]{43}=)$/i, '32 bytes as 64 hexadecimal digits or as base64')
          .describe('The public key: 32 bytes as 64 hexadecimal digits or as base64.'),
      }),
    )
    .min(1)
    .max(8)
    .optional()
    .meta({ examples: [[{ serial: 0, key: '00'.repeat(32) }]] })
    .describe(
      "The keys that may sign the chat channel's certificates; the one that is known of WhatsApp where absent.",
    ),
  custody: z
    .enum(['self', 'operator'])
    .describe(
      'Who holds the keys of users: `self` where everybody who uses this bridge runs it (a person, a household); `operator` where somebody runs it for others, which the reference offer does not allow.',
    ),
  operator_override: z
    .string()
    .optional()
    .describe(`With \`custody: operator\`, this sentence has to stand here: "${operatorSentence}"`),
  active_minutes: z
    .int()
    .min(1)
    .max(1_440)
    .default(10)
    .describe(
      'With `custody: operator`: for how long after a sign of a user on Matrix their connection to WhatsApp stays.',
    ),
  read_receipts: z
    .boolean()
    .default(true)
    .describe('Whether WhatsApp is told at each connection that users exchange read receipts.'),
  media: media.describe('Files that travel with messages.'),
  trusted_hosts: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Hosts (`host` or `host:port`, in lower case) that may be reached without TLS and at private addresses: for tests.',
    ),
});

/** The configuration of the network: the bridge as a partner of WhatsApp's third-party chats. */
export const whatsappConfig = fields.superRefine((config, context) => {
  if (config.custody === 'operator' && config.operator_override !== operatorSentence)
    context.addIssue({
      code: 'custom',
      path: ['custody'],
      message: `holding the keys of others is not allowed by WhatsApp's reference offer; who does it all the same sets operator_override to: ${operatorSentence}`,
    });
  for (const name of ['public_url', 'enlist_url', 'chat_url', 'media_url', 'push_jwks_url'] as const) {
    // What is no address at all has been told already.
    const { protocol } = URL.parse(config[name]) ?? {};
    if ((protocol === 'http:' || protocol === 'ws:') && !isTrusted(config, config[name]))
      context.addIssue({
        code: 'custom',
        path: [name],
        message: 'an address with TLS, or a host of trusted_hosts',
      });
  }
});
export type WhatsappConfig = z.output<typeof whatsappConfig>;

/** Whether the host of an address is one of those that are trusted. */
export function isTrusted(
  { trusted_hosts: hosts }: Pick<WhatsappConfig, 'trusted_hosts'>,
  address: string,
): boolean {
  const { host, hostname } = new URL(address);
  return [host, hostname.replace(/^\[|\]$/g, '')].some((one) => hosts.includes(one));
}

/** The keys that may sign certificates of the chat channel. */
export function rootsOf({ roots }: Pick<WhatsappConfig, 'roots'>): readonly PinnedRoot[] {
  return roots?.map(({ serial, key }) => ({ serial, key: keyIn(key) })) ?? [noiseProfile.root];
}

function keyIn(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, text.length === 64 ? 'hex' : 'base64'));
}

/** Who tokens say to be from. */
export function issuerOf({
  issuer,
  public_url: address,
}: Pick<WhatsappConfig, 'issuer' | 'public_url'>): string {
  return issuer ?? new URL(address).origin;
}

/** The address below which push and media are, as the other side knows it. */
export function baseUrlOf({ public_url: address, base_path: path }: WhatsappConfig): string {
  return `${new URL(address).origin}${path}`;
}
