import { BoundedMap } from '../core/bounded-map.ts';
import type { MatrixUserId, RoomId } from '../core/ids.ts';
import { signalCause, type MatrixSignal } from '../core/signals.ts';
import type { Ephemeral } from './ephemeral.ts';

const mostRooms = 5_000;

/** Makes signals of what the homeserver tells: of who types now, the difference to before; nothing of the bridge's own users. */
export class EphemeralSignals {
  readonly #isOwn: (user: string) => boolean;
  readonly #now: () => number;
  readonly #typing = new BoundedMap<RoomId, ReadonlySet<MatrixUserId>>(mostRooms);

  constructor(isOwn: (user: string) => boolean, now: () => number = Date.now) {
    this.#isOwn = isOwn;
    this.#now = now;
  }

  take(all: readonly Ephemeral[]): readonly MatrixSignal[] {
    return all.flatMap((one) => {
      switch (one.kind) {
        case 'typing':
          return this.#typists(one.room, new Set(one.users.filter((user) => !this.#isOwn(user))));
        case 'read':
          return this.#isOwn(one.user) ? [] : [this.#read(one)];
        case 'presence':
          return this.#isOwn(one.user) ? [] : [this.#presence(one)];
      }
    });
  }

  #typists(room: RoomId, now: ReadonlySet<MatrixUserId>): readonly MatrixSignal[] {
    const before = this.#typing.get(room) ?? new Set();
    if (now.size === 0) this.#typing.delete(room);
    else this.#typing.set(room, now);
    const signal = (user: MatrixUserId, typing: boolean): MatrixSignal => ({
      room,
      event: { ...this.#envelope(user), kind: 'typing', typing },
    });
    return [
      ...[...before.difference(now)].map((user) => signal(user, false)),
      ...[...now.difference(before)].map((user) => signal(user, true)),
    ];
  }

  #read({ room, user, eventId }: Extract<Ephemeral, { kind: 'read' }>): MatrixSignal {
    const target = { in: 'matrix', eventId } as const;
    return { room, event: { ...this.#envelope(user), kind: 'receipt', receipt: 'read', target } };
  }

  #presence({ user, presence, status }: Extract<Ephemeral, { kind: 'presence' }>): MatrixSignal {
    return { room: undefined, event: { ...this.#envelope(user), kind: 'presence', presence, status } };
  }

  #envelope(userId: MatrixUserId) {
    const sender = { in: 'matrix', userId } as const;
    return { cause: signalCause(), sender, name: undefined, at: this.#now() };
  }
}
