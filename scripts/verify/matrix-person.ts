import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { isOriginalEvent, markOfEvent, objectOf } from './marks.ts';
import { ratchetStepOf, type Secrets } from './secrets.ts';

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
  readonly #secrets: Secrets | undefined;
  readonly #encrypted = new Set<string>();
  #following: Promise<void> = Promise.resolve();
  /** Why following ended early: from then on every question to this person throws, so that nobody waits for ever. */
  #failure: Error | undefined;

  /** With `secrets`, what this person writes in encrypted rooms is sealed, and what is sealed there is opened. */
  constructor(
    session: { readonly baseUrl: string; readonly userId: string; readonly accessToken: string },
    secrets?: Secrets,
  ) {
    this.#secrets = secrets;
    this.userId = session.userId;
    this.#token = session.accessToken;
    this.#pool = new Pool(session.baseUrl, { connections: 24, keepAliveTimeout: 60_000 });
  }

  /** Begins to follow what happens. */
  follow(): void {
    this.#following = this.#follow().catch((cause: unknown) => {
      this.#failure = new Error(`${this.userId} no longer follows.`, { cause });
      this.#stop.abort();
    });
  }

  /** The room in which both this person and that one are joined. */
  roomWith(other: string): string | undefined {
    this.#assertFollows();
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
    this.#assertFollows();
    return [...this.#rooms].flatMap(([room, members]) =>
      members.get(other) === 'join' && members.get(this.userId) === 'join' ? [room] : [],
    );
  }

  /** The marks of what a sender was heard to say, in any room. */
  heardFrom(sender: string): ReadonlySet<string> {
    this.#assertFollows();
    return this.#heard.get(sender) ?? new Set();
  }

  /** The marks of what others were heard to say in a room. */
  heardIn(room: string): ReadonlySet<string> {
    this.#assertFollows();
    return this.#heardIn.get(room) ?? new Set();
  }

  /** The room in which others were heard to say something. */
  roomHaving(mark: string): string | undefined {
    this.#assertFollows();
    return [...this.#heardIn].find(([, marks]) => marks.has(mark))?.[0];
  }

  /** The last message that somebody else was heard to say in a room, corrections and reactions aside. */
  lastIn(room: string): TimelineEvent | undefined {
    this.#assertFollows();
    return this.#last.get(room);
  }

  /** Makes a direct room and invites one person to it. */
  async invite(other: string): Promise<void> {
    const content = { algorithm: 'm.megolm.v1.aes-sha2' };
    const encryption = [{ type: 'm.room.encryption', state_key: '', content }];
    const body = {
      ...{ preset: 'trusted_private_chat', is_direct: true, invite: [other] },
      ...(this.#secrets === undefined ? {} : { initial_state: encryption }),
    };
    await this.#until('POST', '/_matrix/client/v3/createRoom', body);
  }

  /** Sends an event; resolves to its id once the homeserver has accepted it, however often it has to be asked. */
  async send(room: string, transaction: string, type: string, content: Json): Promise<string> {
    const wire = await this.#sealed(room, type, content);
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/${wire.type}/${transaction}`;
    return String((await this.#until('PUT', path, wire.content))['event_id']);
  }

  /** Puts a file into the homeserver's store, sealed for an encrypted room; resolves to its address. */
  async upload(room: string, name: string, type: string, bytes: Uint8Array): Promise<string> {
    const sealed = (await this.#isEncrypted(room)) ? this.#secrets?.sealFile(bytes) : undefined;
    const path = `/_matrix/media/v3/upload?filename=${encodeURIComponent(name)}`;
    const file =
      sealed === undefined ? { type, bytes } : { type: 'application/octet-stream', bytes: sealed.bytes };
    const mxc = String((await this.#until('POST', path, file))['content_uri']);
    sealed?.uploaded(mxc);
    return mxc;
  }

  /** What could not be opened, by event id. */
  get unopened(): ReadonlySet<string> {
    return this.#secrets?.unopened ?? new Set();
  }

  /** What others have said in a room: the step of its session for each sealed event, and the ids of those in the clear. */
  async secrecy(
    room: string,
  ): Promise<{ readonly steps: readonly string[]; readonly clear: readonly string[] }> {
    const said = (await this.#messages(room)).filter(({ sender }) => sender !== this.userId);
    const clear = said.filter(({ type }) => type === 'm.room.message');
    return {
      steps: said.flatMap(({ content }) => ratchetStepOf(objectOf(content)) ?? []),
      clear: clear.map((event) => String(event['event_id'])),
    };
  }

  /** All messages of a room from its beginning, as the homeserver has them (`/messages`). */
  async timeline(room: string): Promise<readonly TimelineEvent[]> {
    const found: TimelineEvent[] = [];
    for (const event of await this.#messages(room)) {
      const shown = this.#read(await this.#open(event));
      if (shown !== undefined) found.push(shown);
    }
    return found;
  }

  async #messages(room: string): Promise<readonly Json[]> {
    const found: Json[] = [];
    for (let from = ''; ;) {
      const query = `dir=f&limit=500${from === '' ? '' : `&from=${encodeURIComponent(from)}`}`;
      const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/messages?${query}`;
      const page = await this.#until('GET', path);
      found.push(...listOf(page['chunk']));
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

  #assertFollows(): void {
    if (this.#failure !== undefined) throw this.#failure;
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
        for (const event of listOf(objectOf(part)['events']))
          this.#hearEvent(room, await this.#open({ ...event, room_id: room }));
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
    if (event['type'] === 'm.room.encryption') this.#encrypted.add(room);
    const said = this.#read(event);
    if (said === undefined) return;
    addTo(this.#heard, said.sender, said.text);
    if (said.sender === this.userId) return;
    addTo(this.#heardIn, room, said.text);
    if (isOriginalEvent(String(event['type']), content)) this.#last.set(room, said);
  }

  async #open(event: Json): Promise<Json> {
    return this.#secrets === undefined ? event : this.#secrets.open(event);
  }

  async #sealed(room: string, type: string, content: Json): Promise<{ type: string; content: Json }> {
    if (this.#secrets === undefined || !(await this.#isEncrypted(room))) return { type, content };
    return this.#secrets.seal(room, type, content);
  }

  /** Once encrypted, a room stays that. */
  async #isEncrypted(room: string): Promise<boolean> {
    if (this.#secrets === undefined || this.#encrypted.has(room)) return this.#encrypted.has(room);
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/state`;
    if (listOf(await this.#until('GET', path)).some(({ type }) => type === 'm.room.encryption'))
      this.#encrypted.add(room);
    return this.#encrypted.has(room);
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
      this.#assertFollows();
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
