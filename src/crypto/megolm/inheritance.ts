/** What a device of a new generation takes over from an older device of its account that is still kept. */
import type { CrossSigningKeys } from './identify.ts';
import type { Device } from './engine.ts';
import type { DeviceRecord } from './ledger.ts';
import type { Machine } from './machine.ts';
import type { Pool } from './pool.ts';

/** The account's private cross-signing keys, so that nobody sees a change of identity. */
export async function inheritance(
  pool: Pool<Machine>,
  older: readonly DeviceRecord[],
): Promise<CrossSigningKeys | undefined> {
  for (const { device } of older) {
    const keys = await pool.use(device, async ({ olm }): Promise<CrossSigningKeys | undefined> => {
      const found = await olm.exportCrossSigningKeys();
      return found === undefined
        ? undefined
        : {
            masterKey: found.masterKey,
            self_signing_key: found.self_signing_key,
            userSigningKey: found.userSigningKey,
          };
    });
    if (keys !== undefined) return keys;
  }
  return undefined;
}

/** Copies the room keys of one device to another. */
export async function takeOver(pool: Pool<Machine>, from: Device, to: Device): Promise<void> {
  const keys = await pool.use(from, ({ olm }) => olm.exportRoomKeys(() => true));
  await pool.use(to, ({ olm }) => olm.importExportedRoomKeys(keys, () => undefined));
}
