import { z } from 'zod';
import type { SignalKind } from './core/event.ts';
import type { Direction } from './core/policy.ts';
import type { SignalLimits } from './core/signal-queue.ts';

interface Ways {
  readonly toMatrix: z.ZodDefault<z.ZodBoolean>;
  readonly toNetwork: z.ZodDefault<z.ZodBoolean>;
}
const ways = (what: string): Ways => ({
  toMatrix: z
    .boolean()
    .default(true)
    .describe(`Whether Matrix users see ${what} of people on other networks.`),
  toNetwork: z
    .boolean()
    .default(true)
    .describe(`Whether people on other networks see ${what} of Matrix users.`),
});

/** Which signals pass: what is told as it happens, and not kept. */
export const signalsSchema = z
  .strictObject({
    typing: z.strictObject(ways('the typing')).prefault({}).describe('Who is writing just now.'),
    readReceipts: z
      .strictObject(ways('the read receipts'))
      .prefault({})
      .describe('Who has read what. Receipts that are private on Matrix never pass.'),
    presence: z
      .strictObject({
        ...ways('the presence'),
        perSecond: z
          .number()
          .positive()
          .max(1_000)
          .default(5)
          .describe(
            'How many requests for the presence of ghosts the homeserver gets in a second at most. Each of them has to be repeated every 20 seconds while the person is there, so this bounds how many are shown as present.',
          ),
      })
      .prefault({})
      .describe('Who is there.'),
  })
  .prefault({})
  .describe('Typing, read receipts and presence.');
export type SignalsConfig = z.output<typeof signalsSchema>;

/** Whether signals of a kind pass in a direction. */
export function passes(config: SignalsConfig): (kind: SignalKind, direction: Direction) => boolean {
  const sections = { typing: config.typing, receipt: config.readReceipts, presence: config.presence };
  return (kind, direction) =>
    direction === 'to-matrix' ? sections[kind].toMatrix : sections[kind].toNetwork;
}

/** What one person and all together may signal; beyond it the newest waits for its turn. */
export const signalLimits: SignalLimits = {
  perSecond: 50,
  burst: 200,
  personPerSecond: 2,
  personBurst: 10,
  mostWaiting: 2_000,
};
