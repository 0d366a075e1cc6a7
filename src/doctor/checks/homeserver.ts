import { fail, ok, told, type Check } from '../check.ts';

/** Whether a Matrix homeserver answers at the configured address. */
export const homeserver: Check = {
  name: told('doctor.check.homeserver'),
  needs: [],
  run: async ({ homeserver: server, homeserverUrl: url }) => {
    const answer = await server.request({ method: 'GET', path: '/_matrix/client/versions', anonymous: true });
    if (answer.kind === 'unreachable')
      return fail('doctor.homeserver.unreachable', { url, code: answer.code });
    return answer.status === 200 && Array.isArray(answer.json['versions'])
      ? ok('doctor.homeserver.ok', { ms: answer.ms })
      : fail('doctor.homeserver.not-matrix', { url, status: answer.status });
  },
};
