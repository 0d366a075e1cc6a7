import { errcodeOf } from '../context.ts';
import { fail, ok, told, type Check } from '../check.ts';
import { homeserver } from './homeserver.ts';

/** Whether the homeserver lets the second registration act as its users; examined only where there is one. */
export const doublePuppet: Check = {
  name: told('doctor.check.double-puppet'),
  needs: [homeserver],
  run: async ({ homeserver: server, homeserverUrl: url, domain, puppetRegistration }) => {
    if (puppetRegistration?.users.some(({ exclusive }) => exclusive) === true)
      return fail('doctor.double-puppet.exclusive');
    // Nobody has this name: a homeserver that would let the bridge act as them says so, or that they are not there.
    const user = `@doctor.double.puppet:${domain}`;
    const path = `/_matrix/client/v3/account/whoami?user_id=${encodeURIComponent(user)}`;
    const answer = await server.request({ method: 'GET', path, puppet: true });
    if (answer.kind === 'unreachable')
      return fail('doctor.homeserver.unreachable', { url, code: answer.code });
    if (answer.status === 401) return fail('doctor.double-puppet.unknown');
    const { error } = answer.json;
    const isMissing = typeof error === 'string' && /not registered|does not exist/i.test(error);
    return answer.status === 200 || isMissing
      ? ok('doctor.double-puppet.ok', { domain })
      : fail('doctor.double-puppet.not-covered', { user, domain, code: errcodeOf(answer) });
  },
};
