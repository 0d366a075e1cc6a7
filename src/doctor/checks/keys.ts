/** Keys of the bot: https://spec.matrix.org/v1.16/client-server-api/#post_matrixclientv3keysquery */
import { hasBot } from '../bot-account.ts';
import { errcodeOf, type DoctorContext, type KeysProbe } from '../context.ts';
import { fail, ok, told, warn, type Check, type Finding } from '../check.ts';
import { device } from './device.ts';

/** Whether the file of keys can be written, and the homeserver has taken keys for the bot, signed, and gives them out. */
export function keys(probe: KeysProbe): Check {
  return {
    name: told('doctor.check.keys'),
    needs: [device],
    run: async (context) => {
      const code = await probe.problem();
      return code === undefined ? published(context) : fail('doctor.keys.file', { file: probe.file, code });
    },
  };
}

async function published(context: DoctorContext): Promise<Finding> {
  const { homeserver, homeserverUrl, bot: user, deviceId } = context;
  const answer = await homeserver.request({
    method: 'POST',
    path: `/_matrix/client/v3/keys/query?user_id=${encodeURIComponent(user)}`,
    body: { device_keys: { [user]: [] } },
  });
  if (answer.kind === 'unreachable')
    return fail('doctor.homeserver.unreachable', { url: homeserverUrl, code: answer.code });
  if (answer.status === 403 && !(await hasBot(context))) return warn('doctor.device.no-bot');
  if (answer.status !== 200)
    return fail('doctor.keys.query', { status: answer.status, code: errcodeOf(answer) });
  const devices = inside(inside(answer.json, 'device_keys'), user);
  const ours = Object.keys(devices).filter((id) => id.startsWith(`${deviceId}_`));
  if (ours.length === 0) return ok('doctor.keys.not-yet', { user });
  const signers = Object.keys(inside(inside(inside(answer.json, 'self_signing_keys'), user), 'keys'));
  const isSigned = (id: string): boolean => {
    const by = inside(inside(inside(devices, id), 'signatures'), user);
    return signers.some((signer) => Object.hasOwn(by, signer));
  };
  return ours.some(isSigned) ? ok('doctor.keys.ok', { user }) : fail('doctor.keys.unsigned', { user });
}

/** The object under a name; an empty one where there is none. */
function inside(object: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
