import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { bridgeConfig, configSchema, type BridgeConfig } from '../../src/config-schema.ts';
import { newRegistration, parseRegistration } from '../../src/registration.ts';

/** All that a bridge under test is started with: the defaults of the configuration but for names and places. */
export const planSchema = z.object({
  dir: z.string(),
  homeserver: z.string(),
  domain: z.string(),
  port: z.int(),
  storageKey: z.string(),
  registration: z.string(),
  /** What tells two bridges of one homeserver apart: the registration's id, the bot's localpart, the ghosts' prefix. */
  id: z.string(),
  /** Whether the rooms that it makes are encrypted. */
  encrypted: z.boolean(),
});
export type BridgePlan = z.output<typeof planSchema>;

export const network = 'loopback';

/** A plan with fresh secrets; of a bridge named `causeway` whose rooms are plain where nothing else is said. */
export function bridgePlan(place: {
  readonly dir: string;
  readonly homeserver: string;
  readonly domain: string;
  readonly port: number;
  readonly id?: string;
  readonly encrypted?: boolean;
}): BridgePlan {
  const { id = 'causeway', encrypted = false } = place;
  const registration = newRegistration({
    id,
    url: `http://127.0.0.1:${place.port}`,
    domain: place.domain,
    senderLocalpart: `_${id}`,
    botLocalpart: id,
    ghostPrefix: prefixOf(id),
    networks: [network],
  });
  return { ...place, id, encrypted, storageKey: randomBytes(32).toString('hex'), registration };
}

/** The configuration that the plan comes to, as `causeway` would read it from a file. */
export function configOf(plan: BridgePlan): BridgeConfig {
  const file = configSchema.parse({
    homeserver: { url: plan.homeserver, domain: plan.domain },
    appservice: {
      ...{ id: plan.id, senderLocalpart: `_${plan.id}`, botLocalpart: plan.id },
      ...{ ghostPrefix: prefixOf(plan.id), bind: { host: '127.0.0.1', port: plan.port } },
    },
    storage: { file: join(plan.dir, 'causeway.db'), key: plan.storageKey },
    networks: { [network]: {} },
    reach: { [network]: { optIn: 'automatic' } },
    // What is measured is the way of messages.
    rooms: { spaces: false },
    requests: { enabled: false },
    encryption: plan.encrypted ? {} : { allow: false, default: false },
  });
  return bridgeConfig(file, tokensOf(plan));
}

export function tokensOf(plan: BridgePlan): { readonly asToken: string; readonly hsToken: string } {
  const read = parseRegistration(plan.registration);
  if (read.kind !== 'registration') throw new Error('The plan has no registration.');
  return { asToken: read.registration.as_token, hsToken: read.registration.hs_token };
}

/** The Matrix user ID of a person's ghost. */
export function ghostOf(plan: BridgePlan, person: string): string {
  return `@${prefixOf(plan.id)}${network}_${person}:${plan.domain}`;
}

function prefixOf(id: string): string {
  return id === 'causeway' ? '_' : `_${id}_`;
}
