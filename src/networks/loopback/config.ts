import * as z from 'zod';

/** What an operator may set under `networks.loopback`. */
export const loopbackConfig = z.strictObject({
  maxTextBytes: z
    .int()
    .positive()
    .default(65_536)
    .describe('The longest text that the network takes, in bytes.'),
  maxMediaBytes: z
    .int()
    .positive()
    .default(104_857_600)
    .describe('The largest file that the network takes, in bytes.'),
});

export type LoopbackConfig = Readonly<z.infer<typeof loopbackConfig>>;
