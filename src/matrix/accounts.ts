/** Accounts and devices of an application service: https://spec.matrix.org/v1.15/application-service-api/#server-admin-style-permissions */
import { localpartOf, type MatrixUserId } from '../core/ids.ts';
import type { Failed } from '../core/outcome.ts';
import type { Requester } from './client.ts';
import { path } from './path.ts';
import { errcodeOf, nothingSaid, type Masquerade } from './request.ts';

/** Makes the accounts of the bridge's own users; every step may be repeated. */
export class Accounts {
  readonly #client: Requester;
  readonly #deviceId: string;

  constructor(client: Requester, deviceId: string) {
    this.#client = client;
    this.#deviceId = deviceId;
  }

  /** How requests are made as this user: under its device, so that the homeserver remembers its sends (MSC4326). */
  as(userId: MatrixUserId): Masquerade {
    return { userId, deviceId: this.#deviceId };
  }

  /** Registers the account where there is none, and gives it its device (MSC4190). */
  async make(userId: MatrixUserId, deviceName: string): Promise<undefined | Failed> {
    const registered = await this.#client.request({
      method: 'POST',
      path: '/_matrix/client/v3/register',
      body: { type: 'm.login.application_service', username: localpartOf(userId), inhibit_login: true },
    });
    if (registered.kind === 'failed' && errcodeOf(registered) !== 'M_USER_IN_USE') return registered;
    if (registered.kind === 'ok' && typeof registered.body['user_id'] !== 'string')
      return nothingSaid('the account that it made');
    return this.makeDevice(userId, this.#deviceId, deviceName);
  }

  /** Gives an account a device (MSC4190). */
  async makeDevice(userId: MatrixUserId, deviceId: string, name: string): Promise<undefined | Failed> {
    const device = await this.#client.request({
      method: 'PUT',
      path: path`/_matrix/client/v3/devices/${deviceId}`,
      as: { userId, deviceId: undefined },
      body: { display_name: name },
    });
    return device.kind === 'failed' ? device : undefined;
  }

  /** Whether the homeserver knows a device of an account. */
  async hasDevice(userId: MatrixUserId, deviceId: string): Promise<boolean | Failed> {
    const found = await this.#client.request({
      method: 'GET',
      path: path`/_matrix/client/v3/devices/${deviceId}`,
      as: { userId, deviceId: undefined },
    });
    if (found.kind === 'ok') return true;
    return found.retry.kind === 'later' ? found : false;
  }

  /** Done too where there is no such device. */
  async deleteDevice(userId: MatrixUserId, deviceId: string): Promise<undefined | Failed> {
    const deleted = await this.#client.request({
      method: 'DELETE',
      path: path`/_matrix/client/v3/devices/${deviceId}`,
      as: { userId, deviceId: undefined },
      body: {},
    });
    return deleted.kind === 'failed' && deleted.reason !== 'unknown-target' ? deleted : undefined;
  }

  async rename(userId: MatrixUserId, name: string): Promise<undefined | Failed> {
    const renamed = await this.#client.request({
      method: 'PUT',
      path: path`/_matrix/client/v3/profile/${userId}/displayname`,
      as: this.as(userId),
      body: { displayname: name },
    });
    return renamed.kind === 'failed' ? renamed : undefined;
  }
}
