import * as z from 'zod';

/** What an operator may set under `networks.loopback`. */
export const loopbackConfig = z.strictObject({
  maxTextBytes: z
    .int()
    .min(12)
    .default(65_536)
    .describe('The longest text that the network takes in one message, in bytes. Longer ones are split.'),
  maxTextParts: z
    .int()
    .positive()
    .default(8)
    .describe('How many messages a long text may become. One that would become more is attached as a file.'),
  maxMediaBytes: z
    .int()
    .positive()
    .default(104_857_600)
    .describe('The largest file that the network takes, in bytes.'),
  addressIsPrivate: z
    .boolean()
    .default(false)
    .describe(
      'Whether numbers and e-mail addresses of people are theirs to share, so that no name shows one.',
    ),
});

export type LoopbackConfig = Readonly<z.infer<typeof loopbackConfig>>;
