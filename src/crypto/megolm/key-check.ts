/** Whether a key is the one that the store was made with, told before anything is done with it. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Ledger } from './ledger.ts';
import { Machine } from './machine.ts';
import type { EngineStore } from './store/open-store.ts';

const name = 'key-check';
const cipher = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
/** So many machines of a file without a check value are tried: one of them may be damaged. */
const mostTried = 3;

/**
 * Tests the key on the store's check value. A file that has none gets one: a new one at once, one from before there were
 * check values after the key has opened one of its machines. To be called when the store is installed.
 */
export async function isKeyOf(
  store: Pick<EngineStore, 'own' | 'together'>,
  ledger: Ledger,
  key: Uint8Array,
): Promise<boolean> {
  const kept = store.own.get(name);
  if (kept !== undefined) return opens(kept, key);
  if (ledger.size > 0 && !(await opensMachine(store, ledger, key))) return false;
  await store.own.put(name, checkValue(key));
  return true;
}

/** Nothing, authenticated under a key of its own (AES-256-GCM): what follows the nonce is the tag. */
function checkValue(key: Uint8Array): string {
  const nonce = randomBytes(nonceBytes);
  const seal = createCipheriv(cipher, checkKey(key), nonce, { authTagLength: tagBytes });
  seal.final();
  return Buffer.concat([nonce, seal.getAuthTag()]).toString('base64');
}

function opens(value: string, key: Uint8Array): boolean {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== nonceBytes + tagBytes) return false;
  const options = { authTagLength: tagBytes };
  const open = createDecipheriv(cipher, checkKey(key), bytes.subarray(0, nonceBytes), options);
  open.setAuthTag(bytes.subarray(nonceBytes));
  try {
    open.final();
    return true;
  } catch {
    return false;
  }
}

/** The key of the check value (RFC 5869), so that no store of a machine has the same. */
function checkKey(key: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', 'io.causeway.megolm check', 32));
}

async function opensMachine(
  store: Pick<EngineStore, 'together'>,
  ledger: Ledger,
  key: Uint8Array,
): Promise<boolean> {
  for (const { device } of ledger.all().slice(0, mostTried))
    try {
      const machine = await Machine.open(device, key, store);
      machine.close();
      return true;
    } catch {
      // Of another key, or damaged: another machine may tell.
    }
  return false;
}
