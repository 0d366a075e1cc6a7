import { errcodeOf } from '../context.ts';
import { fail, ok, told, type Check } from '../check.ts';
import { homeserver } from './homeserver.ts';

/** Whether the homeserver knows the as_token, and is the one that is configured. */
export const asToken: Check = {
  name: told('doctor.check.as-token'),
  needs: [homeserver],
  run: async ({ homeserver: server, homeserverUrl: url, domain }) => {
    const answer = await server.request({ method: 'GET', path: '/_matrix/client/v3/account/whoami' });
    if (answer.kind === 'unreachable')
      return fail('doctor.homeserver.unreachable', { url, code: answer.code });
    if (answer.status === 401) return fail('doctor.as-token.unknown');
    const user = answer.json['user_id'];
    if (answer.status !== 200 || typeof user !== 'string')
      return fail('doctor.as-token.failed', { status: answer.status, code: errcodeOf(answer) });
    const found = user.slice(user.indexOf(':') + 1);
    return found === domain
      ? ok('doctor.as-token.ok', { user })
      : fail('doctor.as-token.other-server', { found, expected: domain });
  },
};
