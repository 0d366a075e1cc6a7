/** Media: https://spec.matrix.org/v1.15/client-server-api/#content-repository */
import { hasBot } from '../bot-account.ts';
import { errcodeOf, type DoctorContext, type ProbeAnswer } from '../context.ts';
import { fail, ok, told, warn, type Check, type Finding } from '../check.ts';
import { namespaces } from './namespaces.ts';

const sample = 'causeway doctor';

/** Whether a small file can be uploaded and downloaded again. It stays on the homeserver. */
export const media: Check = {
  name: told('doctor.check.media'),
  needs: [namespaces],
  run: async (context) => {
    const as = `user_id=${encodeURIComponent(context.bot)}`;
    const path = `/_matrix/media/v3/upload?filename=causeway-doctor.txt&${as}`;
    const upload = await context.homeserver.request({ method: 'POST', path, body: sample });
    const uri = upload.kind === 'answer' ? upload.json['content_uri'] : undefined;
    if (upload.kind === 'answer' && upload.status === 403 && !(await hasBot(context)))
      return warn('doctor.device.no-bot');
    if (typeof uri !== 'string' || !uri.startsWith('mxc://')) return broken(context, 'upload', upload);
    const download = await context.homeserver.request({
      method: 'GET',
      path: `/_matrix/client/v1/media/download/${uri.slice('mxc://'.length)}?${as}`,
    });
    if (download.kind === 'unreachable' || download.status !== 200)
      return broken(context, 'download', download);
    if (download.text !== sample) return fail('doctor.media.differs');
    return ok('doctor.media.ok', { ms: (upload.kind === 'answer' ? upload.ms : 0) + download.ms });
  },
};

function broken(
  { homeserverUrl: url }: DoctorContext,
  step: 'upload' | 'download',
  answer: ProbeAnswer,
): Finding {
  return answer.kind === 'unreachable'
    ? fail('doctor.homeserver.unreachable', { url, code: answer.code })
    : fail(`doctor.media.${step}`, { status: answer.status, code: errcodeOf(answer) });
}
