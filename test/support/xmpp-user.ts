import { randomUUID } from 'node:crypto';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { client, xml, type Client } from '@xmpp/client';
import { EventLog } from './event-log.ts';
import {
  archiveQuery,
  attribute,
  NS,
  reactionParts,
  replyParts,
  retractionParts,
  type Stanza,
} from './xmpp-stanzas.ts';
import { parseSlot, putFile, slotRequest, type UploadFile } from './xmpp-upload.ts';

/** Whom to log in as, and where. */
export interface XmppLogin {
  /** `xmpp://127.0.0.1:port`. */
  readonly service: string;
  readonly domain: string;
  readonly username: string;
  readonly password: string;
  readonly resource?: string;
  /** Answer requests for delivery receipts (XEP-0184); yes by default. */
  readonly autoReceipt?: boolean;
}

/** A message of the archive with the archive's id for it. */
export interface ArchivedMessage {
  readonly archiveId: string;
  readonly stamp: string;
  readonly message: Stanza;
}

const PATIENCE_MS = 10_000;

/**
 * A person at an XMPP client: a real session with message carbons on that keeps every stanza it receives. It
 * connects again by itself when the server was away. Every sending method resolves to the id of its message.
 */
export class XmppUser implements AsyncDisposable {
  readonly #client: Client;
  readonly #login: XmppLogin;
  readonly #log = new EventLog<Stanza>((stanza) => stanza.toString());
  readonly #archived: { readonly queryId: string; readonly entry: ArchivedMessage }[] = [];
  /** What went wrong on the connection, oldest first. */
  readonly errors: Error[] = [];
  /** The messages sent, oldest first. */
  readonly sent: Stanza[] = [];

  private constructor(login: XmppLogin) {
    const { service, domain, username, password, resource = 'test' } = login;
    this.#login = login;
    this.#client = client({
      service,
      domain,
      username,
      resource,
      timeout: PATIENCE_MS,
      // Without TLS the library would choose SCRAM, which costs seconds of computing at every login.
      credentials: (authenticate, _mechanisms, _fast, entity) =>
        authenticate({ username, password }, 'PLAIN', xml('user-agent', { id: entity.jid?.toString() })),
    });
    this.#client.on('connect', () => sendAtOnce(this.#client.socket));
    this.#client.on('error', (error) => this.errors.push(error));
    this.#client.on('stanza', (stanza) => this.#receive(stanza));
    this.#client.on('online', () => this.#announce());
  }

  /** Logs in and is available, with carbons on, when it resolves. */
  static async login(login: XmppLogin): Promise<XmppUser> {
    const user = new XmppUser(login);
    user.#client.reconnect.delay = 200;
    try {
      await user.#client.start();
      await user.request('set', xml('enable', { xmlns: NS.carbons }));
      return user;
    } catch (error) {
      await user.stop();
      throw error;
    }
  }

  /** Resolves once the session is (again) usable: the server has answered a ping on it. */
  async online(timeoutMs = PATIENCE_MS): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline) {
      if (this.#client.status === 'online' && (await this.#answered())) return;
      await sleep(50);
    }
    throw new Error(`${this.jid} is not online after ${timeoutMs} ms.`);
  }

  get jid(): string {
    return `${this.#login.username}@${this.#login.domain}`;
  }

  /** The address with the resource. */
  get fullJid(): string {
    return this.#client.jid?.toString() ?? `${this.jid}/${this.#login.resource ?? 'test'}`;
  }

  /** Every message, presence and carbon received, oldest first; archive results are not among them. */
  get stanzas(): readonly Stanza[] {
    return this.#log.all;
  }

  /** The first stanza, received already or to come, that the predicate accepts. */
  waitFor(predicate: (stanza: Stanza) => boolean, timeoutMs = PATIENCE_MS, wanted?: string): Promise<Stanza> {
    return this.#log.waitFor(predicate, timeoutMs, wanted);
  }

  /** The first message with that body. */
  waitForText(body: string, timeoutMs = PATIENCE_MS): Promise<Stanza> {
    const matches = (stanza: Stanza): boolean => stanza.is('message') && stanza.getChildText('body') === body;
    return this.waitFor(matches, timeoutMs, `a message "${body}"`);
  }

  /** Sends any stanza as it is. */
  async send(stanza: Stanza): Promise<void> {
    if (stanza.is('message')) this.sent.push(stanza);
    await this.#client.send(stanza);
  }

  /** Asks and resolves to the first child of the answer; an error answer rejects. */
  async request(type: 'get' | 'set', child: Stanza, to?: string): Promise<Stanza | undefined> {
    const question = xml('iq', { type, ...(to === undefined ? {} : { to }) }, child);
    const answer = await requester(this.#client).request(question, PATIENCE_MS);
    return answer.getChildElements()[0];
  }

  /** A chat message of the given parts; it asks for a receipt and can be marked as displayed. */
  async sendMessage(to: string, parts: readonly Stanza[], id: string = randomUUID()): Promise<string> {
    const asks = [xml('request', { xmlns: NS.receipts }), xml('markable', { xmlns: NS.markers })];
    await this.send(xml('message', { type: 'chat', to, id }, ...parts, ...asks));
    return id;
  }

  sendText(to: string, text: string, id?: string): Promise<string> {
    return this.sendMessage(to, [xml('body', {}, text)], id);
  }

  /** Text with its formatted version (XEP-0071); `content` are elements of XHTML. */
  sendFormatted(to: string, text: string, content: readonly (Stanza | string)[]): Promise<string> {
    const body = xml('body', { xmlns: NS.xhtml }, ...content);
    return this.sendMessage(to, [xml('body', {}, text), xml('html', { xmlns: NS.xhtmlIm }, body)]);
  }

  /** Answers a message (XEP-0461) that `original` names; its quote is a fallback. */
  reply(to: string, original: { id: string; from: string; body: string }, text: string): Promise<string> {
    return this.sendMessage(to, replyParts(original.from, original.id, original.body, text));
  }

  /** Replaces one's own message (XEP-0308). */
  correct(to: string, id: string, text: string): Promise<string> {
    return this.sendMessage(to, [xml('body', {}, text), xml('replace', { xmlns: NS.correct, id })]);
  }

  /** Sets one's reactions to a message to exactly these (XEP-0444); none takes all of them back. */
  react(to: string, id: string, emojis: readonly string[]): Promise<string> {
    return this.#bare(to, reactionParts(id, emojis));
  }

  /** Takes one's own message back (XEP-0424), in the namespace of that version. */
  retract(to: string, id: string, version: 0 | 1 = 1): Promise<string> {
    return this.#bare(to, retractionParts(id, version));
  }

  /** Says that a message has arrived (XEP-0184). */
  receipt(to: string, id: string): Promise<string> {
    return this.#bare(to, [xml('received', { xmlns: NS.receipts, id })]);
  }

  /** Says that a message has been read (XEP-0333). */
  displayed(to: string, id: string): Promise<string> {
    return this.#bare(to, [xml('displayed', { xmlns: NS.markers, id })]);
  }

  /** Sends a chat state (XEP-0085). */
  chatState(to: string, state: 'active' | 'composing' | 'paused' | 'inactive' | 'gone'): Promise<string> {
    return this.#bare(to, [xml(state, { xmlns: NS.chatStates })]);
  }

  /** Uploads a file (XEP-0363) and resolves to its address. */
  async upload(uploadDomain: string, file: UploadFile): Promise<string> {
    return putFile(parseSlot(await this.request('get', slotRequest(file), uploadDomain)), file);
  }

  /** Sends the address of an uploaded file (XEP-0066). */
  sendFile(to: string, url: string): Promise<string> {
    return this.sendMessage(to, [xml('body', {}, url), xml('x', { xmlns: NS.oob }, xml('url', {}, url))]);
  }

  /** All messages with an address that the account's archive keeps (XEP-0313), oldest first. */
  archive(withJid: string): Promise<readonly ArchivedMessage[]> {
    return this.#archive(undefined, withJid, undefined);
  }

  /** All messages that a room's archive keeps, or those after one of them, oldest first. */
  roomArchive(room: string, after?: string): Promise<readonly ArchivedMessage[]> {
    return this.#archive(room, undefined, after);
  }

  async #archive(
    of: string | undefined,
    withJid: string | undefined,
    from: string | undefined,
  ): Promise<readonly ArchivedMessage[]> {
    const queryId = randomUUID();
    for (let after = from; ;) {
      const fin = await this.request('set', archiveQuery(queryId, withJid, after), of);
      const last = fin?.getChild('set', NS.rsm)?.getChildText('last') ?? undefined;
      if (fin === undefined || attribute(fin, 'complete') === 'true' || last === undefined) break;
      after = last;
    }
    return this.#archived.filter((found) => found.queryId === queryId).map((found) => found.entry);
  }

  /** Ends the session; nothing of it keeps the process alive. */
  async stop(): Promise<void> {
    this.#client.reconnect.stop();
    // It may have no stream to close, when the server is away.
    await this.#client.stop().catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #bare(to: string, parts: readonly Stanza[]): Promise<string> {
    const id = randomUUID();
    await this.send(xml('message', { type: 'chat', to, id }, ...parts));
    return id;
  }

  async #answered(): Promise<boolean> {
    const ping = xml('iq', { type: 'get', to: this.#login.domain }, xml('ping', { xmlns: NS.ping }));
    const answer = requester(this.#client).request(ping, 1_000);
    return answer.then(() => true).catch(() => false);
  }

  #announce(): void {
    this.#inBackground(this.#client.send(xml('presence')));
    if (this.#log.all.length > 0) {
      this.#inBackground(this.request('set', xml('enable', { xmlns: NS.carbons })));
    }
  }

  #receive(stanza: Stanza): void {
    if (stanza.is('iq')) return;
    const result = stanza.getChild('result', NS.mam);
    if (result !== undefined) {
      this.#keepArchived(result);
      return;
    }
    this.#log.push(stanza);
    this.#answerReceipt(stanza);
  }

  #keepArchived(result: Stanza): void {
    const forwarded = result.getChild('forwarded', NS.forward);
    const message = forwarded?.getChild('message');
    const delay = forwarded?.getChild('delay', NS.delay);
    if (message === undefined) return;
    const stamp = (delay && attribute(delay, 'stamp')) ?? '';
    const entry = { archiveId: attribute(result, 'id') ?? '', stamp, message };
    this.#archived.push({ queryId: attribute(result, 'queryid') ?? '', entry });
  }

  #answerReceipt(stanza: Stanza): void {
    if (this.#login.autoReceipt === false || stanza.getChild('request', NS.receipts) === undefined) return;
    const [from, id, type] = ['from', 'id', 'type'].map((name) => attribute(stanza, name));
    if (from === undefined || id === undefined || type === 'error' || type === 'groupchat') return;
    this.#inBackground(this.receipt(from, id));
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      this.errors.push(error instanceof Error ? error : new Error(String(error)));
    });
  }
}

/** Without this the system holds small stanzas back for up to 40 ms. */
function sendAtOnce(socket: unknown): void {
  if (socket instanceof Socket) socket.setNoDelay(true);
}

/** The library's own types lose this one part on their way through its packages. */
interface Requester {
  request(stanza: Stanza, timeoutMs: number): Promise<Stanza>;
}

function requester({ iqCaller }: { readonly iqCaller: unknown }): Requester {
  return iqCaller as Requester;
}
