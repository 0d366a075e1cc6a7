/** One's own signing keys among what a network keeps: one record, so that a change of keys is there as a whole or not. */
import { z } from 'zod';
import type { NetworkId } from '../../core/ids.ts';
import type { NetworkRecords } from '../../core/network-records.ts';
import type { SigningKeyStore } from './signing-keys.ts';

const of = { collection: 'signing-keys', owner: '', name: 'all' };
const kept = z.array(z.object({ kid: z.string(), privateKey: z.string(), signsFrom: z.number() }).readonly());

/** `load` throws where the record is none of ours: making new keys would end every token that is in use. */
export function signingKeysIn(
  records: Pick<NetworkRecords, 'get' | 'commit'>,
  network: NetworkId,
  now: () => number = Date.now,
): SigningKeyStore {
  return {
    load: async () => {
      const found = await records.get(network, of);
      if (found === undefined) return [];
      const parsed = kept.safeParse(parsedJson(found.value));
      if (!parsed.success) throw new Error('the signing keys that are kept cannot be read');
      return parsed.data;
    },
    save: async (keys) => {
      await records.commit(network, [{ kind: 'put', of, value: JSON.stringify(keys), at: now() }]);
    },
  };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
