import { fail, ok, told, warn, type Check, type Finding } from '../check.ts';
import type { PublicProbe } from '../context.ts';

const day = 86_400_000;
/** Certificates are renewed before this. */
const soon = 14;

/** Whether the certificate at a public address is good, and for how long. */
export function certificate(probe: PublicProbe): Check {
  const { network, url } = probe;
  return {
    name: told('doctor.check.certificate', { network }),
    needs: [],
    run: async ({ now }): Promise<Finding> => {
      const seen = await probe.certificate();
      switch (seen.kind) {
        case 'valid': {
          const days = Math.floor((seen.until - now()) / day);
          return days < soon
            ? warn('doctor.certificate.soon', { url, days })
            : ok('doctor.certificate.valid', { days });
        }
        case 'plain':
          return warn('doctor.certificate.plain', { url });
        case 'refused':
          return fail('doctor.certificate.refused', { url, code: seen.code });
      }
    },
  };
}
