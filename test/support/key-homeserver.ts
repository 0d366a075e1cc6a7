import type { DeviceAnswer, DeviceRequest, Requester } from '../../src/crypto/megolm/engine.ts';

type Json = Readonly<Record<string, unknown>>;
interface KeptDevice {
  keys: Json | undefined;
  readonly oneTime: Map<string, unknown>;
  fallback: readonly [string, unknown] | undefined;
  fallbackUsed: boolean;
  inbox: { readonly at: number; readonly message: Json }[];
}
interface KeptUser {
  readonly devices: Map<string, KeptDevice>;
  identity: Json;
  readonly data: Map<string, unknown>;
}

/** What becomes of a request: done, not done, or done without the answer arriving. */
export type Fate = 'done' | 'lost' | 'unanswered' | DeviceAnswer;

/**
 * The part of a homeserver that the crypto engine speaks with, in memory: keys, signatures, to-device messages, device
 * lists and account data, by the client-server API (https://spec.matrix.org/v1.16/client-server-api/).
 */
export class KeyHomeserver {
  readonly users = new Map<string, KeptUser>();
  /** `METHOD path` of all that was asked, in order. */
  readonly asked: string[] = [];
  /** Decides of each request what becomes of it. */
  fate: (as: Requester, request: DeviceRequest) => Fate = () => 'done';
  readonly #transactions = new Set<string>();
  readonly #changes: { readonly at: number; readonly user: string }[] = [];
  #now = 1;

  readonly request = async (as: Requester, request: DeviceRequest): Promise<DeviceAnswer> => {
    this.asked.push(`${request.method} ${request.path}`);
    await new Promise((resolve) => setImmediate(resolve));
    const fate = this.fate(as, request);
    if (typeof fate === 'object') return fate;
    if (fate === 'lost') return lost();
    const answer = this.#answer(as, request);
    return fate === 'unanswered' ? lost() : answer;
  };

  user(id: string): KeptUser {
    let user = this.users.get(id);
    if (user === undefined)
      this.users.set(id, (user = { devices: new Map(), identity: {}, data: new Map() }));
    return user;
  }

  device(userId: string, deviceId: string): KeptDevice {
    const { devices } = this.user(userId);
    let device = devices.get(deviceId);
    if (device === undefined) {
      device = { keys: undefined, oneTime: new Map(), fallback: undefined, fallbackUsed: false, inbox: [] };
      devices.set(deviceId, device);
    }
    return device;
  }

  /** As when the person logs the device out. */
  removeDevice(userId: string, deviceId: string): void {
    this.user(userId).devices.delete(deviceId);
    this.#changed(userId);
  }

  /** Puts a to-device message into an inbox. */
  post(userId: string, deviceId: string, message: Json): void {
    this.#now += 1;
    this.device(userId, deviceId).inbox.push({ at: this.#now, message });
  }

  #answer(as: Requester, { method, path, query, body }: DeviceRequest): DeviceAnswer {
    const json = body === undefined ? {} : object(JSON.parse(body));
    const parts = path.replace('/_matrix/client/v3/', '').split('/').map(decodeURIComponent);
    switch (parts.slice(0, 2).join('/')) {
      case 'keys/upload':
        return this.#upload(as, json);
      case 'keys/query':
        return ok(this.#query(as, Object.keys(object(json['device_keys']))));
      case 'keys/claim':
        return ok(this.#claim(object(json['one_time_keys'])));
      case 'keys/device_signing':
        this.user(as.userId).identity = json;
        this.#changed(as.userId);
        return ok({});
      case 'keys/signatures':
        return this.#sign(as, json);
      case 'sync':
        return ok(this.#sync(as, query?.['since']));
    }
    const [first, second = '', third = '', fourth = ''] = parts;
    if (first === 'sendToDevice') return this.#send(as, second, third, object(json['messages']));
    if (first === 'devices' && method === 'DELETE') {
      this.removeDevice(as.userId, second);
      return ok({});
    }
    if (first === 'user' && third === 'account_data') {
      const { data } = this.user(second);
      if (method === 'PUT') data.set(fourth, json);
      else if (!data.has(fourth)) return failed(404, 'M_NOT_FOUND');
      return ok(object(data.get(fourth)));
    }
    return failed(404, 'M_UNRECOGNIZED');
  }

  #upload(as: Requester, json: Json): DeviceAnswer {
    const device = this.device(as.userId, as.deviceId ?? '');
    for (const [id, key] of Object.entries(object(json['one_time_keys']))) {
      const before = device.oneTime.get(id);
      if (before !== undefined && JSON.stringify(before) !== JSON.stringify(key))
        return failed(400, 'M_INVALID_PARAM');
      device.oneTime.set(id, key);
    }
    const [fallback] = Object.entries(object(json['fallback_keys']));
    if (fallback !== undefined) {
      device.fallback = fallback;
      device.fallbackUsed = false;
    }
    if (json['device_keys'] !== undefined) {
      device.keys = object(json['device_keys']);
      this.#changed(as.userId);
    }
    return ok({ one_time_key_counts: { signed_curve25519: device.oneTime.size } });
  }

  #query(as: Requester, ids: readonly string[]): Json {
    const known = ids.map((id) => [id, this.user(id)] as const);
    const identities = (name: string, of: typeof known): Json =>
      Object.fromEntries(
        of.flatMap(([id, { identity }]) => (identity[name] === undefined ? [] : [[id, identity[name]]])),
      );
    return {
      device_keys: Object.fromEntries(
        known.map(([id, { devices }]) => [
          id,
          Object.fromEntries(
            [...devices].flatMap(([name, { keys }]) => (keys === undefined ? [] : [[name, keys]])),
          ),
        ]),
      ),
      master_keys: identities('master_key', known),
      self_signing_keys: identities('self_signing_key', known),
      user_signing_keys: identities(
        'user_signing_key',
        known.filter(([id]) => id === as.userId),
      ),
      failures: {},
    };
  }

  #claim(wanted: Json): Json {
    const found = Object.entries(wanted).map(([user, devices]) => {
      const keys = Object.keys(object(devices)).flatMap((name): (readonly [string, Json])[] => {
        const device = this.user(user).devices.get(name);
        const [key] = device?.oneTime ?? [];
        if (device === undefined) return [];
        if (key !== undefined) {
          device.oneTime.delete(key[0]);
          return [[name, { [key[0]]: key[1] }]];
        }
        if (device.fallback === undefined) return [];
        device.fallbackUsed = true;
        return [[name, { [device.fallback[0]]: device.fallback[1] }]];
      });
      return [user, Object.fromEntries(keys)] as const;
    });
    return { one_time_keys: Object.fromEntries(found), failures: {} };
  }

  /** Signatures of an account's own devices; what concerns its master key is not looked at by anybody here. */
  #sign(as: Requester, json: Json): DeviceAnswer {
    for (const [name, signed] of Object.entries(object(json[as.userId]))) {
      const device = this.user(as.userId).devices.get(name);
      if (device?.keys === undefined) continue;
      const own = object(object(device.keys['signatures'])[as.userId]);
      const added = object(object(object(signed)['signatures'])[as.userId]);
      device.keys = { ...device.keys, signatures: { [as.userId]: { ...own, ...added } } };
    }
    this.#changed(as.userId);
    return ok({ failures: {} });
  }

  #send(as: Requester, type: string, txn: string, messages: Json): DeviceAnswer {
    const name = JSON.stringify([as.userId, as.deviceId, type, txn]);
    if (this.#transactions.has(name)) return ok({});
    this.#transactions.add(name);
    for (const [user, devices] of Object.entries(messages))
      for (const [device, content] of Object.entries(object(devices)))
        if (this.user(user).devices.has(device))
          this.post(user, device, { type, sender: as.userId, content });
    return ok({});
  }

  #sync(as: Requester, since: string | number | undefined): Json {
    const device = this.device(as.userId, as.deviceId ?? '');
    const from = since === undefined ? 0 : Number(since);
    device.inbox = device.inbox.filter(({ at }) => at > from);
    const batch = device.inbox.slice(0, 100);
    const next = device.inbox.length > batch.length ? (batch.at(-1)?.at ?? this.#now) : this.#now;
    const changed = this.#changes
      .filter(({ at }) => since !== undefined && at > from)
      .map(({ user }) => user);
    return {
      next_batch: String(next),
      to_device: { events: batch.map(({ message }) => message) },
      device_lists: { changed: [...new Set(changed)], left: [] },
      device_one_time_keys_count: { signed_curve25519: device.oneTime.size },
      device_unused_fallback_key_types:
        device.fallback === undefined || device.fallbackUsed ? [] : ['signed_curve25519'],
    };
  }

  #changed(user: string): void {
    this.#now += 1;
    this.#changes.push({ at: this.#now, user });
  }
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function ok(body: Json): DeviceAnswer {
  return { kind: 'ok', body: JSON.stringify(body) };
}

function failed(status: number, errcode: string): DeviceAnswer {
  return { kind: 'failed', status, errcode, retry: 'never', afterMs: undefined };
}

function lost(): DeviceAnswer {
  return { kind: 'failed', status: undefined, errcode: undefined, retry: 'later', afterMs: undefined };
}
