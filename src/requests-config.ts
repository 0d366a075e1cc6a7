import { z } from 'zod';
import { networkId, type NetworkId } from './core/ids.ts';
import type { RequestLimits } from './core/request.ts';

const most = (fallback: number, description: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(1).max(1_000_000).default(fallback).describe(description);

const choice = (
  network: string,
): z.ZodDefault<z.ZodEnum<Readonly<Record<'as-enabled' | 'on' | 'off', 'as-enabled' | 'on' | 'off'>>>> =>
  z
    .enum(['as-enabled', 'on', 'off'])
    .default('as-enabled')
    .describe(`Whether requests are held on ${network}.`);

/** Which first contacts are held, and how much of them. */
export const requestsSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe(
        'Whether what strangers send is held until its receiver accepts it. A stranger is whoever the user has no chat with, never wrote to, and did not accept.',
      ),
    networks: z
      .strictObject({
        xmpp: choice('XMPP'),
        whatsapp: choice('WhatsApp'),
        thirdparty: choice('the third-party apps that this bridge hosts'),
        loopback: choice('the network in memory'),
      })
      .prefault({})
      .describe('Networks for which it is otherwise than `enabled` says.'),
    maxPerRequest: most(20, 'How many messages of one request wait at most; what comes beyond is dropped.'),
    maxPerUser: most(500, 'How many wait for one user.'),
    maxPerServer: most(200, 'How many of the people of one server wait, for all users together.'),
    maxOverall: most(10_000, 'How many wait in all.'),
    maxSize: z
      .number()
      .int()
      .min(1_024)
      .meta({ unit: 'bytes' })
      .default(64 * 1024 * 1024)
      .describe('How large all that waits may be together.'),
    rooms: z
      .number()
      .int()
      .min(0)
      .max(100)
      .default(10)
      .describe(
        'For how many of their requests a user has a room of its own at most, in a space for requests; the others are told of in the management room alone. With 0, or without `rooms.spaces`, there is no such space.',
      ),
    expireAfter: z
      .number()
      .int()
      .min(1_000)
      .meta({
        unit: 'ms',
        description: 'A request that is not answered for so long is over, and what waits of it is erased.',
      })
      .default(14 * 86_400_000),
  })
  .prefault({})
  .describe('Message requests: first contacts of strangers.');
export type RequestsConfig = z.output<typeof requestsSchema>;

/** Whether first contacts on a network are held. */
export function isRequested({ enabled, networks }: RequestsConfig): (network: NetworkId) => boolean {
  const own = new Map<string, 'as-enabled' | 'on' | 'off'>(Object.entries(networks));
  return (network) => {
    const chosen = own.get(network) ?? 'as-enabled';
    return chosen === 'as-enabled' ? enabled : chosen === 'on';
  };
}

/** The networks of the configuration on which first contacts are not held. */
export function unrequested(config: RequestsConfig, ids: readonly string[]): readonly NetworkId[] {
  const isOn = isRequested(config);
  return ids.map(networkId).filter((id) => !isOn(id));
}

/** How much may be held. */
export function requestLimits(config: RequestsConfig): RequestLimits {
  const { maxPerRequest, maxPerUser, maxPerServer, maxOverall, maxSize } = config;
  return {
    ...{ perRequest: maxPerRequest, perUser: maxPerUser, perServer: maxPerServer },
    ...{ overall: maxOverall, size: maxSize },
  };
}
