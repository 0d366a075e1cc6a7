/** What a provider has to know: about itself, and about the host whose users its own users want to reach. */
import { z } from 'zod';
import { hostFactsSchema } from '../../src/interop/web/host-facts.ts';
import { identifierTypes } from '../../src/interop/identity/identifier.ts';

const url = (protocols: RegExp): z.ZodURL => z.url({ protocol: protocols });

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
  host_url: url(/^https?$/)
    .optional()
    .describe('The public address of the host, which says there what else has to be known of it.'),
  host: hostFactsSchema
    .strict()
    .optional()
    .describe('The same, written down. Who has built for a gatekeeper changes these addresses and no more.'),
  trusted_hosts: z
    .array(z.string())
    .default([])
    .describe('Hosts (`name` or `name:port`) that may have private addresses and no TLS.'),
});
export type ProviderConfig = z.infer<typeof providerSchema>;
