/** Devices on users' accounts: https://spec.matrix.org/v1.17/application-service-api/#device-management (MSC4190) */
import { BoundedMap } from '../../core/bounded-map.ts';
import type { MatrixUserId } from '../../core/ids.ts';
import type { Failed } from '../../core/outcome.ts';
import type { Requester } from '../client.ts';
import { path } from '../path.ts';
import { isObject, listIn, type Credential, type Masquerade } from '../request.ts';

const mostTokens = 10_000;

/** The device that a token acts as; guests of the homeserver's own kind have none. */
export type TokenDevice = { readonly kind: 'id'; readonly id: string } | { readonly kind: 'none' } | Failed;

/** What the homeserver is asked about devices on the accounts of users. */
export class GuestAccounts {
  readonly #client: Requester;
  readonly #devices = new BoundedMap<string, TokenDevice>(mostTokens);

  constructor(client: Requester) {
    this.#client = client;
  }

  /** The device of a user's own token; asked for once. */
  async deviceOf(user: MatrixUserId, token: string): Promise<TokenDevice> {
    const known = this.#devices.get(token);
    if (known !== undefined) return known;
    const answer = await this.#client.request({
      method: 'GET',
      path: '/_matrix/client/v3/account/whoami',
      as: asUser(user, { kind: 'token', token }),
      attempts: 2,
    });
    if (answer.kind === 'failed') return answer;
    const id = answer.body['device_id'];
    const isTheirs = answer.body['user_id'] === user && typeof id === 'string' && id !== '';
    const device: TokenDevice = isTheirs ? { kind: 'id', id } : { kind: 'none' };
    this.#devices.set(token, device);
    return device;
  }

  async makeDevice(
    user: MatrixUserId,
    by: Credential,
    id: string,
    name: string,
  ): Promise<undefined | Failed> {
    const made = await this.#client.request({
      method: 'PUT',
      path: path`/_matrix/client/v3/devices/${id}`,
      as: asUser(user, by),
      body: { display_name: name },
    });
    return made.kind === 'failed' ? made : undefined;
  }

  /** Done too where there is no such device. */
  async deleteDevice(user: MatrixUserId, by: Credential, id: string): Promise<undefined | Failed> {
    const deleted = await this.#client.request({
      method: 'DELETE',
      path: path`/_matrix/client/v3/devices/${id}`,
      as: asUser(user, by),
      body: {},
    });
    return deleted.kind === 'failed' && deleted.reason !== 'unknown-target' ? deleted : undefined;
  }

  /** The ids of all devices of a user. */
  async devicesOf(user: MatrixUserId, by: Credential): Promise<readonly string[] | Failed> {
    const answer = await this.#client.request({
      method: 'GET',
      path: '/_matrix/client/v3/devices',
      as: asUser(user, by),
    });
    if (answer.kind === 'failed') return answer;
    const devices = listIn(answer, 'devices');
    if ('kind' in devices) return devices;
    return devices.flatMap((device) =>
      isObject(device) && typeof device['device_id'] === 'string' ? [device['device_id']] : [],
    );
  }
}

function asUser(userId: MatrixUserId, credential: Credential): Masquerade {
  return { userId, deviceId: undefined, credential };
}
