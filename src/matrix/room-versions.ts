import type { Requester } from './client.ts';
import type { Failed } from '../core/outcome.ts';
import { isObject, nothingSaid, type Masquerade } from './request.ts';

/** From version 12 on creators have all power and must not be named in the power levels (MSC4289). */
export function hasPrivilegedCreators(version: string): boolean {
  return /^\d+$/.test(version) ? Number(version) >= 12 : version.startsWith('org.matrix.hydra');
}

/** Which version rooms are made in: the configured one, or the homeserver's own default, which is asked for once. */
export class RoomVersions {
  readonly #client: Requester;
  readonly #configured: string | undefined;
  #asked: string | undefined;

  constructor(client: Requester, configured: string | undefined) {
    this.#client = client;
    this.#configured = configured;
  }

  async ofNewRooms(as: Masquerade): Promise<{ readonly kind: 'version'; readonly version: string } | Failed> {
    const known = this.#configured ?? this.#asked;
    if (known !== undefined) return { kind: 'version', version: known };
    const answer = await this.#client.request({
      method: 'GET',
      path: '/_matrix/client/v3/capabilities',
      as,
    });
    if (answer.kind === 'failed') return answer;
    const { capabilities } = answer.body;
    const versions = isObject(capabilities) ? capabilities['m.room_versions'] : undefined;
    const version = isObject(versions) ? versions['default'] : undefined;
    if (typeof version !== 'string') return nothingSaid('the version of new rooms');
    this.#asked = version;
    return { kind: 'version', version };
  }
}
