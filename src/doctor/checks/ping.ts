/** The ping: https://spec.matrix.org/v1.15/application-service-api/#pinging */
import { errcodeOf, type DoctorContext, type ProbeAnswer } from '../context.ts';
import { fail, ok, told, warn, type Check, type Finding } from '../check.ts';
import { asToken } from './as-token.ts';

/** Whether the homeserver reaches the bridge, with the token that the bridge accepts. */
export const ping: Check = {
  name: told('doctor.check.ping'),
  needs: [asToken],
  run: async (context) => {
    const listening = await context.listener.listen();
    if (listening.kind === 'failed') return fail('doctor.ping.cannot-listen', { code: listening.code });
    try {
      return findingOf(
        context,
        await context.homeserver.request({
          method: 'POST',
          path: `/_matrix/client/v1/appservice/${encodeURIComponent(context.registration.id)}/ping`,
          body: { transaction_id: 'causeway-doctor' },
        }),
      );
    } finally {
      if (listening.kind === 'listening') await listening[Symbol.asyncDispose]();
    }
  },
};

function findingOf({ homeserverUrl, registration }: DoctorContext, answer: ProbeAnswer): Finding {
  if (answer.kind === 'unreachable')
    return fail('doctor.homeserver.unreachable', { url: homeserverUrl, code: answer.code });
  if (answer.status === 200) {
    const ms = answer.json['duration_ms'];
    return ok('doctor.ping.ok', { ms: typeof ms === 'number' ? ms : answer.ms });
  }
  const url = registration.url ?? '–';
  const seen = answer.json['status'];
  switch (errcodeOf(answer)) {
    case 'M_BAD_STATUS':
      return seen === 401 || seen === 403
        ? fail('doctor.ping.wrong-token')
        : fail('doctor.ping.bad-status', { status: typeof seen === 'number' ? seen : '–' });
    case 'M_CONNECTION_FAILED':
      return fail('doctor.ping.connection', { url });
    case 'M_CONNECTION_TIMEOUT':
      return fail('doctor.ping.timeout', { url });
    case 'M_URL_NOT_SET':
      return fail('doctor.ping.no-url');
    case 'M_FORBIDDEN':
      return fail('doctor.ping.wrong-id');
    case 'M_UNRECOGNIZED':
      return warn('doctor.ping.old');
    default:
      return fail('doctor.ping.failed', { status: answer.status, code: errcodeOf(answer) });
  }
}
