import { ok, told, warn, type Check } from '../check.ts';
import { asToken } from './as-token.ts';

/** Whether the registration gives the bridge the aliases of groups' rooms and the look-ups, and the homeserver goes by it. */
export const aliases: Check = {
  name: told('doctor.check.aliases'),
  needs: [asToken],
  run: async ({ aliases: wanted, registration, homeserver }) => {
    const names = wanted.map(({ network }) => network).join(', ');
    const missing = wanted.filter(({ alias }) => !registration.aliases.some((one) => covers(one, alias)));
    if (missing.length > 0) return warn('doctor.aliases.missing');
    const unnamed = wanted.filter(({ network }) => !registration.protocols.includes(network));
    if (unnamed.length > 0) return warn('doctor.aliases.protocols');
    for (const { alias } of wanted) {
      // No group has this name: taking it away changes nothing, and is refused to whom it does not belong.
      const path = `/_matrix/client/v3/directory/room/${encodeURIComponent(alias)}`;
      const answer = await homeserver.request({ method: 'DELETE', path });
      if (answer.kind === 'answer' && answer.json['errcode'] === 'M_EXCLUSIVE')
        return warn('doctor.aliases.homeserver');
    }
    return ok('doctor.aliases.ok', { networks: names });
  },
};

/** A namespace that others may use too is of no use: users could take the names of groups. */
function covers(
  { exclusive, regex }: { readonly exclusive: boolean; readonly regex: string },
  alias: string,
): boolean {
  try {
    return exclusive && new RegExp(`^(?:${regex})`).test(alias);
  } catch {
    return false;
  }
}
