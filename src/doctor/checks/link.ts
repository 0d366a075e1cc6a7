import type { LinkProbe } from '../context.ts';
import { fail, ok, told, warn, type Check, type Finding, type Told } from '../check.ts';
import { text } from '../../texts/catalogue.ts';

/** Whether a network's link is up. */
export function link(probe: LinkProbe): Check {
  const { network } = probe;
  return {
    name: told('doctor.check.link', { network }),
    needs: [],
    run: async () => {
      const { kind, reason } = await probe.look();
      if (kind === 'up') return ok('doctor.link.up');
      const why = reason === undefined ? undefined : told(`reason.${reason}`);
      const finding =
        kind === 'connecting'
          ? warn('doctor.link.connecting', { reason: '' })
          : fail('doctor.link.down', { network, reason: '' });
      return { kind: finding.kind, told: withReason(kind, network, why) };
    },
  };
}

/** The reason is told in the language of the finding. */
function withReason(kind: 'connecting' | 'down', network: string, why: Told | undefined): Finding['told'] {
  const key = `doctor.link.${kind}` as const;
  return {
    key,
    in: (language) => {
      const reason = why?.in(language) ?? '';
      return key === 'doctor.link.down'
        ? text(language, key, { network, reason })
        : text(language, key, { reason });
    },
  };
}
