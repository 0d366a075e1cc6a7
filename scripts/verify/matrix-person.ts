import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { isOriginalEvent, markOfEvent, objectOf } from './marks.ts';

type Json = Readonly<Record<string, unknown>>;

/** An event as a room's timeline has it, by its mark. */
export interface TimelineEvent {
  readonly eventId: string;
  readonly sender: string;
  readonly text: string;
  /** `origin_server_ts` */
  readonly at: number;
}

type Method = 'GET' | 'POST' | 'PUT';

interface Upload {
  readonly type: string;
  readonly bytes: Uint8Array;
}

/**
 * A person on Matrix over plain HTTP with connections that are kept: it follows `/sync`, accepts every invitation, and
 * tries what failed again under the same transaction id until the homeserver has answered.
 */
export class MatrixPerson implements AsyncDisposable {
  readonly userId: string;
  readonly #token: string;
  readonly #pool: Pool;
  readonly #stop = new AbortController();
  /** Room to user to membership, as `/sync` told. */
  readonly #rooms = new Map<string, Map<string, string>>();
  readonly #heard = new Map<string, Set<string>>();
  /** What the others have said in a room, by marks. */
  readonly #heardIn = new Map<string, Set<string>>();
  /** The last message of the others in a room. */
  readonly #last = new Map<string, TimelineEvent>();
  readonly #marks = new Map<string, string>();
  #following: Promise<void> = Promise.resolve();

  constructor(session: { readonly baseUrl: string; readonly userId: string; readonly accessToken: string }) {
    this.userId = session.userId;
    this.#token = session.accessToken;
    this.#pool = new Pool(session.baseUrl, { connections: 24, keepAliveTimeout: 60_000 });
  }

  /** Begins to follow what happens. */
  follow(): void {
    this.#following = this.#follow();
  }

  /** The room in which both this person and that one are joined. */
  roomWith(other: string): string | undefined {
    for (const [room, members] of this.#rooms)
      if (members.get(other) === 'join' && members.get(this.userId) === 'join') return room;
    return undefined;
  }

  /** Asks the homeserver for all rooms and who is in them: `/sync` may pass over a room that was joined meanwhile. */
  async refresh(): Promise<void> {
    const { joined_rooms: rooms } = await this.#until('GET', '/_matrix/client/v3/joined_rooms');
    for (const room of Array.isArray(rooms) ? rooms.map(String) : []) {
      const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/joined_members`;
      const joined = objectOf((await this.#ask('GET', path))?.['joined']);
      const members = this.#rooms.get(room) ?? new Map<string, string>();
      for (const user of Object.keys(joined)) members.set(user, 'join');
      this.#rooms.set(room, members);
    }
  }

  /** The rooms in which both this person and that one are joined. */
  roomsWith(other: string): readonly string[] {
    return [...this.#rooms].flatMap(([room, members]) =>
      members.get(other) === 'join' && members.get(this.userId) === 'join' ? [room] : [],
    );
  }

  /** The marks of what a sender was heard to say, in any room. */
  heardFrom(sender: string): ReadonlySet<string> {
    return this.#heard.get(sender) ?? new Set();
  }

  /** The marks of what others were heard to say in a room. */
  heardIn(room: string): ReadonlySet<string> {
    return this.#heardIn.get(room) ?? new Set();
  }

  /** The last message that somebody else was heard to say in a room, corrections and reactions aside. */
  lastIn(room: string): TimelineEvent | undefined {
    return this.#last.get(room);
  }

  /** Makes a direct room and invites one person to it. */
  async invite(other: string): Promise<void> {
    const body = { preset: 'trusted_private_chat', is_direct: true, invite: [other] };
    await this.#until('POST', '/_matrix/client/v3/createRoom', body);
  }

  /** Sends an event; resolves to its id once the homeserver has accepted it, however often it has to be asked. */
  async send(room: string, transaction: string, type: string, content: Json): Promise<string> {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/${type}/${transaction}`;
    return String((await this.#until('PUT', path, content))['event_id']);
  }

  /** Puts a file into the homeserver's store; resolves to its address. */
  async upload(name: string, type: string, bytes: Uint8Array): Promise<string> {
    const path = `/_matrix/media/v3/upload?filename=${encodeURIComponent(name)}`;
    return String((await this.#until('POST', path, { type, bytes }))['content_uri']);
  }

  /** All messages of a room from its beginning, as the homeserver has them (`/messages`). */
  async timeline(room: string): Promise<readonly TimelineEvent[]> {
    const found: TimelineEvent[] = [];
    for (let from = ''; ;) {
      const query = `dir=f&limit=500${from === '' ? '' : `&from=${encodeURIComponent(from)}`}`;
      const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/messages?${query}`;
      const page = await this.#until('GET', path);
      for (const event of listOf(page['chunk'])) {
        const shown = this.#read(event);
        if (shown !== undefined) found.push(shown);
      }
      if (typeof page['end'] !== 'string') return found;
      from = page['end'];
    }
  }

  /** Asks until the answer is a success, then resolves to it. */
  get(path: string): Promise<Json> {
    return this.#until('GET', path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#following;
    await this.#pool.destroy();
  }

  async #follow(): Promise<void> {
    const filter = encodeURIComponent(
      JSON.stringify({
        presence: { not_types: ['*'] },
        room: { timeline: { limit: 500 }, ephemeral: { not_types: ['*'] } },
      }),
    );
    for (let since = ''; !this.#stop.signal.aborted;) {
      const from = since === '' ? '' : `&since=${encodeURIComponent(since)}`;
      const answer = await this.#ask('GET', `/_matrix/client/v3/sync?timeout=5000&filter=${filter}${from}`);
      if (answer === undefined) {
        await sleep(200);
        continue;
      }
      since = String(answer['next_batch']);
      await this.#hear(objectOf(answer['rooms']));
    }
  }

  async #hear(rooms: Json): Promise<void> {
    for (const [room, joined] of Object.entries(objectOf(rooms['join']))) {
      const { state, timeline } = objectOf(joined);
      for (const part of [state, timeline])
        for (const event of listOf(objectOf(part)['events'])) this.#hearEvent(room, event);
    }
    for (const room of Object.keys(objectOf(rooms['leave']))) this.#rooms.delete(room);
    for (const room of Object.keys(objectOf(rooms['invite']))) await this.#accept(room);
  }

  /** An invitation is told once. One that was taken back cannot be accepted. */
  async #accept(room: string): Promise<void> {
    const path = `/_matrix/client/v3/join/${encodeURIComponent(room)}`;
    for (let attempt = 0; attempt < 5; attempt += 1) {
      if ((await this.#ask('POST', path, {})) !== undefined) return;
      await sleep(500);
    }
  }

  #hearEvent(room: string, event: Json): void {
    const content = objectOf(event['content']);
    if (event['type'] === 'm.room.member') {
      const members = this.#rooms.get(room) ?? new Map<string, string>();
      this.#rooms.set(room, members.set(String(event['state_key']), String(content['membership'])));
      return;
    }
    const said = this.#read(event);
    if (said === undefined) return;
    addTo(this.#heard, said.sender, said.text);
    if (said.sender === this.userId) return;
    addTo(this.#heardIn, room, said.text);
    if (isOriginalEvent(String(event['type']), content)) this.#last.set(room, said);
  }

  #read(event: Json): TimelineEvent | undefined {
    const content = objectOf(event['content']);
    const text = markOfEvent(String(event['type']), content, (id) => this.#marks.get(id));
    if (text === undefined) return undefined;
    const [eventId = '', sender = ''] = [event['event_id'], event['sender']].map(String);
    this.#marks.set(eventId, text);
    return { eventId, sender, text, at: Number(event['origin_server_ts']) };
  }

  async #until(method: Method, path: string, body?: Json | Upload): Promise<Json> {
    for (;;) {
      const answer = await this.#ask(method, path, body);
      if (answer !== undefined) return answer;
      if (this.#stop.signal.aborted) throw new Error(`No answer to ${method} ${path}`);
      await sleep(250);
    }
  }

  async #ask(method: Method, path: string, body?: Json | Upload): Promise<Json | undefined> {
    try {
      const response = await this.#pool.request({
        method,
        path,
        headers: {
          authorization: `Bearer ${this.#token}`,
          'content-type': isUpload(body) ? body.type : 'application/json',
        },
        ...(body === undefined ? {} : { body: isUpload(body) ? body.bytes : JSON.stringify(body) }),
        signal: this.#stop.signal,
      });
      const answer = objectOf(await response.body.json());
      return response.statusCode === 200 ? answer : undefined;
    } catch {
      return undefined;
    }
  }
}

function isUpload(body: Json | Upload | undefined): body is Upload {
  return body !== undefined && body.bytes instanceof Uint8Array;
}

function addTo(sets: Map<string, Set<string>>, key: string, value: string): void {
  sets.set(key, (sets.get(key) ?? new Set()).add(value));
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}
