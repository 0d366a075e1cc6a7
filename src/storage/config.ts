/** The storage section of the configuration. */
import { z } from 'zod';
import { parseKey } from './cipher.ts';

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function isUnit(text: string | undefined): text is keyof typeof unitMs {
  return text !== undefined && text in unitMs;
}

/** `90s`, `15m`, `24h` or `60d`, as milliseconds. */
const duration = z
  .string()
  .regex(/^[1-9][0-9]{0,5}[smhd]$/, 'a number with a unit: s, m, h or d, such as 24h')
  .transform((text) => {
    const unit = text.at(-1);
    return Number(text.slice(0, -1)) * (isUnit(unit) ? unitMs[unit] : 0);
  });

const key = z
  .string()
  .refine((text) => parseKey(text) !== undefined, '32 bytes as 64 hexadecimal digits or as base64')
  .transform((text) => parseKey(text) ?? Buffer.alloc(0));

/** Where and how the bridge keeps its state. */
export const storageSchema = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .default('causeway.db')
      .describe(
        'The SQLite database file. It is made where there is none; its directory must exist. Not used where `url` is set.',
      ),
    url: z
      .url({ protocol: /^postgres(ql)?$/, hostname: /.*/ })
      .optional()
      .describe(
        'The PostgreSQL database to use instead of SQLite: postgresql://user:password@host:5432/database. Secret.',
      ),
    key: key.describe(
      'The key that kept messages are encrypted with: 32 random bytes as hexadecimal digits or base64 (`openssl rand -hex 32`). Secret. Without it what is kept is lost.',
    ),
    oldKeys: z
      .array(key)
      .default([])
      .describe('Earlier keys, which still decrypt what was kept before `key` replaced them. Secret.'),
    synchronous: z
      .enum(['full', 'normal'])
      .default('full')
      .describe(
        'SQLite only: `full` survives a loss of power; `normal` is faster and may lose the last moments then, but never corrupts.',
      ),
    pool: z
      .int()
      .min(2)
      .max(100)
      .default(8)
      .describe('PostgreSQL only: how many connections the bridge may open.'),
    keepPayloads: duration
      .default(unitMs.d)
      .describe(
        'How long the encrypted content of an event is kept after it ended, so that it can be tried again. Default 24h.',
      ),
    keepRecords: duration
      .default(60 * unitMs.d)
      .describe(
        'How long it is remembered that an event was there and how it ended, by which duplicates are known. Default 60d.',
      ),
  })
  .describe('Where and how the bridge keeps its state.');

/** The parsed section; durations in milliseconds, keys as bytes. */
export type StorageConfig = z.output<typeof storageSchema>;
