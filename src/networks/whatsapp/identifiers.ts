/** What Matrix users are known by on WhatsApp: an address or a name, as the configuration says. */
import { localpartOf, serverOf, type MatrixUserId } from '../../core/ids.ts';
import { normaliseIdentifier } from '../../interop/identity/identifier.ts';

/** The identifier of a user, in its one form; `undefined` for a user whose name is none of that kind. */
export function identifierOf(
  user: MatrixUserId,
  type: 'email' | 'username',
  homeserver: string,
): string | undefined {
  if (serverOf(user) !== homeserver) return undefined;
  const local = localpartOf(user);
  return normaliseIdentifier(type, type === 'email' ? `${local}@${homeserver}` : local);
}
