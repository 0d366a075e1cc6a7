/** A process that keeps events without end and prints the name of each one that it was told is kept. */
import { text } from 'node:stream/consumers';
import { openStorage } from '../../../../src/storage/storage.ts';
import { anEvent, silentLog } from '../../../support/storage.ts';
import { storageSchema } from '../../../../src/storage/config.ts';
import { z } from 'zod';

const input = z
  .object({ file: z.string(), url: z.string().optional(), key: z.string() })
  .parse(JSON.parse(await text(process.stdin)));
const storage = await openStorage(storageSchema.parse(input), { log: silentLog });
await Promise.all(
  Array.from({ length: 8 }, async (_, worker) => {
    for (let n = 0; ; n += 1) {
      const events = [0, 1, 2].map((part) => anEvent({ outerId: `$${worker}-${n}-${part}` }));
      await storage.events.keep(events);
      process.stdout.write(events.map(({ outerId }) => `${outerId}\n`).join(''));
    }
  }),
);
