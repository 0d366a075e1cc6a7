import {
  ClientEvent,
  EventType,
  Filter,
  MatrixEventEvent,
  Method,
  PendingEventOrdering,
  Preset,
  RoomEvent,
  SyncState,
  type MatrixClient,
  type MatrixEvent,
  type Room,
} from 'matrix-js-sdk';
import { EventLog } from './event-log.ts';
import * as contents from './matrix-content.ts';
import { seeEvent, type SeenEvent } from './matrix-event.ts';
import { passwordLogin } from './matrix-login.ts';
import { createSdkClient } from './matrix-sdk.ts';
import { SealedFiles } from './sealed-files.ts';
import { shieldOf, startCrypto, type Encryption, type Shield } from './user-crypto.ts';

/** Whom to log in as, and where. */
export interface MatrixLogin {
  readonly baseUrl: string;
  readonly userId: string;
  readonly password: string;
  readonly displayName?: string;
  /** How the client encrypts; one without can neither read nor write in encrypted rooms. */
  readonly encryption?: Encryption;
}

/** A file to upload and send. */
export interface MatrixFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Added to `info`: width, height, duration. */
  readonly info?: contents.Content;
  readonly caption?: string;
}

/** An invitation that has arrived. */
export interface Invite {
  readonly roomId: string;
  readonly inviter: string;
  readonly isDirect: boolean;
}

/** The SDK's client, whose types know only the events that it knows itself. */
interface AnyEventSender {
  sendEvent(roomId: string, type: string, content: contents.Content): Promise<{ readonly event_id: string }>;
}

const PATIENCE_MS = 10_000;

/**
 * A person at a Matrix client: matrix-js-sdk with its store in memory, syncing, keeping every event of every
 * joined room in order of arrival. Every sending method resolves to the id of its event.
 */
export class MatrixUser implements AsyncDisposable {
  /** The SDK's own client, for what this class does not wrap. */
  readonly sdk: MatrixClient;
  readonly userId: string;
  readonly #events = new EventLog<SeenEvent>((event) => JSON.stringify(event));
  readonly #invites = new EventLog<Invite>((invite) => JSON.stringify(invite));
  readonly #sender: AnyEventSender;
  readonly #places = new Map<string, SeenEvent>();
  readonly #files = new SealedFiles();

  private constructor(sdk: MatrixClient, userId: string) {
    this.sdk = sdk;
    this.userId = userId;
    this.#sender = sdk;
    sdk.on(RoomEvent.Timeline, (event, _room, toStart) => {
      if (toStart !== true) this.#see(event);
    });
    sdk.on(MatrixEventEvent.Decrypted, (event) => this.#seeAgain(event));
    sdk.on(RoomEvent.MyMembership, (room, membership) => {
      if (membership === 'invite') this.#invites.push(this.#readInvite(room));
    });
  }

  /** Logs in with a new device, and resolves once the first sync is done. */
  static async login(login: MatrixLogin): Promise<MatrixUser> {
    const session = await passwordLogin(login.baseUrl, login.userId, login.password);
    const sdk = createSdkClient(session);
    const user = new MatrixUser(sdk, session.userId);
    if (login.encryption !== undefined) await startCrypto(sdk, login.encryption);
    if (login.displayName !== undefined) await sdk.setDisplayName(login.displayName);
    await user.#startSync();
    return user;
  }

  /** The events of a room in order of arrival, state, reactions, edits and redactions included. */
  timeline(roomId: string): readonly SeenEvent[] {
    return this.#events.all.filter((event) => event.roomId === roomId);
  }

  /** The first event of the room, arrived already or to come, that the predicate accepts. */
  waitForEvent(
    roomId: string,
    predicate: (event: SeenEvent) => boolean,
    timeoutMs = PATIENCE_MS,
    wanted = 'the awaited event',
  ): Promise<SeenEvent> {
    const matches = (event: SeenEvent): boolean => event.roomId === roomId && predicate(event);
    return this.#events.waitFor(matches, timeoutMs, `${wanted} in ${roomId}`);
  }

  /** The first message of the room with that body. */
  waitForText(roomId: string, body: string, timeoutMs = PATIENCE_MS): Promise<SeenEvent> {
    const matches = (event: SeenEvent): boolean => event.content['body'] === body;
    return this.waitForEvent(roomId, matches, timeoutMs, `a message "${body}"`);
  }

  /** The first invitation, arrived already or to come, that the predicate accepts. */
  waitForInvite(predicate: (invite: Invite) => boolean, timeoutMs = PATIENCE_MS): Promise<Invite> {
    return this.#invites.waitFor(predicate, timeoutMs, 'an invitation');
  }

  /** Resolves once the client shows the room: before its sync has told of it, nobody could write there. */
  async join(roomId: string): Promise<void> {
    await this.sdk.joinRoom(roomId);
    await this.knows(roomId, this.userId);
  }

  /** Resolves once the client knows whom it encrypts for, as `createDirectRoom` does. */
  async invite(roomId: string, invitee: string): Promise<void> {
    await this.sdk.invite(roomId, invitee);
    await this.knows(roomId, invitee);
  }

  /** Replaces a room by one of another version; resolves to that one, once the client shows it. */
  async upgradeRoom(roomId: string, version: string): Promise<string> {
    const { replacement_room: fresh } = await this.sdk.upgradeRoom(roomId, version);
    await this.knows(fresh, this.userId);
    return fresh;
  }

  /** Resolves once this client has been told of the membership that somebody has in a room on the server now. */
  async knows(roomId: string, userId: string): Promise<void> {
    const { chunk = [] } = await this.sdk.members(roomId);
    const member = chunk.find((event) => event.state_key === userId);
    if (member === undefined) throw new Error(`${userId} was never in ${roomId}.`);
    const isIt = ({ eventId }: SeenEvent): boolean => eventId === member.event_id;
    await this.waitForEvent(roomId, isIt, PATIENCE_MS, `the membership of ${userId}`);
  }

  /** Sets any state of a room. */
  async sendState(
    roomId: string,
    type: string,
    key: string,
    content: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const path = `/rooms/${encodeURIComponent(roomId)}/state/${type}/${encodeURIComponent(key)}`;
    await this.sdk.http.authedRequest(Method.Put, path, undefined, content);
  }

  /** Puts somebody out of a room. */
  async kick(roomId: string, user: string): Promise<void> {
    await this.sdk.kick(roomId, user);
  }

  async leave(roomId: string): Promise<void> {
    await this.sdk.leave(roomId);
  }

  /**
   * Makes a direct room, invites one person to it and marks it as direct in one's account data. A client with encryption
   * encrypts it; `plain` makes it as a client does that found no device of the person.
   */
  async createDirectRoom(invitee: string, plain = false): Promise<string> {
    const encryption = { algorithm: 'm.megolm.v1.aes-sha2' };
    const encrypted = [{ type: EventType.RoomEncryption, state_key: '', content: encryption }];
    const { room_id: roomId } = await this.sdk.createRoom({
      invite: [invitee],
      is_direct: true,
      preset: Preset.TrustedPrivateChat,
      ...(this.sdk.getCrypto() === undefined || plain ? {} : { initial_state: encrypted }),
    });
    await this.markDirect(invitee, roomId);
    // Until its client knows who is invited, it would encrypt for nobody but itself.
    await this.knows(roomId, invitee);
    return roomId;
  }

  /** Makes a private room with nobody else in it. */
  async createRoom(name?: string): Promise<string> {
    const options = { preset: Preset.PrivateChat, ...(name === undefined ? {} : { name }) };
    return (await this.sdk.createRoom(options)).room_id;
  }

  /** Adds a room to those that count as direct chats with a person (`m.direct`). */
  async markDirect(person: string, roomId: string): Promise<void> {
    const direct = this.sdk.getAccountData(EventType.Direct)?.getContent<Record<string, string[]>>();
    const known = new Map(Object.entries(direct ?? {})).get(person) ?? [];
    const rooms = [...new Set([...known, roomId])];
    await this.sdk.setAccountData(EventType.Direct, { ...direct, [person]: rooms });
  }

  /** Who is what in a room, as the server says now: user id to `join`, `invite`, `leave` or `ban`. */
  async memberships(roomId: string): Promise<Readonly<Record<string, string>>> {
    const { chunk = [] } = await this.sdk.members(roomId);
    return Object.fromEntries(chunk.map((event) => [event.state_key, String(event.content.membership)]));
  }

  /** Sends any event; it is encrypted where the room is. */
  async sendEvent(roomId: string, type: string, content: contents.Content): Promise<string> {
    const sent = await this.#sender.sendEvent(roomId, type, this.#files.toWire(content));
    return sent.event_id;
  }

  /** Whether this client knows the room as an encrypted one. */
  async isEncrypted(roomId: string): Promise<boolean> {
    return (await this.sdk.getCrypto()?.isEncryptionEnabledInRoom(roomId)) === true;
  }

  /** What the client shows beside an event that it has opened; undefined for one that was not encrypted, or not opened. */
  shieldOf(roomId: string, eventId: string): Promise<Shield | undefined> {
    return shieldOf(this.sdk, roomId, eventId);
  }

  sendMessage(roomId: string, content: contents.Content): Promise<string> {
    return this.sendEvent(roomId, 'm.room.message', content);
  }

  sendText(roomId: string, body: string): Promise<string> {
    return this.sendMessage(roomId, contents.textContent(body));
  }

  sendHtml(roomId: string, body: string, html: string): Promise<string> {
    return this.sendMessage(roomId, contents.htmlContent(body, html));
  }

  reply(roomId: string, eventId: string, body: string): Promise<string> {
    return this.sendMessage(roomId, contents.replyContent(eventId, body));
  }

  edit(roomId: string, eventId: string, body: string): Promise<string> {
    return this.sendMessage(roomId, contents.editContent(eventId, body));
  }

  react(roomId: string, eventId: string, key: string): Promise<string> {
    return this.sendEvent(roomId, 'm.reaction', contents.reactionContent(eventId, key));
  }

  async redact(roomId: string, eventId: string, reason?: string): Promise<string> {
    const sent = await this.sdk.redactEvent(
      roomId,
      eventId,
      undefined,
      reason === undefined ? {} : { reason },
    );
    return sent.event_id;
  }

  /** Uploads a file and sends it as the image, video, audio or plain file that its type says. */
  async sendFile(roomId: string, file: MatrixFile): Promise<string> {
    const { name, type, bytes, info = {}, caption } = file;
    const mxc = await this.upload(file, roomId);
    return this.sendMessage(
      roomId,
      contents.fileContent({ name, type, size: bytes.byteLength, mxc }, info, caption),
    );
  }

  /** Uploads a file, for an encrypted room as ciphertext: an event that names its address then gets its key. */
  async upload({ name, type, bytes }: MatrixFile, roomId?: string): Promise<string> {
    if (roomId === undefined || !(await this.isEncrypted(roomId))) {
      return (await this.sdk.uploadContent(new Blob([bytes]), { name, type })).content_uri;
    }
    const sealed = this.#files.seal(bytes);
    const options = { includeFilename: false, type: 'application/octet-stream' };
    const { content_uri: mxc } = await this.sdk.uploadContent(new Blob([sealed.bytes]), options);
    this.#files.uploaded(mxc, sealed.info);
    return mxc;
  }

  /** Downloads from the media store as this person, and opens what events have given the key of. */
  async downloadMedia(mxc: string): Promise<{ readonly type: string; readonly bytes: Uint8Array }> {
    const url = this.sdk.mxcUrlToHttp(mxc, undefined, undefined, undefined, false, true, true);
    if (url === null) throw new Error(`Not a media address: ${mxc}`);
    const headers = { authorization: `Bearer ${this.sdk.getAccessToken() ?? ''}` };
    const response = await fetch(url, { headers });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (!response.ok) throw new Error(`The download of ${mxc} got ${response.status}.`);
    return { type: response.headers.get('content-type') ?? '', bytes: this.#files.open(mxc, bytes) };
  }

  /** Sends a public read receipt for an event. */
  async markRead(roomId: string, eventId: string): Promise<void> {
    const event = this.sdk.getRoom(roomId)?.findEventById(eventId);
    if (event === undefined) throw new Error(`${eventId} has not been seen in ${roomId}.`);
    await this.sdk.sendReadReceipt(event);
  }

  async setTyping(roomId: string, typing: boolean): Promise<void> {
    await this.sdk.sendTyping(roomId, typing, 5_000);
  }

  /** Ends the session on the server too. */
  async logout(): Promise<void> {
    this.stop();
    await this.sdk.logout();
  }

  /** Stops syncing; nothing of it keeps the process alive. */
  stop(): void {
    this.sdk.stopClient();
    this.sdk.removeAllListeners();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
  }

  async #startSync(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<SyncState>();
    const listener = (state: SyncState): void => {
      if (state === SyncState.Prepared) resolve(state);
    };
    this.sdk.on(ClientEvent.Sync, listener);
    // A long timeline, so that no burst of a test falls into a gap.
    const filter = new Filter(this.userId);
    filter.setDefinition({ room: { timeline: { limit: 1_000 } } });
    await this.sdk.startClient({
      filter,
      pendingEventOrdering: PendingEventOrdering.Detached,
      pollTimeout: 5_000,
    });
    await promise;
    this.sdk.off(ClientEvent.Sync, listener);
  }

  #read(event: MatrixEvent): SeenEvent {
    const seen = seeEvent(event);
    return { ...seen, content: this.#files.fromWire(seen.content) };
  }

  #see(event: MatrixEvent): void {
    const seen = this.#read(event);
    if (seen.eventId === '' || this.#places.has(seen.eventId)) return;
    this.#places.set(seen.eventId, seen);
    this.#events.push(seen);
  }

  #seeAgain(event: MatrixEvent): void {
    const before = this.#places.get(event.getId() ?? '');
    if (before === undefined) return;
    Object.assign(before, this.#read(event));
    this.#events.changed(before);
  }

  #readInvite(room: Room): Invite {
    const invitation = room.getMember(this.userId)?.events.member;
    return {
      roomId: room.roomId,
      inviter: invitation?.getSender() ?? '',
      isDirect: invitation?.getContent()['is_direct'] === true,
    };
  }
}
