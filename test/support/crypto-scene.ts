import { join } from 'node:path';
import type {
  Device,
  DeviceAnswer,
  EngineEvents,
  EngineOptions,
  LockedEvent,
  Opened,
  SealingRoom,
} from '../../src/crypto/megolm/engine.ts';
import { openEngine, type OpenedEngine } from '../../src/crypto/megolm/open-engine.ts';
import { puppetRegistration } from './bridge.ts';
import { freePort } from './free-port.ts';
import { AS_TOKEN, writeRegistration } from './matrix-side.ts';
import { MatrixUser } from './matrix-user.ts';
import { RecordingLog } from './recording-log.ts';
import { makeRunDir, type RunDir } from './run-dir.ts';
import { startSynapse, type Synapse } from './synapse.ts';
import type { Encryption } from './user-crypto.ts';

/** The account that stands for the bridge's bot. */
export const bot = '@causeway:localhost';

/** A homeserver with default flags, the engine beside it, and people at their clients. */
export class CryptoScene implements AsyncDisposable {
  readonly synapse: Synapse;
  readonly log = new RecordingLog();
  /** `METHOD path as user` of what the engine asked, in order. */
  readonly asked: string[] = [];
  readonly arrived: string[] = [];
  readonly refusedVerifications: string[] = [];
  /** Laid over the homeserver's answer: what it gives is answered instead. */
  fault: ((path: string) => DeviceAnswer | undefined) | undefined;
  #engine: OpenedEngine | undefined;
  readonly #dir: RunDir;
  readonly #puppetToken: string;
  readonly #options: Partial<EngineOptions>;
  readonly #people: MatrixUser[] = [];
  #sent = 0;

  private constructor(dir: RunDir, synapse: Synapse, puppetToken: string, options: Partial<EngineOptions>) {
    this.#dir = dir;
    this.synapse = synapse;
    this.#puppetToken = puppetToken;
    this.#options = options;
  }

  static async start(options: Partial<EngineOptions> = {}): Promise<CryptoScene> {
    const dir = await makeRunDir('crypto');
    const puppets = await puppetRegistration(dir.path);
    const registrations = [await writeRegistration(dir.path, await freePort()), puppets.file];
    const synapse = await startSynapse({ dir: join(dir.path, 'synapse'), registrations });
    const scene = new CryptoScene(dir, synapse, puppets.token, options);
    await scene.call(undefined, 'POST', '/register', register('causeway'));
    await scene.open();
    return scene;
  }

  /** Opens the engine on the file that the scene has. */
  async open(): Promise<void> {
    const engine = await openEngine(this.options());
    if (engine.kind === 'refused') throw new Error(engine.cause);
    this.#engine = engine;
  }

  get engine(): OpenedEngine {
    if (this.#engine === undefined) throw new Error('The engine is not open.');
    return this.#engine;
  }

  get file(): string {
    return join(this.#dir.path, 'crypto.db');
  }

  options(): EngineOptions {
    const events: EngineEvents = {
      keysArrived: (_, sessions) => this.arrived.push(...sessions.map(({ sessionId }) => sessionId)),
      verificationCancelled: (_, from) => this.refusedVerifications.push(from),
    };
    return {
      file: this.file,
      key: new Uint8Array(32).fill(7),
      account: bot,
      request: (as, request, signal) => {
        this.asked.push(`${request.method} ${request.path} as ${as.userId}`);
        const fault = this.fault?.(request.path);
        return fault === undefined
          ? askHomeserver(this.synapse.baseUrl, as, request, signal, this.#tokenOf(as.userId))
          : Promise.resolve(fault);
      },
      strategy: 'all-devices',
      maxOpen: 10,
      idleMs: 60_000,
      freshMs: 0,
      events,
      log: this.log,
      ...this.#options,
    };
  }

  /** Makes an account of the bridge with a device of this generation, and identifies it. */
  async ghost(name: string): Promise<Device> {
    const userId = `@_xmpp_${name}:localhost`;
    await this.call(undefined, 'POST', '/register', register(`_xmpp_${name}`));
    return this.device(userId);
  }

  /** The device of this generation of an account, identified. */
  async device(userId: string): Promise<Device> {
    const generation = await this.engine.generation();
    if (typeof generation !== 'string') throw new Error(JSON.stringify(generation));
    const device = { userId, deviceId: `GHOST${generation}` };
    await this.call(userId, 'PUT', `/devices/${device.deviceId}`, {});
    const trouble = await this.engine.identify(device);
    if (trouble !== undefined) throw new Error(JSON.stringify(trouble));
    return device;
  }

  /** A person at a client that encrypts. */
  async person(name: string, encryption: Encryption = {}): Promise<MatrixUser> {
    await this.synapse.createUser(name, 'secret').catch(() => undefined);
    const login = { baseUrl: this.synapse.baseUrl, userId: `@${name}:localhost`, password: 'secret' };
    const person = await MatrixUser.login({ ...login, encryption });
    this.#people.push(person);
    return person;
  }

  /** Asks the homeserver as an account of the bridge. */
  async call(
    userId: string | undefined,
    method: string,
    path: string,
    body?: object,
  ): Promise<Record<string, unknown>> {
    const url = new URL(`${this.synapse.baseUrl}/_matrix/client/v3${path}`);
    if (userId !== undefined) url.searchParams.set('user_id', userId);
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${this.#tokenOf(userId ?? bot)}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(`${method} ${path} got ${response.status}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** A guest of this generation on the account of a person, identified. */
  async guest(userId: string, suffix = ''): Promise<Device> {
    const generation = await this.engine.generation();
    if (typeof generation !== 'string') throw new Error(JSON.stringify(generation));
    const device = { userId, deviceId: `GUEST${generation}${suffix}`, guest: true } as const;
    await this.call(userId, 'PUT', `/devices/${device.deviceId}`, {});
    const trouble = await this.engine.identify(device);
    if (trouble !== undefined) throw new Error(JSON.stringify(trouble));
    return device;
  }

  /** Seals a text and sends it; resolves to the event's id. */
  async say(device: Device, room: SealingRoom, body: string): Promise<string> {
    const content = JSON.stringify({ msgtype: 'm.text', body });
    const sealed = await this.engine.seal(device, room, { type: 'm.room.message', content });
    if (sealed.kind === 'trouble') throw new Error(JSON.stringify(sealed));
    return this.send(device, room.room, JSON.parse(sealed.content) as object);
  }

  async send(device: Device, room: string, content: object): Promise<string> {
    const path = `/rooms/${encodeURIComponent(room)}/send/m.room.encrypted/${(this.#sent += 1)}`;
    return String((await this.call(device.userId, 'PUT', path, content))['event_id']);
  }

  /** An event as the homeserver has it. */
  async event(device: Device, room: string, eventId: string): Promise<LockedEvent> {
    const path = `/rooms/${encodeURIComponent(room)}/event/${encodeURIComponent(eventId)}`;
    return { room, eventId, raw: JSON.stringify(await this.call(device.userId, 'GET', path)) };
  }

  async unseal(device: Device, room: string, eventId: string): Promise<Opened> {
    return this.engine.open(device, await this.event(device, room, eventId));
  }

  #tokenOf(userId: string): string {
    return userId === bot || userId.startsWith('@_') ? AS_TOKEN : this.#puppetToken;
  }

  /** Closes the engine and opens it again. */
  async restart(): Promise<void> {
    await this.engine[Symbol.asyncDispose]();
    await this.open();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const person of this.#people) person.stop();
    await this.engine[Symbol.asyncDispose]();
    await this.synapse[Symbol.asyncDispose]();
    await this.#dir[Symbol.asyncDispose]();
  }
}

/** Makes requests of the engine as an application service does. */
export async function askHomeserver(
  baseUrl: string,
  as: { readonly userId: string; readonly deviceId: string | undefined },
  request: Parameters<EngineOptions['request']>[1],
  signal: AbortSignal,
  token = AS_TOKEN,
): Promise<DeviceAnswer> {
  const url = new URL(baseUrl + request.path);
  url.searchParams.set('user_id', as.userId);
  if (as.deviceId !== undefined) url.searchParams.set('device_id', as.deviceId);
  for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, String(value));
  const headers = { authorization: `Bearer ${token}` };
  const { method, body } = request;
  try {
    const response = await fetch(url, { method, headers, signal, ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    if (response.ok) return { kind: 'ok', body: text };
    const { errcode } = JSON.parse(text) as { readonly errcode?: string };
    const retry = response.status === 429 || response.status >= 500 ? 'later' : 'never';
    return { kind: 'failed', status: response.status, errcode, retry, afterMs: undefined };
  } catch {
    return { kind: 'failed', status: undefined, errcode: undefined, retry: 'later', afterMs: undefined };
  }
}

/** A room with the spec's defaults. */
export function sealingRoom(
  room: string,
  readers: readonly string[],
  changes: Partial<SealingRoom> = {},
): SealingRoom {
  return {
    room,
    readers,
    rotationPeriodMs: undefined,
    rotationMessages: undefined,
    historyVisibility: 'invited',
    watched: false,
    ...changes,
  };
}

function register(username: string): object {
  return { type: 'm.login.application_service', username, inhibit_login: true };
}
