import { text, type Language } from '../../texts/catalogue.ts';
import { ok, told, type Check } from '../check.ts';
import type { LinkProbe } from '../context.ts';

/** Whether a network's link is up. */
export function link(probe: LinkProbe): Check {
  const { network } = probe;
  return {
    name: told('doctor.check.link', { network }),
    needs: [],
    run: async () => {
      const { kind, reason } = await probe.look();
      if (kind === 'up') return ok('doctor.link.up');
      const why = (language: Language): string =>
        reason === undefined ? '' : text(language, `reason.${reason}`);
      return kind === 'connecting'
        ? {
            kind: 'warn',
            told: {
              key: 'doctor.link.connecting',
              in: (language) => text(language, 'doctor.link.connecting', { reason: why(language) }),
            },
          }
        : {
            kind: 'fail',
            told: {
              key: 'doctor.link.down',
              in: (language) => text(language, 'doctor.link.down', { network, reason: why(language) }),
            },
          };
    },
  };
}
