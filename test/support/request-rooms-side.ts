import { matrixEventId, roomId, type MatrixUserId, type RoomId } from '../../src/core/ids.ts';
import { failedForGood } from '../../src/core/outcome.ts';
import type { RequestRoom, RequestRoomsSide } from '../../src/core/request-room.ts';

interface Made {
  readonly tag: string;
  readonly name: string;
  readonly space: boolean;
  readonly lines: Map<string, string>;
  readonly edits: string[];
  readonly children: Map<string, string>;
  isOpen: boolean;
}

/** A homeserver in memory that makes rooms for requests. It can fail at a step, before or after that was done. */
export class FakeRequestRooms implements RequestRoomsSide {
  readonly rooms = new Map<RoomId, Made>();
  /** In how many steps it fails, and whether what was asked is done all the same. */
  failsIn: { steps: number; done: boolean } | undefined;
  steps = 0;
  /** Whether no room is made. */
  refuses = false;

  open(space: boolean): readonly Made[] {
    return [...this.rooms.values()].filter((room) => room.isOpen && room.space === space);
  }

  space(user: MatrixUserId, name: string, again: boolean): ReturnType<RequestRoomsSide['space']> {
    return this.#step(() => this.#made(user, name, true, again));
  }

  room(
    own: RequestRoom,
    { name }: { readonly name: string },
    again: boolean,
  ): ReturnType<RequestRoomsSide['room']> {
    return this.#step(() =>
      this.refuses ? failedForGood('forbidden') : this.#made(tagOf(own), name, false, again),
    );
  }

  find(of: RequestRoom | MatrixUserId): ReturnType<RequestRoomsSide['find']> {
    return this.#step(() => {
      const room = this.#byTag(typeof of === 'string' ? of : tagOf(of));
      return room === undefined ? { kind: 'none' as const } : { kind: 'room' as const, room };
    });
  }

  list(space: RoomId, room: RoomId, order: string): Promise<ReturnType<typeof failedForGood> | undefined> {
    return this.#step(() => {
      const there = this.rooms.get(space);
      if (there?.isOpen !== true) return failedForGood('portal-closed');
      there.children.set(room, order);
      return undefined;
    });
  }

  unlist(space: RoomId, room: RoomId): Promise<undefined> {
    return this.#step(() => void this.rooms.get(space)?.children.delete(room));
  }

  say(room: RoomId, id: string, { plain }: { readonly plain: string }): ReturnType<RequestRoomsSide['say']> {
    return this.#step(() => {
      this.rooms.get(room)?.lines.set(id, plain);
      return { kind: 'event' as const, eventId: matrixEventId(`$${id}`) };
    });
  }

  edit(
    _room: RoomId,
    _event: unknown,
    _id: string,
    { plain }: { readonly plain: string },
  ): Promise<undefined> {
    return this.#step(() => void this.rooms.get(_room)?.edits.push(plain));
  }

  close(room: RoomId): Promise<undefined> {
    return this.#step(() => {
      const there = this.rooms.get(room);
      if (there !== undefined) there.isOpen = false;
      return undefined;
    });
  }

  #made(
    tag: string,
    name: string,
    space: boolean,
    again: boolean,
  ): { readonly kind: 'room'; readonly room: RoomId } {
    const found = again ? this.#byTag(tag) : undefined;
    const room = found ?? roomId(`!${this.rooms.size}:hs.test`);
    if (found === undefined)
      this.rooms.set(room, {
        ...{ tag, name, space, isOpen: true },
        ...{ lines: new Map(), edits: [], children: new Map() },
      });
    return { kind: 'room', room };
  }

  #byTag(tag: string): RoomId | undefined {
    return [...this.rooms].find(([, room]) => room.tag === tag && room.isOpen)?.[0];
  }

  async #step<T>(work: () => T): Promise<T> {
    this.steps += 1;
    const { failsIn } = this;
    if (failsIn === undefined) return work();
    failsIn.steps -= 1;
    if (failsIn.steps >= 0) return work();
    this.failsIn = undefined;
    if (failsIn.done) work();
    throw new Error('killed here');
  }
}

function tagOf({ request, since }: RequestRoom): string {
  return `${request}/${since}`;
}
