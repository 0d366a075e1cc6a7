import { ok, told, warn, type Check } from '../check.ts';

/** Whether the registration asks for typing, reading and presence, which a homeserver else keeps to itself. */
export const signals: Check = {
  name: told('doctor.check.signals'),
  needs: [],
  run: async ({ registration }) =>
    registration.ephemeral ? ok('doctor.signals.ok') : warn('doctor.signals.not-asked'),
};
