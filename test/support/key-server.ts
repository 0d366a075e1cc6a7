/** The part of a homeserver that crypto machines need: devices, one-time keys and to-device messages, in memory. */
import {
  CollectStrategy,
  DecryptionSettings,
  DeviceId,
  DeviceLists,
  EncryptionSettings,
  OlmMachine,
  RequestType,
  RoomId,
  StoreHandle,
  TrustRequirement,
  UserId,
} from '@matrix-org/matrix-sdk-crypto-wasm';
import { z } from 'zod';

type KeyObject = Readonly<Record<string, unknown>>;
const keyObject = z.record(z.string(), z.unknown());
const uploaded = z.object({ device_keys: keyObject.optional(), one_time_keys: keyObject.optional() });
const queried = z.object({ device_keys: keyObject });
const claimed = z.object({ one_time_keys: z.record(z.string(), z.record(z.string(), z.string())) });
const sent = z.object({ messages: z.record(z.string(), z.record(z.string(), keyObject)) });

interface Device {
  keys: KeyObject;
  readonly oneTime: [string, unknown][];
  readonly inbox: KeyObject[];
}

/** A request of a machine as all kinds of them are. */
interface Asked {
  readonly id: string | undefined;
  readonly type: RequestType;
  readonly body: string;
}

export class KeyServer {
  readonly #devices = new Map<string, Device>();

  async send(
    machine: OlmMachine,
    { id, type, body, ...rest }: Asked & { readonly event_type?: string },
  ): Promise<void> {
    const answer = this.#answer(machine, type, body, rest.event_type);
    if (id !== undefined) await machine.markRequestAsSent(id, type, JSON.stringify(answer));
  }

  /** Sends all that a machine has to send. */
  async settle(machine: OlmMachine): Promise<void> {
    for (const request of await machine.outgoingRequests()) await this.send(machine, request);
  }

  /** Hands a machine its to-device messages. */
  async deliver(machine: OlmMachine): Promise<void> {
    const inbox = this.#device(machine).inbox.splice(0);
    await machine.receiveSyncChanges(
      JSON.stringify(inbox),
      new DeviceLists([], []),
      new Map([['signed_curve25519', 50]]),
    );
  }

  /** Gives a room's key to the users. */
  async share(machine: OlmMachine, room: string, users: readonly string[]): Promise<void> {
    await machine.updateTrackedUsers(users.map((user) => new UserId(user)));
    await this.settle(machine);
    const claim = await machine.getMissingSessions(users.map((user) => new UserId(user)));
    if (claim !== null) await this.send(machine, claim);
    const settings = new EncryptionSettings();
    settings.sharingStrategy = CollectStrategy.allDevices();
    settings.rotationPeriodMessages = 100_000n;
    const requests = await machine.shareRoomKey(
      new RoomId(room),
      users.map((user) => new UserId(user)),
      settings,
    );
    for (const request of requests) await this.send(machine, request);
  }

  #device(machine: OlmMachine): Device {
    const name = `${machine.userId.toString()}/${machine.deviceId.toString()}`;
    let device = this.#devices.get(name);
    if (device === undefined) this.#devices.set(name, (device = { keys: {}, oneTime: [], inbox: [] }));
    return device;
  }

  #answer(machine: OlmMachine, type: RequestType, body: string, eventType = 'm.room.encrypted'): unknown {
    const json: unknown = JSON.parse(body);
    switch (type) {
      case RequestType.KeysUpload:
        return this.#upload(machine, uploaded.parse(json));
      case RequestType.KeysQuery:
        return this.#query(Object.keys(queried.parse(json).device_keys));
      case RequestType.KeysClaim:
        return this.#claim(claimed.parse(json).one_time_keys);
      case RequestType.ToDevice:
        return this.#post(machine.userId.toString(), eventType, sent.parse(json).messages);
      default:
        return {};
    }
  }

  #upload(
    machine: OlmMachine,
    { device_keys: keys, one_time_keys: oneTime }: z.infer<typeof uploaded>,
  ): unknown {
    const device = this.#device(machine);
    if (keys !== undefined) device.keys = keys;
    device.oneTime.push(...Object.entries(oneTime ?? {}));
    return { one_time_key_counts: { signed_curve25519: device.oneTime.length } };
  }

  #query(users: readonly string[]): unknown {
    const found = users.map((user): [string, unknown] => {
      const devices = [...this.#devices].filter(([name]) => name.startsWith(`${user}/`));
      return [
        user,
        Object.fromEntries(
          devices.map(([name, { keys }]): [string, unknown] => [name.split('/')[1] ?? '', keys]),
        ),
      ];
    });
    return { device_keys: Object.fromEntries(found), failures: {} };
  }

  #claim(wanted: z.infer<typeof claimed>['one_time_keys']): unknown {
    const found = Object.entries(wanted).map(([user, devices]): [string, unknown] => {
      const keys = Object.keys(devices).map((device): [string, unknown] => {
        const key = this.#devices.get(`${user}/${device}`)?.oneTime.pop();
        return [device, key === undefined ? {} : { [key[0]]: key[1] }];
      });
      return [user, Object.fromEntries(keys)];
    });
    return { one_time_keys: Object.fromEntries(found), failures: {} };
  }

  #post(sender: string, type: string, messages: z.infer<typeof sent>['messages']): unknown {
    for (const [user, devices] of Object.entries(messages))
      for (const [device, content] of Object.entries(devices))
        for (const [name, { inbox }] of this.#devices)
          if (device === '*' ? name.startsWith(`${user}/`) : name === `${user}/${device}`)
            inbox.push({ sender, type, content });
    return {};
  }
}

export const storeKey = new Uint8Array(32).fill(7);

/** Opens a machine whose keys are in the IndexedDB of this thread, under its user's name. */
export async function openMachine(user: string, device: string, key = storeKey): Promise<OlmMachine> {
  const handle = await StoreHandle.openWithKey(user, key);
  try {
    return await OlmMachine.initFromStore(new UserId(user), new DeviceId(device), handle);
  } finally {
    // The machine has its own hold on the store; while the handle has one the database stays open.
    handle.free();
  }
}

/** Opens an event; answers its body. */
export async function openEvent(machine: OlmMachine, room: string, event: string): Promise<string> {
  const settings = new DecryptionSettings(TrustRequirement.Untrusted);
  const { event: opened } = await machine.decryptRoomEvent(event, new RoomId(room), settings);
  return z.object({ content: z.object({ body: z.string() }) }).parse(JSON.parse(opened)).content.body;
}

/** Seals a text; answers the event as a homeserver would send it. */
export async function sealText(machine: OlmMachine, room: string, id: string, body: string): Promise<string> {
  const content = JSON.stringify({ msgtype: 'm.text', body });
  const sealed = await machine.encryptRoomEvent(new RoomId(room), 'm.room.message', content);
  return JSON.stringify({
    type: 'm.room.encrypted',
    event_id: id,
    sender: machine.userId.toString(),
    room_id: room,
    origin_server_ts: 1,
    content: z.unknown().parse(JSON.parse(sealed)),
  });
}
