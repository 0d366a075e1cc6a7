/** How ghosts are named: spec appendix 4.2.2.1, "Mapping from other character sets". */
import { parseMatrixUserId, networkId, remoteUserId, serverOf, localpartOf } from '../core/ids.ts';
import type { MatrixUserId, NetworkId, RemoteUserId } from '../core/ids.ts';

/** The person behind a ghost. */
export interface GhostKey {
  readonly network: NetworkId;
  readonly remote: RemoteUserId;
}

/** Which Matrix user IDs are ghosts, and whose. Reversible: two people never share a ghost. */
export class GhostIds {
  readonly #prefix: string;
  readonly #server: string;

  constructor(prefix: string, server: string) {
    this.#prefix = prefix;
    this.#server = server;
  }

  /** The Matrix user ID of a remote user's ghost, or `undefined` where it would exceed 255 bytes (spec appendix 4.2.1). */
  userId({ network, remote }: GhostKey): MatrixUserId | undefined {
    return parseMatrixUserId(`@${this.#prefix}${network}_${escape(remote)}:${this.#server}`);
  }

  /** The person behind a Matrix user ID, or `undefined` where it is no ghost's. */
  key(userId: MatrixUserId): GhostKey | undefined {
    if (serverOf(userId) !== this.#server) return undefined;
    const localpart = localpartOf(userId);
    if (!localpart.startsWith(this.#prefix)) return undefined;
    const rest = localpart.slice(this.#prefix.length);
    const [, network, escaped] = /^([a-z][a-z0-9]{1,31})_(.+)$/.exec(rest) ?? [];
    if (network === undefined || escaped === undefined) return undefined;
    const remote = unescape(escaped);
    return remote === undefined ? undefined : { network: networkId(network), remote: remoteUserId(remote) };
  }
}

const plain = /^[a-z0-9._-]*$/;

function escape(text: string): string {
  if (plain.test(text)) return text;
  return [...Buffer.from(text.toWellFormed())]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return plain.test(char) ? char : `=${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}

function unescape(escaped: string): string | undefined {
  if (plain.test(escaped)) return escaped === '' ? undefined : escaped;
  if (!/^(?:[a-z0-9._-]|=[0-9a-f]{2})*$/.test(escaped)) return undefined;
  const bytes = escaped
    .match(/=[0-9a-f]{2}|[a-z0-9._-]/g)
    ?.map((part) => (part.startsWith('=') ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0)));
  const text = Buffer.from(bytes ?? []).toString();
  return text !== '' && escape(text) === escaped ? text : undefined;
}
