import { ok, told, type Check } from '../check.ts';
import type { LinkProbe } from '../context.ts';
import { troubleFinding } from './bridge.ts';

/** Whether a network's link is up and steady. */
export function link(probe: LinkProbe): Check {
  const { network } = probe;
  return {
    name: told('doctor.check.link', { network }),
    needs: [],
    run: async () => {
      const seen = await probe.look();
      if (seen === undefined) return { kind: 'skipped', told: told('doctor.link.not-running') };
      const { state, trouble } = seen;
      if (trouble === undefined) return ok('doctor.link.up');
      const passes = state === 'degraded' || trouble === 'link-connecting';
      return troubleFinding(
        passes ? 'warn' : 'fail',
        state === 'failed' ? 'doctor.link.trouble' : 'doctor.bridge.trouble',
        [trouble],
      );
    },
  };
}
