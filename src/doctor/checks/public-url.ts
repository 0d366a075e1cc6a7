import { fail, ok, told, type Check, type Finding } from '../check.ts';
import type { PublicProbe } from '../context.ts';

/** Whether what a network shows to the world is there, and is ours. */
export function publicUrl(probe: PublicProbe): Check {
  const { network, url } = probe;
  return {
    name: told('doctor.check.public-url', { network }),
    needs: [],
    run: async (): Promise<Finding> => {
      const seen = await probe.look();
      switch (seen.kind) {
        case 'served':
          return ok('doctor.public-url.served', { url });
        case 'elsewhere':
          return fail('doctor.public-url.elsewhere', { url, network });
        case 'not-running':
          return { kind: 'skipped', told: told('doctor.public-url.not-running') };
        case 'other':
          return fail('doctor.public-url.other', { url, network, status: seen.status });
        case 'unreachable':
          return fail('doctor.public-url.unreachable', { url, code: seen.code });
      }
    },
  };
}
