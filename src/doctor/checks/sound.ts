import { ok, told, warn, type Check } from '../check.ts';

/** Whether voice messages can be made playable for everybody. The bridge works without. */
export const sound: Check = {
  name: told('doctor.check.sound'),
  needs: [],
  run: async ({ sound: probe }) => {
    const found = await probe.look();
    if (found.kind === 'none') return warn('doctor.sound.none');
    const { version, lacks } = found;
    if (lacks.length > 0) return warn('doctor.sound.lacks', { version, lacks: lacks.join(', ') });
    return ok('doctor.sound.ok', { version });
  },
};
