/**
 * What a provider has to know of a host, in one place: its addresses, what its tokens are for, and the root keys of its chat
 * channel. A host that serves it by https lets a provider configure one address; who is careful keeps the root keys.
 */
import { Router } from 'express';
import { z } from 'zod';
import { hostFacts } from '../profile/host-profile.ts';

const web = z
  .string()
  .regex(/^https?:\/\/[^\s?#@]+$/, 'an http or https URL without user, query and fragment');
const key = z
  .base64()
  .refine((text) => Buffer.from(text, 'base64').byteLength === 32, { message: 'a key has 32 bytes' });

/** The form in which it is served, and in which a provider may write it down. */
export const hostFactsSchema = z.object({
  enlist_url: web.describe('Where users are enlisted; the path of enlistment is added.'),
  chat_url: z
    .string()
    .regex(/^(?:tcp|wss?):\/\/[^\s?#@]+$/, 'tcp://host:port, or the address of a WebSocket')
    .describe('The chat channel: tcp://host:port, or wss:// for WebSocket.'),
  media_url: web.describe('The base of what the host serves; `/v/t…` is added.'),
  push_jwks_url: web.describe('The keys that sign the pushes of the host.'),
  audience: z.string().min(1).max(2000).describe('What the host calls itself: the `aud` of the tokens.'),
  roots: z
    .array(z.object({ serial: z.int().nonnegative(), key }))
    .min(1)
    .max(16)
    .describe('The root keys of the certificates of the chat channel.'),
});
export type HostFacts = Readonly<z.infer<typeof hostFactsSchema>>;

/** Serves them; 503 while they cannot be read. */
export function hostFactsRouter(facts: () => Promise<HostFacts>): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router
    .route(hostFacts.path)
    .get(async (_request, response) => {
      const told = await facts().catch(() => undefined);
      if (told === undefined) response.set('Retry-After', '30').status(503).end();
      else response.set('Cache-Control', 'public, max-age=300').json(told);
    })
    .all((_request, response) => {
      response.set('Allow', 'GET, HEAD').status(405).end();
    });
  return router;
}

/** Reads them; `undefined` where they are none. Never throws. */
export function parseHostFacts(body: Uint8Array): HostFacts | undefined {
  if (body.byteLength > hostFacts.mostBytes) return undefined;
  try {
    return hostFactsSchema.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))).data;
  } catch {
    return undefined;
  }
}
