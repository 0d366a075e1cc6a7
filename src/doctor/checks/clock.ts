import { fail, ok, told, warn, type Check } from '../check.ts';
import { homeserver } from './homeserver.ts';

/** The Date header is exact to a second, and some time passes on the way. Milliseconds. */
const notable = 5_000;
const wrong = 60_000;

/** Whether this machine's clock agrees with the homeserver's. */
export const clock: Check = {
  name: told('doctor.check.clock'),
  needs: [homeserver],
  run: async ({ homeserver: server, now }) => {
    const answer = await server.request({ method: 'GET', path: '/_matrix/client/versions', anonymous: true });
    if (answer.kind === 'unreachable' || answer.date === undefined) return warn('doctor.clock.unknown');
    const off = Math.abs(now() - answer.ms / 2 - answer.date);
    const seconds = Math.round(off / 1000);
    if (off >= wrong) return fail('doctor.clock.off', { seconds });
    return off >= notable ? warn('doctor.clock.off', { seconds }) : ok('doctor.clock.ok', { seconds });
  },
};
