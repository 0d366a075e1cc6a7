import type { Files } from './files.ts';
import { Journal } from './journal.ts';
import {
  parsePacket,
  type BridgeBody,
  type FileBody,
  type FileItem,
  type Packet,
  type PacketBody,
  type TextBody,
} from './packet.ts';

/** What a person has in their inbox: from Matrix users, and from the bridge itself. */
export type Received = Packet<PacketBody | BridgeBody>;

/** A file that a person sends. */
export interface SentFile extends Omit<FileItem, 'file' | 'size' | 'thumbnail'> {
  readonly bytes: Uint8Array;
  /** A small picture of it. */
  readonly thumbnail?: { readonly mimetype: string; readonly bytes: Uint8Array };
}

/** Gives out fresh ids and carries what a person sends; the world does it. */
export interface Carrier {
  readonly files: Files;
  readonly now: () => number;
  newId(person: string): string;
  carry(
    to: string,
    packet: { readonly id: string; readonly from: string; readonly at: number },
    raw: string,
  ): void;
}

const patienceMs = 10_000;

/** A person of the world at their client. Every sending method answers the id of its packet at once. */
export class LoopbackPerson {
  readonly id: string;
  readonly name: string | undefined;
  /** Whether they let others see their number or e-mail address. */
  readonly sharesAddress: boolean;
  readonly #carrier: Carrier;
  readonly #sent = new Map<string, { readonly to: string; readonly at: number; readonly raw: string }>();
  readonly #inbox = new Journal<Received>();
  readonly #everything: Received[] = [];
  readonly #known = new Set<string>();
  readonly #acknowledged = new Journal<string>();
  readonly #identities = new Map<string, string>();

  constructor(id: string, name: string | undefined, carrier: Carrier, sharesAddress = false) {
    this.id = id;
    this.name = name;
    this.sharesAddress = sharesAddress;
    this.#carrier = carrier;
  }

  /** What came, in order, each packet once. */
  get inbox(): readonly Received[] {
    return this.#inbox.all;
  }

  /** What came, in order, with what came twice. */
  get inboxWithRepeats(): readonly Received[] {
    return this.#everything;
  }

  /** The ids of what the bridge took over and acknowledged, in order. */
  get acknowledged(): readonly string[] {
    return this.#acknowledged.all;
  }

  /** The answers of a poll that this person has asked or got. */
  answersOf(poll: string): Extract<PacketBody, { readonly kind: 'poll' }>['answers'] {
    const got = this.#inbox.all.find(({ id }) => id === poll)?.body;
    const known = got ?? parsedBody(this.#sent.get(poll)?.raw);
    return known?.kind === 'poll' ? known.answers : [];
  }

  /** The first packet, there already or to come, that passes the test; rejects after `timeoutMs`. */
  waitFor(test: (packet: Received) => boolean, timeoutMs: number = patienceMs): Promise<Received> {
    return this.#inbox.waitFor(test, timeoutMs);
  }

  /** Resolves once the bridge has acknowledged what was sent under `id`. */
  async waitForAcknowledgement(id: string, timeoutMs: number = patienceMs): Promise<void> {
    await this.#acknowledged.waitFor((acknowledged) => acknowledged === id, timeoutMs);
  }

  send(to: string, text: string, more: Partial<Omit<TextBody, 'kind' | 'text'>> = {}): string {
    return this.sendBody(to, { kind: 'text', style: 'normal', text, ...more });
  }

  reply(to: string, target: string, text: string): string {
    return this.send(to, text, { replyTo: target });
  }

  edit(to: string, target: string, text: string): string {
    return this.sendBody(to, { kind: 'edit', target, content: { kind: 'text', style: 'normal', text } });
  }

  /** Sets one's reactions to a message to exactly these; none takes all of them back. */
  react(to: string, target: string, emojis: readonly string[]): string {
    return this.sendBody(to, { kind: 'reaction', target, emojis: [...emojis] });
  }

  retract(to: string, target: string): string {
    return this.sendBody(to, { kind: 'retraction', target });
  }

  sendFile(
    to: string,
    { caption, replyTo, ...file }: SentFile & Pick<FileBody, 'caption' | 'replyTo'>,
  ): string {
    return this.sendBody(to, { kind: 'file', ...this.placed(file), caption, replyTo });
  }

  /** Brings a file's bytes into the world, for a body that has it. */
  placed({ bytes, thumbnail, ...about }: SentFile): FileItem {
    const file = this.#carrier.files.put(bytes);
    const item = { ...about, file, size: bytes.byteLength };
    if (thumbnail === undefined) return item;
    const small = this.#carrier.files.put(thumbnail.bytes);
    const size = thumbnail.bytes.byteLength;
    return { ...item, thumbnail: { file: small, mimetype: thumbnail.mimetype, size } };
  }

  receipt(to: string, target: string, receipt: 'delivered' | 'undelivered'): string {
    // Named for what it tells of, so that telling it twice is known as a repeat.
    return this.#send(to, `${receipt}.${target}`, { kind: 'receipt', target, receipt });
  }

  /** Calls a Matrix user; `call` names the call, for `hangUp`. */
  ring(to: string, media: 'audio' | 'video' = 'audio'): { readonly id: string; readonly call: string } {
    const call = this.#carrier.newId(this.id);
    return { id: this.sendBody(to, { kind: 'call', change: 'ring', call, media }), call };
  }

  hangUp(to: string, call: string): string {
    return this.sendBody(to, { kind: 'call', change: 'end', call });
  }

  /** Sets how long messages stay from now on; for good where `seconds` is undefined. */
  setTimer(to: string, seconds: number | undefined, from: 'sending' | 'reading' = 'sending'): string {
    return this.sendBody(to, {
      kind: 'timer',
      ...(seconds === undefined ? {} : { expires: { seconds, from } }),
    });
  }

  /** The person has another encryption identity from now on, and a Matrix user is told of it. */
  changeIdentity(to: string, identity: string, { verified = false } = {}): string {
    const previous = this.#identities.get(to);
    this.#identities.set(to, identity);
    return this.sendBody(to, {
      ...{ kind: 'identity', identity, verified },
      ...(previous === undefined ? {} : { previous }),
    });
  }

  /** Sends any body. */
  sendBody(to: string, body: PacketBody): string {
    return this.#send(to, this.#carrier.newId(this.id), body);
  }

  /** Has the bridge hear what another account says to this person: the account's owner is `to`, at another client. */
  hear(to: string, by: string, body: PacketBody): string {
    const id = this.#carrier.newId(by);
    const at = this.#carrier.now();
    return this.#carry(to, id, at, JSON.stringify({ id, from: this.id, to, by, at, body }));
  }

  /** Lays a file down in the world; answers its name there. */
  putFile(bytes: Uint8Array): string {
    return this.#carrier.files.put(bytes);
  }

  /** Sends what need not be a packet at all. */
  sendRaw(to: string, raw: string): string {
    return this.#carry(to, this.#carrier.newId(this.id), this.#carrier.now(), raw);
  }

  /** Delivers to the bridge once more what was sent under `id`. */
  resend(id: string): void {
    const sent = this.#sent.get(id);
    if (sent === undefined) throw new Error(`${this.id} has sent nothing under ${id}`);
    this.#carry(sent.to, id, sent.at, sent.raw);
  }

  /** The world hands over a packet; answers whether it was new. */
  receive(packet: Received): boolean {
    this.#everything.push(packet);
    if (this.#known.has(packet.id)) return false;
    this.#known.add(packet.id);
    this.#inbox.add(packet);
    return true;
  }

  /** The world reports that the bridge has taken over what was sent under `id`. */
  acknowledge(id: string): void {
    this.#acknowledged.add(id);
  }

  #send(to: string, id: string, body: PacketBody): string {
    const at = this.#carrier.now();
    const packet: Packet = { id, from: this.id, to, at, body };
    return this.#carry(to, id, at, JSON.stringify(packet));
  }

  #carry(to: string, id: string, at: number, raw: string): string {
    this.#sent.set(id, { to, at, raw });
    this.#carrier.carry(to, { id, from: this.id, at }, raw);
    return id;
  }
}

function parsedBody(raw: string | undefined): PacketBody | undefined {
  const parsed = raw === undefined ? undefined : parsePacket(raw);
  return parsed?.kind === 'packet' ? parsed.packet.body : undefined;
}
