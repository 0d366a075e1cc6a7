/** What a provider has to know: about itself, and about the host whose users its own users want to reach. */
import { z } from 'zod';
import { identifierTypes } from '../../src/interop/identity/identifier.ts';

const url = (protocols: RegExp): z.ZodURL => z.url({ protocol: protocols });

const hostSchema = z
  .strictObject({
    enlist_url: url(/^https?$/).describe('Where users are enlisted; the path is added.'),
    chat_url: url(/^(?:tcp|wss?)$/).describe('The chat channel: tcp://host:port, or wss:// for WebSocket.'),
    media_url: url(/^https?$/).describe('The base of what the host serves; `/v/t…` is added.'),
    push_jwks_url: url(/^https?$/).describe('The keys that sign the pushes of the host.'),
    audience: z.string().min(1).describe('What the host calls itself: the `aud` of the tokens.'),
    roots: z
      .array(
        z.strictObject({
          serial: z.int().nonnegative(),
          key: z.base64().refine((text) => Buffer.from(text, 'base64').byteLength === 32, {
            message: 'a root key has 32 bytes',
          }),
        }),
      )
      .min(1)
      .describe('The root keys of the certificates of the chat channel.'),
  })
  .describe('The host; one who has built for a gatekeeper changes these addresses and no more.');

export const providerSchema = z.strictObject({
  integrator: z.int().min(1).max(0xffff).describe('The number that the host has given to the provider.'),
  name: z.string().min(1).max(64),
  issuer: z.string().min(1).describe('The `iss` of the tokens, as the host knows the provider.'),
  identifier: z.enum(identifierTypes).default('email').describe('What users are known by.'),
  listen: z.strictObject({ host: z.string().default('127.0.0.1'), port: z.int().min(0).max(65_535) }),
  public_url: url(/^https?$/)
    .optional()
    .describe('How the host reaches this server; where it listens, if absent.'),
  folder: z.string().min(1).describe('Where everything is kept.'),
  host: hostSchema.optional(),
  trusted_hosts: z
    .array(z.string())
    .default([])
    .describe('Hosts (`name` or `name:port`) that may have private addresses and no TLS.'),
});
export type ProviderConfig = z.infer<typeof providerSchema>;
export type HostConfig = z.infer<typeof hostSchema>;
export { hostSchema };
