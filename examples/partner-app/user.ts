/** A user of the messenger, as a program sees one: what the terminal, the demo and the tests drive. */
import { randomUUID } from 'node:crypto';
import type { Place } from '../../src/core/event.ts';
import type { Health } from '../../src/core/network.ts';
import { failedForNow, type Failed } from '../../src/core/outcome.ts';
import { task } from '../../src/core/task.ts';
import type { ChatClientTimes } from '../../src/interop/client/client.ts';
import { enlist, type Enlisted } from '../../src/interop/enlistment/client.ts';
import type { Login } from '../../src/interop/enlistment/login.ts';
import type { Woken } from '../../src/interop/identity/push-receiver.ts';
import { messageIdFor } from '../../src/interop/message/message-id.ts';
import { encodeMessage } from '../../src/interop/message/protobuf.ts';
import { formatAddress } from '../../src/interop/node/address.ts';
import { curveKeyPair } from '../../src/interop/noise/curve-key.ts';
import type { Reachability } from '../../src/interop/stanza/interop-asking.ts';
import { block, blocklist, lookUp, reachability } from './asking.ts';
import type { AppEvent, EventOf, TimelineEvent } from './event.ts';
import { fileOpener } from './files.ts';
import { receiptParcel } from './inbox.ts';
import { openLink, partyOf, type Link, type LinkOptions } from './link.ts';
import { News } from './news.ts';
import { addressOf, chatOf } from './chat-name.ts';
import { identifierOf, type Provider } from './provider.ts';
import { lineId, lineValue, messageOf, read } from './reading.ts';
import { sealOutgoing, type OutgoingFile } from './outgoing-file.ts';
import { UserStore, type Line, type Person } from './user-store.ts';
import { write, type Answered, type Named, type Saying } from './writing.ts';

export interface UserOptions {
  readonly now?: () => number;
  readonly times?: Partial<ChatClientTimes>;
  /** For how long a connection stays that a push has woken, after the last that came, in milliseconds. */
  readonly wokenForMs?: number;
  /** Is told of each stanza, as `LinkOptions` says. */
  readonly watch?: LinkOptions['watch'];
}
/** What may be said of a message that is sent. */
export interface SendOptions {
  /** The message that it answers. */
  readonly answers?: Named | undefined;
  /** Addresses of those whom a text calls; it has them as `@` and the part before their own `@`. */
  readonly calls?: readonly string[] | undefined;
  /** Why it is sent: under one cause it is sent once, however often it is asked for. */
  readonly cause?: string | undefined;
}

const wokenForMs = 60_000;

/** One user of a provider. Whatever is said is kept before the call returns, and goes out when there is a connection. */
export class PartnerUser implements AsyncDisposable {
  readonly identifier: string;
  readonly #provider: Provider;
  readonly #options: UserOptions;
  readonly #store: UserStore;
  readonly #news = new News();
  readonly #stopping = new AbortController();
  #link: Link | undefined;
  #wanted = false;
  #restTimer: NodeJS.Timeout | undefined;
  #enlistedAgain = false;

  /** Opens the user, and makes one where there is none. A push for the user wakes it from here on. */
  constructor(provider: Provider, identifier: string, options: UserOptions = {}) {
    this.identifier = identifierOf(provider, identifier);
    this.#provider = provider;
    this.#options = options;
    this.#store = new UserStore(provider.database, this.identifier);
    this.#store.added = (line) => this.#tell(this.#read(line));
    provider.wakers.set(this.identifier, async () => this.#woken());
  }

  /** The name that goes along with what the user says. */
  get name(): string {
    return this.#store.name;
  }
  set name(name: string) {
    this.#store.name = name;
  }

  get login(): Login | undefined {
    return this.#store.login;
  }

  /** Tells the host of the user, whom it gives a login. The same keys give the same login again. */
  async enlist(): Promise<Enlisted> {
    const { host, tokenFor, ask, log } = this.#provider;
    const party = partyOf(this.#linkOptions());
    await party.identity();
    const keys = await party.upload(Number.MAX_SAFE_INTEGER);
    if (keys.kind === 'failed') throw new Error('There are no keys to enlist with.');
    const { publicKey: authKey } = curveKeyPair(this.#store.staticKey);
    const { registration: registrationId, identity: identityKey, signed: signedPrekey } = keys;
    const enlisted = await enlist(
      { authKey, registrationId, identityKey, signedPrekey },
      {
        ...{ ask, log, baseUrl: host().enlist_url, signal: this.#stopping.signal },
        token: () => tokenFor(this.identifier),
      },
    );
    if (enlisted.kind === 'enlisted') {
      await this.#dropLink();
      this.#store.login = enlisted.login;
    }
    return enlisted;
  }

  /** Connects, and stays connected until `rest`. Resolves once the session has begun, or with why it has not in time. */
  async connect(patienceMs = 20_000): Promise<{ readonly kind: 'up' } | Failed> {
    this.#wanted = true;
    this.#enlistedAgain = false;
    this.#dropTimer();
    if (this.health().kind === 'up') return { kind: 'up' };
    const up = this.waitFor('link', ({ state }) => state === 'up', patienceMs).then(
      () => ({ kind: 'up' }) as const,
      () => failedForNow('link-down'),
    );
    this.#linked().client.wake();
    return up;
  }

  /** Disconnects; what is said meanwhile waits, and pushes wake the user. */
  async rest(): Promise<void> {
    this.#wanted = false;
    this.#dropTimer();
    await this.#link?.client.rest();
  }

  health(): Health {
    return this.#link?.client.health() ?? { kind: 'down', since: 0, reason: 'link-down' };
  }

  /** Finds a user of the homeserver, by Matrix ID or by its localpart. */
  async lookUp(externalId: string): Promise<(Person & { readonly kind: 'person' }) | Failed> {
    const found = await lookUp(this.#linked().client, externalId);
    if (found.kind === 'failed') return found;
    const address = chatOf(found.address);
    this.#store.know({ address, foundBy: found.externalId });
    return { kind: 'person', ...this.#store.person(address) };
  }

  /** Who was found, and who has written. */
  people(): readonly Person[] {
    return this.#store.people();
  }

  person(address: string): Person {
    return this.#store.person(address);
  }

  /** Resolves to the id of the message; the same in all that send. */
  async sendText(chat: string, text: string, options: SendOptions = {}): Promise<string> {
    const answers = this.#answered(chat, options.answers);
    return this.#say(chat, { kind: 'text', text, answers, calls: options.calls }, options);
  }

  /** Seals the file, puts it where the host can fetch it, and sends the message that tells of it. */
  async sendFile(chat: string, file: OutgoingFile, options: SendOptions = {}): Promise<string | Failed> {
    const id = this.#idFor(options.cause ?? randomUUID());
    if (this.#said(chat, { id, mine: true }) !== undefined) return id;
    const sealed = await sealOutgoing(this.#provider.files, this.identifier, file);
    if (sealed.kind === 'failed') return sealed;
    const answers = this.#answered(chat, options.answers);
    return this.#keep(chat, id, { ...sealed, caption: file.caption, answers });
  }

  async sendContact(chat: string, name: string, vcard: string, options: SendOptions = {}): Promise<string> {
    return this.#say(chat, { kind: 'contact', name, vcard }, options);
  }

  async sendPlace(chat: string, place: Place, options: SendOptions = {}): Promise<string> {
    return this.#say(chat, { kind: 'place', place }, options);
  }

  /** Reacts to a message; with an empty emoji the reaction is taken back. */
  async react(chat: string, to: Named, emoji: string, options: SendOptions = {}): Promise<string> {
    return this.#say(chat, { kind: 'reaction', to, emoji }, options);
  }

  /** Other words for a text of one's own, or for the caption of a file. */
  async edit(chat: string, of: string, text: string, options: SendOptions = {}): Promise<string> {
    const before = messageOf(this.#said(chat, { id: of, mine: true })) ?? {};
    return this.#say(chat, { kind: 'edit', of, text, before }, options);
  }

  async revoke(chat: string, of: string, options: SendOptions = {}): Promise<string> {
    return this.#say(chat, { kind: 'revoke', of }, options);
  }

  /** Tells that messages have been read, or listened to. */
  async markRead(
    chat: string,
    ids: readonly [string, ...string[]],
    about: 'read' | 'played' = 'read',
  ): Promise<void> {
    const [first, ...more] = ids;
    this.#store.keep({ parcels: [receiptParcel(addressOf(chat), first, { kind: about, more })] });
    this.#link?.outbox.deliver();
  }

  /** Passes where there is no connection. */
  async typing(chat: string, state: 'composing' | 'recording' | 'paused'): Promise<void> {
    const to = addressOf(chat);
    await this.#linked().client.send({
      kind: 'chatstate',
      from: undefined,
      participant: undefined,
      to,
      state,
    });
  }

  block(chat: string, blocked: boolean): Promise<{ readonly kind: 'done' } | Failed> {
    return block(this.#linked().client, addressOf(chat), blocked);
  }

  async blocked(): Promise<readonly string[] | Failed> {
    const blocked = await blocklist(this.#linked().client);
    return 'reason' in blocked ? blocked : blocked.map(chatOf);
  }

  /** Whether users of the host may write first; what is set, or what is so. */
  reachability(set?: Reachability): Promise<Reachability | Failed> {
    return reachability(this.#linked().client, set);
  }

  /** Asks the host to delete the account, then deletes everything here. The user is no more afterwards. */
  async deleteAccount(): Promise<{ readonly kind: 'deleted' } | Failed> {
    if (this.login !== undefined) {
      const answer = await this.#linked().client.ask({ kind: 'delete-account' });
      if (answer.kind === 'failed') return answer;
    }
    await this.#forget();
    return { kind: 'deleted' };
  }

  async #forget(): Promise<void> {
    await this[Symbol.asyncDispose]();
    await partyOf(this.#linkOptions()).forget();
    this.#store.forget();
    await this.#provider.shelf.removeOwner(this.identifier);
  }

  /** What was said and what became of it, after a place in the timeline. */
  timeline(after = 0): readonly TimelineEvent[] {
    return this.#store.lines(after).map((line) => this.#read(line));
  }

  /** Under which number of the timeline something stands that was said. */
  numberOf(chat: string, id: string): number | undefined {
    return (this.#said(chat, { id, mine: true }) ?? this.#said(chat, { id, mine: false }))?.seq;
  }

  /** One event of the timeline. */
  at(seq: number): TimelineEvent | undefined {
    const line = this.#store.line(seq);
    return line && this.#read(line);
  }

  /** Is told of everything from now on; answers how to stop that. */
  listen(listener: (event: AppEvent) => void): () => void {
    return this.#news.listen(listener);
  }

  /** The first event of a kind that matches: of the timeline, or of what comes from now on. Rejects where none does in time. */
  waitFor<K extends AppEvent['kind']>(
    kind: K,
    matches?: (event: EventOf<K>) => boolean,
    patienceMs?: number,
  ): Promise<EventOf<K>> {
    return this.#news.waitFor(this.timeline(), { kind, matches, patienceMs });
  }

  /** Stops, and keeps everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#wanted = false;
    this.#stopping.abort();
    this.#dropTimer();
    this.#provider.wakers.delete(this.identifier);
    await this.#dropLink();
  }

  #linkOptions(): Parameters<typeof openLink>[0] {
    const { now = Date.now, times = {}, watch } = this.#options;
    return {
      ...{ provider: this.#provider, store: this.#store, now, times, watch },
      passing: (event) => this.#tell(event),
      dismissed: () => this.#dismissed(),
    };
  }

  #linked(): Link {
    this.#link ??= openLink(this.#linkOptions());
    return this.#link;
  }

  async #dropLink(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    await link?.[Symbol.asyncDispose]();
  }

  /** A push came: the mailbox is fetched, and the connection rests again soon. */
  #woken(): Woken {
    if (this.login === undefined) return 'unknown-user';
    this.#linked().client.wake();
    this.#restLater();
    return 'woken';
  }

  #restLater(): void {
    this.#dropTimer();
    if (this.#wanted) return;
    const rest = (): void => void task(this.#provider.log, 'rest', () => this.rest());
    this.#restTimer = setTimeout(rest, this.#options.wokenForMs ?? wokenForMs);
  }

  #dropTimer(): void {
    clearTimeout(this.#restTimer);
    this.#restTimer = undefined;
  }

  /** Who was not seen for long is not enlisted any more: once, it is tried again. */
  #dismissed(): void {
    if (!this.#wanted || this.#enlistedAgain) return;
    this.#enlistedAgain = true;
    void task(this.#provider.log, 'enlist again', async () => {
      if ((await this.enlist()).kind === 'enlisted') this.#linked().client.wake();
    });
  }

  #tell(event: AppEvent): void {
    if (this.#restTimer !== undefined) this.#restLater();
    this.#news.tell(event);
  }

  #read(line: Line): TimelineEvent {
    return read(line, {
      ...{ open: fileOpener(this.#provider.files), own: this.#address() },
      nameOf: (address) => this.#store.person(address).foundBy,
      find: (chat, named) => messageOf(this.#said(chat, named)),
    });
  }

  #said(chat: string, named: Named): Line | undefined {
    return this.#store.find(chat, 'said', lineId(named));
  }

  #address(): string {
    const { login } = this;
    return login === undefined ? '' : formatAddress({ kind: 'interop', device: 0, ...login });
  }

  #answered(chat: string, named: Named | undefined): Answered | undefined {
    if (named === undefined) return undefined;
    const quoted = messageOf(this.#said(chat, named)) ?? { conversation: '' };
    return { ...named, author: named.mine ? this.#address() : chat, quoted };
  }

  #idFor(cause: string): string {
    return messageIdFor(`${this.identifier} ${cause}`);
  }

  #say(chat: string, saying: Saying, { cause = randomUUID() }: SendOptions): string {
    return this.#keep(chat, this.#idFor(cause), saying);
  }

  /** The message is in the timeline and in the outbox, or in neither. */
  #keep(chat: string, id: string, saying: Saying): string {
    addressOf(chat);
    const at = (this.#options.now ?? Date.now)();
    const value = lineValue(encodeMessage(write(saying, chat, at)));
    this.#store.keep({
      lines: [{ chat, kind: 'said', id: lineId({ id, mine: true }), value, at }],
      parcels: [{ chat, kind: 'message', id, value: new Uint8Array(0) }],
    });
    this.#link?.outbox.deliver();
    return id;
  }
}
