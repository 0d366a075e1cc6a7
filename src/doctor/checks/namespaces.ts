import { fail, ok, told, type Check } from '../check.ts';
import type { DoctorContext } from '../context.ts';
import { asToken } from './as-token.ts';

/** Whether the registration covers the bot and the ghosts, for the bridge alone, and the homeserver goes by it. */
export const namespaces: Check = {
  name: told('doctor.check.namespaces'),
  needs: [asToken],
  run: async (context) => {
    const { bot, ghosts, registration } = context;
    const users = [bot, ...ghosts.map(({ userId }) => userId)];
    const missing = users.filter((user) => registration.users.every(({ regex }) => !matches(regex, user)));
    if (missing.length > 0) return fail('doctor.namespaces.missing', { missing: missing.join(', ') });
    const shared = ghosts.filter(({ userId }) =>
      registration.users.every(({ exclusive, regex }) => !exclusive || !matches(regex, userId)),
    );
    if (shared.length > 0) return fail('doctor.namespaces.not-exclusive', { networks: namesOf(shared) });
    for (const user of users) {
      const code = await refusal(context, user);
      if (code !== undefined) return fail('doctor.namespaces.homeserver', { user, code });
    }
    return ok('doctor.namespaces.ok', { networks: namesOf(ghosts) });
  },
};

function matches(regex: string, user: string): boolean {
  try {
    return new RegExp(`^(?:${regex})`).test(user);
  } catch {
    return false;
  }
}

/** A user who is not registered yet is refused too, which is no fault: only who is outside of the namespace counts. */
async function refusal({ homeserver }: DoctorContext, user: string): Promise<string | undefined> {
  const path = `/_matrix/client/v3/account/whoami?user_id=${encodeURIComponent(user)}`;
  const answer = await homeserver.request({ method: 'GET', path });
  if (answer.kind === 'unreachable') return answer.code;
  if (answer.status === 200) return undefined;
  const { errcode, error } = answer.json;
  if (typeof error === 'string' && /not registered|does not exist/i.test(error)) return undefined;
  return typeof errcode === 'string' ? errcode : String(answer.status);
}

function namesOf(ghosts: DoctorContext['ghosts']): string {
  return ghosts.map(({ network }) => network).join(', ');
}
