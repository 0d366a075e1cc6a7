/** What comes in on a user's connection: kept before it is acknowledged, one after the other. */
import { createHash } from 'node:crypto';
import type { ReceiptEvent, Signal, TypingEvent, Unresolved } from '../../core/event.ts';
import type { MatrixUserId } from '../../core/ids.ts';
import type { EventSink } from '../../core/network.ts';
import { signalCause } from '../../core/signals.ts';
import type { Failed } from '../../core/outcome.ts';
import type { Log } from '../../core/task.ts';
import type { Incoming, Outgoing } from '../../interop/client/client.ts';
import { parseMessageId } from '../../interop/message/message-id.ts';
import { sealedWith, type SaidFacts } from '../../interop/message/said-facts.ts';
import type { SaidFiles } from '../../interop/message/said-files.ts';
import { formatAddress, type Address } from '../../interop/node/address.ts';
import type { MessageStanza } from '../../interop/stanza/message.ts';
import type { Receipt, ReceiptStanza } from '../../interop/stanza/receipt.ts';
import type { ChatstateStanza } from '../../interop/stanza/signals.ts';
import type { Talk, TalkIdentity } from '../../interop/talk/talk.ts';
import { chatOf, type Person } from './ids.ts';
import type { Persons } from './persons.ts';
import { writeKept } from './raw.ts';

/** So many messages of one receipt are looked up. */
const mostOfReceipt = 256;

/** What is counted of what came in. */
export type Happening =
  | 'message'
  | 'known'
  | 'asked-again'
  | 'closed'
  | 'not-sealed'
  | 'no-person'
  | 'receipt'
  | 'sent-again'
  | 'not-sent-again';

export interface InboundDeps {
  readonly user: MatrixUserId;
  /** The user's own address. */
  readonly self: Address;
  readonly talk: Talk;
  readonly sink: Pick<EventSink, 'receive' | 'signal' | 'reachable'>;
  readonly persons: Pick<Persons, 'at' | 'met'>;
  /** A person has shown an identity by what is called `name`: the core has it when this resolves. */
  readonly identityShown: (person: Person, name: string, state: TalkIdentity) => Promise<void>;
  readonly send: (stanza: Outgoing) => Promise<{ readonly kind: 'sent' } | Failed>;
  /** The server has fewer one-time prekeys than it should. */
  readonly keysLow: () => Promise<void>;
  /** The user may not be reached any more. */
  readonly unwanted: () => void;
  /** What stanzas said of messages that may be asked for again. */
  readonly said: Pick<SaidFacts, 'of'>;
  /** Keeps messages with files in mind. */
  readonly saidFiles: Pick<SaidFiles, 'take'>;
  /** A message is kept. */
  readonly kept: (person: Person, id: string, padded: Uint8Array) => void;
  readonly counted: (happening: Happening) => void;
  readonly log: Log;
  readonly now: () => number;
}

/** Takes stanzas in their order. A rejection says that what came is not kept, and is to come again. */
export class Inbound {
  readonly #deps: InboundDeps;

  constructor(deps: InboundDeps) {
    this.#deps = deps;
  }

  async take(stanza: Incoming): Promise<void> {
    switch (stanza.kind) {
      case 'message':
        return this.#message(stanza);
      case 'receipt':
        return this.#receipt(stanza);
      case 'chatstate':
        return this.#typing(stanza);
      case 'notification':
        if (stanza.about.kind === 'prekeys-left') await this.#deps.keysLow();
        return;
      case 'presence':
      case 'ib':
      case 'unknown':
        return;
    }
  }

  async #message(stanza: MessageStanza): Promise<void> {
    const person = this.#personOf(stanza);
    const { from } = stanza;
    if (person === undefined || from === undefined) return;
    // Text that is not sealed is the example of the overview, and no message of anybody.
    if (stanza.sealed.length === 0) {
      this.#deps.counted('not-sealed');
      return;
    }
    await this.#admit();
    const opened = await this.#deps.talk.open(stanza);
    switch (opened.kind) {
      case 'opened':
        await this.#deps.persons.met(person, stanza.notify);
        await this.#deps.identityShown(person, stanza.id, opened.identity);
        await this.#keep(stanza, person, opened.padded);
        await this.#deps.talk.released(from, stanza.id);
        this.#deps.kept(person, stanza.id, opened.padded);
        this.#deps.counted('message');
        return this.#answer(stanza, { kind: 'delivered', more: [] });
      case 'known':
        this.#deps.counted('known');
        return this.#answer(stanza, { kind: 'delivered', more: [] });
      case 'ask':
        this.#deps.counted('asked-again');
        this.#deps.log.info({ reason: opened.reason }, 'a message did not open and is asked for again');
        return this.#answer(stanza, opened.receipt);
      case 'closed':
        this.#deps.counted('closed');
        this.#deps.log.warn({ reason: opened.reason }, 'a message did not open');
    }
  }

  /** Nothing is kept of who may not be reached; it stays in the mailbox. */
  async #admit(): Promise<void> {
    const reachable = await this.#deps.sink.reachable(this.#deps.user);
    if (reachable === 'yes' || reachable === 'unsure') return;
    this.#deps.unwanted();
    throw new Error('the user may not be reached');
  }

  async #keep(stanza: MessageStanza, person: Person, padded: Uint8Array): Promise<void> {
    const { user, self, sink, saidFiles } = this.#deps;
    const { id, time, notify } = stanza;
    const name = parseMessageId(id);
    const before = name && (await saidFiles.take({ owner: user, sender: person.id, id: name, padded }));
    const raw = writeKept({
      ...{ kind: 'message', id, padded: textOf(padded) },
      ...{ from: formatAddress(person.address), self: formatAddress(self) },
      ...(before === undefined ? {} : { before: textOf(before) }),
      ...(notify === undefined ? {} : { notify }),
      ...(time === undefined ? {} : { time }),
    });
    await sink.receive({
      ...{ outerId: outerId(user, person, id), chat: chatOf(person.id), sender: person.id },
      ...{ receiver: user, at: this.#timeOf(time), raw },
    });
  }

  /** Written ahead of the acknowledgement of what it answers: where the connection breaks, both come again. */
  async #answer({ id, from }: MessageStanza, about: Receipt): Promise<void> {
    const envelope = { from: undefined, to: from, participant: undefined, recipient: undefined };
    const receipt = { kind: 'receipt', ...envelope, id, time: undefined, offline: undefined, about } as const;
    void this.#deps.send(receipt);
  }

  async #receipt(stanza: ReceiptStanza): Promise<void> {
    const person = this.#personOf(stanza);
    const { about, from } = stanza;
    if (person === undefined || from === undefined) return;
    switch (about.kind) {
      case 'retry':
        return this.#sendAgain(person, { ...stanza, about });
      case 'delivered':
      case 'read':
      case 'played': {
        // Beyond what anybody was sent lately there is nothing to let go of.
        const ids = [stanza.id, ...about.more].slice(0, mostOfReceipt);
        this.#deps.counted('receipt');
        await this.#deps.talk.delivered(from, ids);
        for (const id of ids)
          this.#signalReceipt(person, id, about.kind === 'delivered' ? 'delivered' : 'read');
        return;
      }
      case 'server-error':
      case 'other':
        return;
    }
  }

  async #sendAgain(
    person: Person,
    stanza: ReceiptStanza & { readonly about: Extract<Receipt, { readonly kind: 'retry' }> },
  ): Promise<void> {
    const { talk, said, send, counted } = this.#deps;
    const { messageId: id } = stanza.about;
    const sealed = await talk.askedAgain(stanza);
    if (sealed === undefined) {
      counted('not-sent-again');
      return;
    }
    // Asked again once the connection is back.
    if ('kind' in sealed) throw new Error(`a message cannot be sealed again now: ${sealed.reason}`);
    const envelope = { from: undefined, to: stanza.from, participant: undefined, recipient: undefined };
    const facts = said.of(person.id, id);
    const sent = await send({
      ...{ kind: 'message', ...envelope, id, time: undefined, type: facts.type, edit: facts.edit },
      ...{ notify: undefined, offline: undefined, body: undefined, unavailable: false },
      sealed: sealedWith(sealed, facts),
    });
    // The same bytes once more, when the receipt comes again.
    if (sent.kind === 'failed' && sent.retry.kind !== 'never')
      throw new Error(`a message cannot be sent again now: ${sent.reason}`);
    counted(sent.kind === 'failed' ? 'not-sent-again' : 'sent-again');
  }

  #signalReceipt(person: Person, id: string, receipt: 'delivered' | 'read'): void {
    const messageId = parseMessageId(id);
    if (messageId === undefined) return;
    const event: Omit<ReceiptEvent<Unresolved>, 'cause' | 'sender' | 'at'> = {
      ...{ kind: 'receipt', name: undefined, receipt },
      target: { in: 'remote', messageId },
    };
    this.#signal(person, event);
  }

  async #typing(stanza: ChatstateStanza): Promise<void> {
    const person = this.#personOf(stanza);
    if (person === undefined) return;
    const event: Omit<TypingEvent, 'cause' | 'sender' | 'at'> = {
      ...{ kind: 'typing', name: undefined, typing: stanza.state !== 'paused' },
    };
    this.#signal(person, event);
  }

  #signal(
    person: Person,
    event:
      | Omit<TypingEvent, 'cause' | 'sender' | 'at'>
      | Omit<ReceiptEvent<Unresolved>, 'cause' | 'sender' | 'at'>,
  ): void {
    const { user, now, sink } = this.#deps;
    const whole: Signal = {
      ...event,
      ...{ cause: signalCause(), sender: { in: 'remote', userId: person.id }, at: now() },
    };
    sink.signal({ chat: chatOf(person.id), receiver: user, event: whole });
  }

  /** Groups come later: what is said in one is not a person's message to the user. */
  #personOf({
    from,
    participant,
  }: {
    readonly from: Address | undefined;
    readonly participant: Address | undefined;
  }): Person | undefined {
    const person = from === undefined || participant !== undefined ? undefined : this.#deps.persons.at(from);
    if (person === undefined) this.#deps.counted('no-person');
    return person;
  }

  #timeOf(seconds: number | undefined): number {
    const now = this.#deps.now();
    return seconds === undefined || seconds <= 0 ? now : Math.min(seconds * 1_000, now);
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** A message's name is its sender's for this receiver, so that only the three together are unique. */
export function outerId(user: MatrixUserId, person: Person, id: string): string {
  return createHash('sha256')
    .update(JSON.stringify([user, person.id, id]))
    .digest('base64url');
}
