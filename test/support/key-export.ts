/** A process that prints, as JSON, the private keys in a copy of the bridge's file of keys: `<file> <its key in hexadecimal>`. */
import * as wasm from '@matrix-org/matrix-sdk-crypto-wasm';
import { Ledger } from '../../src/crypto/megolm/ledger.ts';
import { Machine } from '../../src/crypto/megolm/machine.ts';
import { openStore } from '../../src/crypto/megolm/store/open-store.ts';

/** What is printed: base64. */
export interface ExportedKeys {
  readonly crossSigning: readonly string[];
  readonly roomKeys: readonly string[];
}

interface RoomKey {
  readonly session_key: string;
}

async function run([file = '', key = '']: readonly string[]): Promise<ExportedKeys> {
  const store = openStore(file);
  store.install(globalThis);
  await wasm.initAsync();
  const crossSigning: string[] = [];
  const roomKeys: string[] = [];
  for (const { device } of (await Ledger.load(store)).all()) {
    const machine = await Machine.open(device, Buffer.from(key, 'hex'), store);
    const own = await machine.olm.exportCrossSigningKeys();
    crossSigning.push(...[own?.masterKey, own?.self_signing_key, own?.userSigningKey].filter(isThere));
    const sessions = JSON.parse(await machine.olm.exportRoomKeys(() => true)) as readonly RoomKey[];
    roomKeys.push(...sessions.map(({ session_key: session }) => session));
    machine.close();
  }
  await store.close();
  return { crossSigning, roomKeys };
}

function isThere(key: string | undefined): key is string {
  return key !== undefined;
}

process.stdout.write(JSON.stringify(await run(process.argv.slice(2))));
