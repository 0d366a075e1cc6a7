import type { KeptSigningKey } from '../../src/interop/identity/signing-key-plan.ts';
import type { SigningKeyStore } from '../../src/interop/identity/signing-keys.ts';
import type { Database } from './database.ts';

/** The provider's own keys: `save` replaces all of them at once. */
export function signingKeyStore(database: Database): SigningKeyStore {
  return {
    load: async () =>
      database
        .prepare<[], KeptSigningKey>(
          'select kid, private_key as privateKey, signs_from as signsFrom from signing_keys',
        )
        .all(),
    save: async (keys) => {
      const put = database.prepare(
        'insert into signing_keys (kid, private_key, signs_from) values (?, ?, ?)',
      );
      database
        .transaction(() => {
          database.prepare('delete from signing_keys').run();
          for (const { kid, privateKey, signsFrom } of keys) put.run(kid, privateKey, signsFrom);
        })
        .immediate();
    },
  };
}
