import { fail, ok, told, type Check, type Finding } from '../check.ts';
import type { KeySource } from '../context.ts';

/** Whether keys that others publish can be fetched: without them nobody of theirs gets in. */
export function keySource(source: KeySource): Check {
  const { network, name, url } = source;
  return {
    name: told('doctor.check.key-source', { network, name }),
    needs: [],
    run: async (): Promise<Finding> => {
      const seen = await source.look();
      if (seen.kind === 'failed') return fail('doctor.key-source.failed', { url, code: seen.code });
      return seen.count === 0
        ? fail('doctor.key-source.none', { url })
        : ok('doctor.key-source.keys', { count: seen.count });
    },
  };
}
