import { z } from 'zod';
import { time } from './time-setting.ts';

const minute = 60_000;

/** Where health, metrics and the provisioning API are served, and from when on something is trouble. */
export const httpSchema = z
  .strictObject({
    bind: z
      .strictObject({
        host: z
          .string()
          .min(1)
          .meta({ examples: ['127.0.0.1'] })
          .describe('The address to listen on.'),
        port: z
          .number()
          .int()
          .min(0)
          .max(65_535)
          .meta({ examples: [29_341] })
          .describe('The port to listen on.'),
      })
      .optional()
      .describe(
        'Where /live, /ready and /metrics are served; on the same address as for the homeserver where absent.',
      ),
    metrics: z.boolean().default(true).describe('Whether /metrics is served, for Prometheus.'),
    provisioning: z
      .strictObject({
        secret: z
          .string()
          .min(16)
          .max(1_024)
          .regex(/^[\x21-\x7e]+$/, { message: 'letters, digits and signs, without spaces' })
          .meta({ secret: true })
          .describe('What programs send as a bearer token. Whoever has it can change the rules.'),
      })
      .optional()
      .describe(
        'The HTTP API for rules, /_causeway/v1, on the same address as /metrics. Leave the section out to do without. Without `bind` it is on the address that the homeserver calls, which is told at the start.',
      ),
    health: z
      .strictObject({
        homeserverSlow: time(2_000, 'From when on a usual answer of the homeserver counts as slow.'),
        databaseSlow: time(1_000, 'From when on a transaction of the database counts as slow.'),
        backlogStuck: time(
          10 * minute,
          'The bridge is not ready where an event waits for so long and nothing has ended meanwhile.',
        ),
        clockOff: time(
          minute / 2,
          'How far the clocks of the bridge and of the homeserver may be apart before it is told.',
        ),
        linkSilent: time(
          5_000,
          'How long the other end of a link may leave something unanswered before the bridge is not ready.',
        ),
        flapWindow: time(5 * minute, 'A link that breaks three times within this time is unsteady.'),
      })
      .prefault({})
      .describe('From when on /ready calls something trouble.'),
  })
  .prefault({})
  .describe('Health and metrics.');
