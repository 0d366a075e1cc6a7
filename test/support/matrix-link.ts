import { join } from 'node:path';
import assert from 'node:assert/strict';
import { noMentions, type MessageEvent } from '../../src/core/event.ts';
import type { MatrixHandled } from '../../src/core/homeserver.ts';
import {
  matrixUserId,
  networkId,
  portalId,
  remoteChatId,
  remoteUserId,
  type MatrixEventId,
  type RemoteUserId,
} from '../../src/core/ids.ts';
import type { Media } from '../../src/core/media.ts';
import type { DirectIntent, DirectPortal } from '../../src/core/portal.ts';
import { freePort } from './free-port.ts';
import {
  startMatrixSide,
  writeRegistration,
  type MatrixSideOptions,
  type MatrixSideUnderTest,
} from './matrix-side.ts';
import { MatrixUser } from './matrix-user.ts';
import { makeRunDir, type RunDir } from './run-dir.ts';
import { startSynapse, type Synapse } from './synapse.ts';

const xmpp = networkId('xmpp');
type SideOptions = Pick<MatrixSideOptions, 'nameOf' | 'rooms' | 'capabilities'>;

/** A homeserver, the Matrix side of a bridge beside it, and Alice at her client. */
export class MatrixLink implements AsyncDisposable {
  readonly synapse: Synapse;
  readonly alice: MatrixUser;
  side: MatrixSideUnderTest;
  readonly #dir: RunDir;
  readonly #options: MatrixSideOptions;
  #opened = 0;

  private constructor(
    dir: RunDir,
    synapse: Synapse,
    alice: MatrixUser,
    options: MatrixSideOptions,
    side: MatrixSideUnderTest,
  ) {
    this.#dir = dir;
    this.#options = options;
    this.synapse = synapse;
    this.alice = alice;
    this.side = side;
  }

  /** `side` is laid over the options of the Matrix side. */
  static async start(roomVersion = '11', side: SideOptions = {}): Promise<MatrixLink> {
    const dir = await makeRunDir('matrix-link');
    const port = await freePort();
    const registration = await writeRegistration(dir.path, port);
    const synapse = await startSynapse({
      dir: join(dir.path, 'synapse'),
      registrations: [registration],
      roomVersion,
    });
    await synapse.createUser('alice', 'secret');
    const login = { baseUrl: synapse.baseUrl, userId: '@alice:localhost', password: 'secret' };
    const alice = await MatrixUser.login(login);
    const where = { homeserverUrl: synapse.baseUrl, serverName: 'localhost', port };
    return new MatrixLink(
      dir,
      synapse,
      alice,
      { ...side, ...where },
      await startMatrixSide({ ...side, ...where }),
    );
  }

  /** Starts the Matrix side again, on what it had kept. */
  async resume(): Promise<void> {
    const { stores } = this.side;
    this.side = await startMatrixSide({ ...this.#options, stores });
  }

  /** A portal between Alice and a person, made from the network's side and joined by her. */
  async openPortal(remote: RemoteUserId, name: string): Promise<DirectPortal> {
    this.#opened += 1;
    const intent = intentFor(`portal-${this.#opened}`, remote);
    const { stores, side } = this.side;
    await stores.portals.intend(intent);
    const made = await side.rooms.create(intent, { userId: remote, chat: intent.key.chat, name }, false);
    if (made.kind === 'failed') throw new Error(`no room: ${made.reason}`, { cause: made.cause });
    await this.alice.join(made.room);
    const portal = await stores.portals.opened(intent.id, made.room);
    assert.ok(portal.kind === 'direct');
    return portal;
  }

  /** What becomes of a text that the person of a portal sends. */
  say(portal: DirectPortal, cause: string, plain: string): Promise<MatrixHandled> {
    return this.send(portal, cause, { kind: 'text', style: 'normal', text: { plain, html: undefined } });
  }

  async send(portal: DirectPortal, cause: string, content: MessageEvent['content']): Promise<MatrixHandled> {
    const event: MessageEvent = {
      kind: 'message',
      cause,
      sender: { in: 'remote', userId: portal.remote },
      name: undefined,
      at: Date.now(),
      content,
      mentions: noMentions,
      replyTo: undefined,
      thread: undefined,
    };
    const handle = this.side.side.handlers.message;
    if (handle === undefined) throw new Error('messages are not handled');
    return handle(event, portal, AbortSignal.timeout(20_000));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.alice.stop();
    await this.side[Symbol.asyncDispose]();
    await this.synapse[Symbol.asyncDispose]();
    await this.#dir[Symbol.asyncDispose]();
  }
}

/** An intent for a direct portal of Alice. */
export function intentFor(id: string, remote: RemoteUserId): DirectIntent {
  const key = { network: xmpp, chat: remoteChatId(remote), receiver: matrixUserId('@alice:localhost') };
  return { kind: 'direct', id: portalId(id), key, remote, room: undefined };
}

/** The ids of what was sent; fails where nothing was. */
export function sentIds(handled: MatrixHandled): readonly MatrixEventId[] {
  assert.ok(handled.kind === 'sent', JSON.stringify(handled));
  return handled.eventIds;
}

/** Why it failed, or what it was instead of failing. */
export function failureOf(result: { readonly kind: string; readonly reason?: string } | undefined): string {
  return result?.kind === 'failed' ? (result.reason ?? '') : (result?.kind ?? 'nothing');
}

/** An image of these bytes, which comes in small pieces; `announced` is the length that its server tells. */
export function imageOf(bytes: Buffer, announced: number | undefined): Media {
  return {
    kind: 'image',
    name: 'image.png',
    mimetype: 'image/png',
    size: undefined,
    width: 1,
    height: 1,
    ...{ duration: undefined, waveform: undefined, blurhash: undefined, thumbnail: undefined },
    open: async () => ({ kind: 'open', stream: pieces(bytes), size: announced, mimetype: 'image/png' }),
  };
}

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += 10) yield bytes.subarray(at, at + 10);
}

/** Bob, with an id that needs escaping. */
export const bob = remoteUserId('Bob@example.org');
export const bobGhost = '@_xmpp_=42ob=40example.org:localhost';
