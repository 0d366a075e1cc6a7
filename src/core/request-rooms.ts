/**
 * Gives the waiting requests of a user rooms in a space of their own, and takes them away when the requests are over. Only
 * a request with a line of its own has one, and no user more than so many: a flood makes none beyond.
 */
import { BoundedMap } from './bounded-map.ts';
import type { MatrixUserId, RoomId } from './ids.ts';
import type { Failed } from './outcome.ts';
import type { MessageRequest } from './request.ts';
import type { RequestRoom, RequestRoomsSide, RequestRoomStore } from './request-room.ts';
import { following } from './pages.ts';
import { nextEdit } from './request-notices.ts';
import type { Line } from './report.ts';
import { Rounds } from './rounds.ts';
import type { Log } from './task.ts';
import { Turns } from './turns.ts';

export interface RequestRoomsDeps {
  readonly log: Log;
  readonly store: RequestRoomStore;
  readonly side: RequestRoomsSide;
  /** Whether a user may use the bridge, and wants such rooms. */
  readonly wanted: (user: MatrixUserId) => Promise<boolean>;
  /** How many rooms a user has at most. */
  readonly most: () => number;
  readonly texts: {
    readonly space: (user: MatrixUserId) => Promise<string>;
    readonly name: (request: MessageRequest) => Promise<string>;
    readonly line: (request: MessageRequest) => Promise<Line>;
    readonly over: (user: MatrixUserId) => Promise<string>;
  };
  readonly now?: () => number;
  /** The line of a room is changed at most once in so long, in milliseconds, and ever more seldom. */
  readonly editEvery?: number;
}

const page = 100;
const again = 5_000;
const usualEdit = 30_000;
const mostResting = 10_000;

/** Keeps rooms in step with requests. What is missed is put right in the next round, also after a restart. */
export class RequestRooms implements AsyncDisposable {
  readonly #deps: RequestRoomsDeps;
  readonly #now: () => number;
  readonly #turns = new Turns();
  /** Until when a request's room is left alone. */
  readonly #resting = new BoundedMap<number, number>(mostResting);
  readonly #rounds: Rounds;

  constructor(deps: RequestRoomsDeps) {
    this.#deps = deps;
    this.#now = deps.now ?? Date.now;
    this.#rounds = new Rounds({ log: deps.log, name: 'request rooms', round: () => this.keepInStep() });
  }

  /** Requests have changed, or may have before a restart. */
  poke(): void {
    this.#rounds.poke();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rounds[Symbol.asyncDispose]();
  }

  /** One round; answers in how many milliseconds something is left to do, if anything. */
  async keepInStep(): Promise<number | undefined> {
    const waits = [await this.#closeOver(), await this.#refresh(), await this.#makeLacking()].filter(
      (wait) => wait !== undefined,
    );
    return waits.length === 0 ? undefined : Math.max(50, Math.min(...waits));
  }

  /** All rooms and the space of a user go: the user is being erased. */
  async close(user: MatrixUserId): Promise<undefined | Failed> {
    return this.#turns.alone(user, async () => {
      const { store, side } = this.#deps;
      for (const room of await store.ofUser(user)) {
        const failed = await this.#close(room);
        if (failed !== undefined) return failed;
      }
      const known = await store.space(user);
      if (known === undefined) return undefined;
      const space = known.room ?? (await found(side.find(user)));
      if (typeof space === 'object') return space;
      const failed = space && (await side.close(space, user, undefined));
      if (failed?.retry.kind === 'later') return failed;
      await store.removeSpace(user);
      return undefined;
    });
  }

  #closeOver(): Promise<number | undefined> {
    const { store } = this.#deps;
    const over = following(
      page,
      0,
      (after, limit) => store.over(after, limit),
      ({ request }) => request,
    );
    return this.#each(over, (room) =>
      this.#inTurn(room, async () => {
        const failed = await this.#close(room);
        return failed === undefined ? undefined : this.#failed(room, failed);
      }),
    );
  }

  /** Does what there is to do with each; answers in how many milliseconds the first that has to wait is due. */
  async #each<T>(
    all: AsyncIterable<T>,
    work: (one: T) => Promise<number | undefined>,
  ): Promise<number | undefined> {
    let least: number | undefined;
    for await (const one of all) {
      if (this.#rounds.stop.aborted) return undefined;
      least = sooner(await work(one), least);
    }
    return least;
  }

  /** Answers a failure only where it is worth another try: what cannot be closed is of no use, and forgotten. */
  async #close(own: RequestRoom): Promise<undefined | Failed> {
    const { store, side, texts } = this.#deps;
    const room = own.room ?? (await found(side.find(own)));
    if (typeof room === 'object') return room;
    if (room !== undefined) {
      const space = (await store.space(own.user))?.room;
      const failed =
        later(space && (await side.unlist(space, room))) ??
        later(await side.close(room, own.user, await texts.over(own.user)));
      if (failed !== undefined) return failed;
    }
    await store.remove(own);
    return undefined;
  }

  /** Rooms that an earlier round did not make ready, and lines that tell what is no more so. */
  #refresh(): Promise<number | undefined> {
    const { store, wanted } = this.#deps;
    const stale = following(
      page,
      0,
      (after, limit) => store.stale(after, limit),
      ({ request }) => request.id,
    );
    return this.#each(stale, async ({ room, request }) =>
      (await wanted(room.user)) ? this.#inTurn(room, () => this.#bring(room, request, true)) : undefined,
    );
  }

  async #makeLacking(): Promise<number | undefined> {
    const { store, wanted, most } = this.#deps;
    if (most() === 0) return undefined;
    const lacking = following(
      page,
      0,
      (after, limit) => store.lacking(most(), after, limit),
      ({ id }) => id,
    );
    return this.#each(lacking, (request) => {
      const { id, since, user } = request;
      const intent = { request: id, since, user, room: undefined, line: undefined };
      return this.#inTurn(intent, async () => {
        if (!(await wanted(user)) || !(await store.intend(request, most()))) return undefined;
        return this.#bring(intent, request, false);
      });
    });
  }

  /** What has just failed rests for a while, however often something is new: a homeserver that refuses is not flooded. */
  async #inTurn(
    { request, user }: RequestRoom,
    work: () => Promise<number | undefined>,
  ): Promise<number | undefined> {
    const left = (this.#resting.get(request) ?? 0) - this.#now();
    return left > 0 ? left : this.#turns.alone(user, work);
  }

  /** Makes the room ready, from wherever an earlier attempt left off, and its line true. Undefined where it is. */
  async #bring(own: RequestRoom, request: MessageRequest, tried: boolean): Promise<number | undefined> {
    const { store, side, texts } = this.#deps;
    if (own.line !== undefined) return this.#edit(own, own.line, request);
    const space = await this.#space(own.user);
    if (typeof space === 'object') return this.#failed(own, space);
    const made =
      own.room === undefined
        ? await side.room(own, { name: await texts.name(request), space }, tried)
        : { kind: 'room' as const, room: own.room };
    if (made.kind === 'failed') return this.#failed(own, made);
    const { room } = made;
    if (own.room === undefined) await store.put({ ...own, room });
    const listed = await side.list(space, room, String(request.number).padStart(9, '0'));
    if (listed?.reason === 'portal-closed') {
      // Somebody has removed the space: the next round makes another.
      await store.removeSpace(own.user);
      return again;
    }
    if (listed !== undefined) return this.#failed(own, listed);
    const said = await side.say(room, nameOf(own), await texts.line(request));
    if (said.kind === 'failed') return this.#failed(own, said);
    const { held, dropped } = request;
    await store.put({ ...own, room, line: { eventId: said.eventId, held, dropped, editedAt: this.#now() } });
    return undefined;
  }

  async #edit(
    own: RequestRoom,
    line: NonNullable<RequestRoom['line']>,
    request: MessageRequest,
  ): Promise<number | undefined> {
    const { store, side, texts, editEvery = usualEdit } = this.#deps;
    const due = nextEdit(own.since, line.editedAt, editEvery) - this.#now();
    if (due > 0 || own.room === undefined) return due > 0 ? due : undefined;
    const { held, dropped } = request;
    const failed = await side.edit(
      own.room,
      line.eventId,
      `${nameOf(own)}/${held}/${dropped}`,
      await texts.line(request),
    );
    if (failed?.retry.kind === 'later') return this.#failed(own, failed);
    // What another try does not mend is not tried again.
    await store.put({ ...own, line: { ...line, held, dropped, editedAt: this.#now() } });
    return undefined;
  }

  async #space(user: MatrixUserId): Promise<RoomId | Failed> {
    const { store, side, texts } = this.#deps;
    const known = await store.space(user);
    if (known?.room !== undefined) return known.room;
    if (known === undefined) await store.putSpace({ user, room: undefined });
    const made = await side.space(user, await texts.space(user), known !== undefined);
    if (made.kind === 'failed') return made;
    await store.putSpace({ user, room: made.room });
    return made.room;
  }

  /** A request is told of in the management room in any case: what does not work here is tried again, not too often. */
  #failed({ request }: RequestRoom, failed: Failed): number {
    this.#deps.log.info(
      { err: failed.cause, reason: failed.reason },
      'the room of a request is not as it is to be yet',
    );
    const wait = failed.retry.kind === 'later' ? waitFor(failed) : again * 60;
    this.#resting.set(request, this.#now() + wait);
    return wait;
  }
}

function sooner(wait: number | undefined, than: number | undefined): number | undefined {
  return wait === undefined || than === undefined ? (wait ?? than) : Math.min(wait, than);
}

/** The name under which a room's line is sent. */
function nameOf({ request, since }: RequestRoom): string {
  return `request-room/${request}/${since}`;
}

function waitFor({ retry }: Failed): number {
  return retry.kind === 'later' ? (retry.afterMs ?? again) : again;
}

function later(failed: Failed | undefined): Failed | undefined {
  return failed?.retry.kind === 'later' ? failed : undefined;
}

async function found(finding: ReturnType<RequestRoomsSide['find']>): Promise<RoomId | undefined | Failed> {
  const room = await finding;
  if (room.kind === 'failed') return later(room);
  return room.kind === 'room' ? room.room : undefined;
}
