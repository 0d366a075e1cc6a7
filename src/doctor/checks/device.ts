/** Device masquerading: https://github.com/matrix-org/matrix-spec-proposals/pull/4326, and MSC4190 for making devices. */
import { errcodeOf, type DoctorContext, type ProbeAnswer } from '../context.ts';
import { fail, ok, told, warn, type Check } from '../check.ts';
import { namespaces } from './namespaces.ts';

/** Whether the homeserver lets the bridge act as a device, so that it remembers what was sent. */
export const device: Check = {
  name: told('doctor.check.device'),
  needs: [namespaces],
  run: async (context) => {
    let answer = await whoami(context);
    if (answer.kind === 'answer' && answer.status !== 200 && answer.status !== 403) {
      await makeDevice(context);
      answer = await whoami(context);
    }
    if (answer.kind === 'unreachable')
      return fail('doctor.homeserver.unreachable', { url: context.homeserverUrl, code: answer.code });
    if (answer.status === 403) return warn('doctor.device.no-bot');
    if (answer.status !== 200)
      return fail('doctor.device.failed', { status: answer.status, code: errcodeOf(answer) });
    return answer.json['device_id'] === context.deviceId
      ? ok('doctor.device.ok')
      : fail('doctor.device.ignored');
  },
};

function whoami({ homeserver, bot, deviceId }: DoctorContext): Promise<ProbeAnswer> {
  const query = `user_id=${encodeURIComponent(bot)}&device_id=${encodeURIComponent(deviceId)}`;
  return homeserver.request({ method: 'GET', path: `/_matrix/client/v3/account/whoami?${query}` });
}

async function makeDevice({ homeserver, bot, deviceId }: DoctorContext): Promise<void> {
  await homeserver.request({
    method: 'PUT',
    path: `/_matrix/client/v3/devices/${encodeURIComponent(deviceId)}?user_id=${encodeURIComponent(bot)}`,
    body: {},
  });
}
