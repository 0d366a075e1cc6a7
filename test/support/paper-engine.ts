import { join } from 'node:path';
import type {
  Device,
  EngineOptions,
  LockedEvent,
  Opened,
  SealingRoom,
} from '../../src/crypto/megolm/engine.ts';
import { readObject } from '../../src/crypto/megolm/megolm-header.ts';
import { openEngine, type OpenedEngine } from '../../src/crypto/megolm/open-engine.ts';
import type { Pace } from '../../src/crypto/megolm/wire.ts';
import { KeyHomeserver } from './key-homeserver.ts';
import { RecordingLog } from './recording-log.ts';
import { makeRunDir, type RunDir } from './run-dir.ts';

/** Engines on files of their own beside a homeserver in memory. */
export class PaperEngines implements AsyncDisposable {
  readonly server = new KeyHomeserver();
  readonly log = new RecordingLog();
  readonly dir: RunDir;
  readonly #open: OpenedEngine[] = [];

  private constructor(dir: RunDir) {
    this.dir = dir;
  }

  static async start(): Promise<PaperEngines> {
    return new PaperEngines(await makeRunDir('paper'));
  }

  /** Opens the engine of a name, with its file; the same name again after its end takes the file up. */
  async open(
    name: string,
    options: Partial<EngineOptions> = {},
    pace: Partial<Pace> = {},
  ): Promise<OpenedEngine> {
    const engine = await openEngine(this.options(name, options), pace);
    if (engine.kind === 'refused') throw new Error(engine.cause);
    this.#open.push(engine);
    return engine;
  }

  options(name: string, options: Partial<EngineOptions> = {}): EngineOptions {
    return {
      file: join(this.dir.path, `${name}.db`),
      key: new Uint8Array(32).fill(5),
      account: `@${name}:paper`,
      request: this.server.request,
      strategy: 'all-devices',
      maxOpen: 10,
      idleMs: 60_000,
      freshMs: 60_000,
      events: { keysArrived: () => undefined },
      log: this.log,
      ...options,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const engine of this.#open) await engine[Symbol.asyncDispose]();
    await this.dir[Symbol.asyncDispose]();
  }
}

export const text = { type: 'm.room.message', content: '{"msgtype":"m.text","body":"hello"}' };

export function paperRoom(
  room: string,
  readers: readonly string[],
  changes: Partial<SealingRoom> = {},
): SealingRoom {
  const defaults = { rotationPeriodMs: undefined, rotationMessages: undefined, watched: true };
  return { room, readers, historyVisibility: 'invited', ...defaults, ...changes };
}

/** The event that a sealed content is sent as. */
export function lockedEvent(sender: Device, room: string, eventId: string, content: string): LockedEvent {
  const event = {
    type: 'm.room.encrypted',
    sender: sender.userId,
    event_id: eventId,
    room_id: room,
    origin_server_ts: 1,
    content: readObject(content),
  };
  return { room, eventId, raw: JSON.stringify(event) };
}

/** Seals and answers the content; throws where it could not be. */
export async function sealed(
  engine: OpenedEngine,
  device: Device,
  room: SealingRoom,
  event = text,
): Promise<string> {
  const done = await engine.seal(device, room, event);
  if (done.kind === 'trouble') throw new Error(JSON.stringify(done));
  return done.content;
}

/** The session and index of a sealed content. */
export function nameOf(content: string): { readonly session: unknown; readonly index: unknown } {
  const { session_id: session, ciphertext } = readObject(content) ?? {};
  return { session, index: Buffer.from(String(ciphertext).slice(0, 12), 'base64')[2] };
}

export function bodyOf(opened: Opened): unknown {
  return opened.kind === 'opened' ? readObject(opened.content)?.['body'] : opened;
}
