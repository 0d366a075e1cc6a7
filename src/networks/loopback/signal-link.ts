import { createHash } from 'node:crypto';
import type { EventOf } from '../../core/event.ts';
import { parseMatrixUserId, remoteChatId, remoteMessageId, type MatrixUserId } from '../../core/ids.ts';
import type { EventSink, Handled, NetworkHandlers, RemoteAvatar } from '../../core/network.ts';
import type { Portal } from '../../core/portal.ts';
import { signalCause } from '../../core/signals.ts';
import { pictureOf, readSmallFile } from '../../core/small-file.ts';
import { task, type Log } from '../../core/task.ts';
import { directChat, parseMessageId, parsePerson } from './ids.ts';
import type { AddressedSignal, Alias, Picture, SignalEnd, WorldSignal, WorldSignals } from './signals.ts';

const mostBytes = 1024 * 1024;
const patienceMs = 10_000;

/** Hands over what people of the world tell in passing, and tells them what Matrix users do. */
export class SignalLink implements SignalEnd {
  readonly #world: WorldSignals;
  readonly #sink: EventSink;
  readonly #log: Log;
  readonly #now: () => number;

  constructor(world: WorldSignals, sink: EventSink, log: Log, now: () => number) {
    this.#world = world;
    this.#sink = sink;
    this.#log = log;
    this.#now = now;
    world.connect(this);
  }

  signal({ from, to, signal }: AddressedSignal): void {
    const [person, receiver] = [parsePerson(from), parseMatrixUserId(to)];
    if (person === undefined || to === '') return;
    const sender = { in: 'remote', userId: person } as const;
    const envelope = { cause: signalCause(), sender, name: undefined, at: this.#now() };
    const chat = receiver === undefined ? remoteChatId(to) : directChat(person);
    const place = { chat: signal.kind === 'presence' ? undefined : chat, receiver };
    if (signal.kind !== 'read') {
      this.#sink.signal({ ...place, event: { ...envelope, ...signal } });
      return;
    }
    if (parseMessageId(signal.target) === undefined) return;
    const target = { in: 'remote', messageId: remoteMessageId(signal.target) } as const;
    this.#sink.signal({ ...place, event: { ...envelope, kind: 'receipt', receipt: 'read', target } });
  }

  changed(person: string): void {
    const known = parsePerson(person);
    if (known !== undefined) this.#sink.profileChanged(known);
  }

  async same(person: string, other: Alias): Promise<void> {
    const [one, account] = [
      parsePerson(person),
      other.kind === 'account' ? parsePerson(other.person) : undefined,
    ];
    if (one === undefined) return;
    if (other.kind === 'address') await this.#sink.samePerson?.(one, other);
    else if (account !== undefined) await this.#sink.samePerson?.(one, { kind: 'account', remote: account });
  }

  /** Tells the world how a Matrix user looks now. */
  userChanged(user: MatrixUserId): void {
    void task(this.#log, 'loopback profile', async () => {
      const [name, avatar] = [await this.#sink.displayName(user), await this.#sink.avatar(user)];
      this.#world.shown(user, { name, picture: avatar && (await pictureFrom(avatar)) });
    });
  }

  /** The handlers with those of signals. */
  handlers(handlers: NetworkHandlers): NetworkHandlers {
    return {
      ...handlers,
      typing: async (event, portal) => this.#tell(event, portal, { kind: 'typing', typing: event.typing }),
      presence: async (event, portal) => {
        const { presence, status } = event;
        return this.#tell(event, portal, { kind: 'presence', presence, status });
      },
      receipt: async (event, portal) =>
        event.receipt === 'read'
          ? this.#tell(event, portal, { kind: 'read', target: event.target.messageIds[0] })
          : { kind: 'ignored', reason: 'nothing-to-do' },
    };
  }

  #tell(event: EventOf<'typing' | 'presence' | 'receipt'>, portal: Portal, signal: WorldSignal): Handled {
    const to = portal.kind === 'direct' ? portal.remote : portal.key.chat;
    this.#world.heard.add({ from: event.sender.userId, to, signal });
    return { kind: 'sent', messageIds: [] };
  }
}

async function pictureFrom({ media }: RemoteAvatar): Promise<Picture | undefined> {
  const file = await readSmallFile(media, mostBytes, AbortSignal.timeout(patienceMs));
  return file.kind === 'file' ? { bytes: file.bytes, mimetype: media.mimetype } : undefined;
}

/** A picture of the world as the core knows one. */
export function avatarOf(picture: Picture | undefined): RemoteAvatar | 'none' {
  if (picture === undefined) return 'none';
  const version = createHash('sha256').update(picture.bytes).digest('hex');
  return { version, media: pictureOf(picture.bytes, picture.mimetype) };
}
