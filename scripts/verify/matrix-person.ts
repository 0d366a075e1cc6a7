import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

type Json = Readonly<Record<string, unknown>>;

/** An event as a room's timeline has it. */
export interface TimelineEvent {
  readonly eventId: string;
  readonly sender: string;
  readonly text: string;
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

  /** The texts that a sender's messages were heard to have, in any room. */
  heardFrom(sender: string): ReadonlySet<string> {
    return this.#heard.get(sender) ?? new Set();
  }

  /** Makes a direct room and invites one person to it. */
  async invite(other: string): Promise<void> {
    const body = { preset: 'trusted_private_chat', is_direct: true, invite: [other] };
    await this.#until('POST', '/_matrix/client/v3/createRoom', body);
  }

  /** Sends a text; resolves to the event's id once the homeserver has accepted it, however often it has to be asked. */
  async send(room: string, transaction: string, text: string): Promise<string> {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/${transaction}`;
    return String((await this.#until('PUT', path, { msgtype: 'm.text', body: text }))['event_id']);
  }

  /** All messages of a room from its beginning, as the homeserver has them (`/messages`). */
  async timeline(room: string): Promise<readonly TimelineEvent[]> {
    const found: TimelineEvent[] = [];
    for (let from = ''; ;) {
      const query = `dir=f&limit=500${from === '' ? '' : `&from=${encodeURIComponent(from)}`}`;
      const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/messages?${query}`;
      const page = await this.#until('GET', path);
      for (const event of listOf(page['chunk'])) {
        if (event['type'] !== 'm.room.message') continue;
        const content = objectOf(event['content']);
        const [eventId, sender, text] = [event['event_id'], event['sender'], content['body']].map(String);
        found.push({ eventId: eventId ?? '', sender: sender ?? '', text: text ?? '' });
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
    } else if (event['type'] === 'm.room.message') {
      const sender = String(event['sender']);
      const texts = this.#heard.get(sender) ?? new Set();
      this.#heard.set(sender, texts.add(String(content['body'])));
    }
  }

  async #until(method: 'GET' | 'POST' | 'PUT', path: string, body?: Json): Promise<Json> {
    for (;;) {
      const answer = await this.#ask(method, path, body);
      if (answer !== undefined) return answer;
      if (this.#stop.signal.aborted) throw new Error(`No answer to ${method} ${path}`);
      await sleep(250);
    }
  }

  async #ask(method: 'GET' | 'POST' | 'PUT', path: string, body?: Json): Promise<Json | undefined> {
    try {
      const response = await this.#pool.request({
        method,
        path,
        headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: this.#stop.signal,
      });
      const answer = objectOf(await response.body.json());
      return response.statusCode === 200 ? answer : undefined;
    } catch {
      return undefined;
    }
  }
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}
