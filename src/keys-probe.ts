import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { EncryptionConfig } from './matrix/crypto/config.ts';
import type { KeysProbe } from './doctor/context.ts';

/** Looks whether the file of keys can be written, or made where there is none; undefined where the bridge does not encrypt. */
export function keysProbe({ allow, file }: EncryptionConfig): KeysProbe | undefined {
  if (!allow || file === undefined) return undefined;
  return {
    file,
    problem: async () => {
      try {
        const isThere = await stat(file).then(
          () => true,
          () => false,
        );
        await access(isThere ? file : dirname(file), constants.R_OK | constants.W_OK);
        return undefined;
      } catch (error) {
        return error instanceof Error && 'code' in error ? String(error.code) : '–';
      }
    },
  };
}
