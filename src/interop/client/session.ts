/**
 * One session on an open channel, from its beginning to its end: what comes is given on one at a time and acknowledged
 * after, answers find who asked, and a far side that is silent is noticed.
 */
import { randomBytes } from 'node:crypto';
import { failedForGood, type Failed } from '../../core/outcome.ts';
import { formatAddress, type Address } from '../node/address.ts';
import { decodeNode } from '../node/decode.ts';
import { encodeNode } from '../node/encode.ts';
import type { Channel } from '../noise/channel.ts';
import { clientLimits, refusals, serverPing } from '../profile/client-profile.ts';
import { noiseProfile } from '../profile/noise-profile.ts';
import { ackOf, type AckStanza } from '../stanza/ack.ts';
import { parseAnswer, type Answer } from '../stanza/answer.ts';
import type { Asking } from '../stanza/asking.ts';
import type { IqStanza } from '../stanza/iq.ts';
import { parseStanza, renderStanza, type Stanza } from '../stanza/stanza.ts';
import type { ChatClientEvents, ChatClientTimes, Incoming, Outgoing } from './client.ts';
import type { ClientCounts } from './counts.ts';
import { endOfFailure, endOfStream, failureOfCode, lost, type SessionEnd } from './ends.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { createMailbox, type Mailbox } from './mailbox.ts';
import { createPending, linkDown, type Pending } from './pending.ts';

export interface SessionNeeds {
  readonly channel: Channel;
  readonly events: ChatClientEvents;
  readonly times: ChatClientTimes;
  readonly counts: ClientCounts;
}

interface Question {
  readonly id: string;
  readonly ask: Asking;
}
interface Letter {
  readonly of: string;
  readonly id: string;
  readonly to: string | undefined;
  readonly type: string | undefined;
}
interface Waiting {
  readonly stanza: Incoming;
  readonly ack: AckStanza | undefined;
}

/** [P] Questions go to the server itself. */
const server: Address = { kind: 'pair', user: '', server: 's.whatsapp.net' };
/** How long the far side may take to end its side. */
const closingMs = 2_000;

export class Session {
  readonly #needs: SessionNeeds;
  readonly #questions: Pending<Question, Answer>;
  readonly #letters: Pending<Letter, { readonly kind: 'sent' }>;
  readonly #inbox: Inbox<Waiting> = createInbox();
  readonly #mailbox: Mailbox;
  readonly #prefix = `${randomBytes(6).toString('hex')}.`;
  #asked = 0;
  #heard = performance.now();
  #paused = false;
  #closing = false;
  #over = false;
  #working: Promise<unknown> = Promise.resolve();
  #kept = 0;

  constructor(needs: SessionNeeds) {
    this.#needs = needs;
    const { times, counts } = needs;
    const common = { timeout: times.answer, changed: () => this.#inbox.stir() };
    const { questions, unacknowledged } = clientLimits;
    this.#questions = createPending({ ...common, most: questions, late: () => counts.count('no-answer') });
    this.#letters = createPending({ ...common, most: unacknowledged, late: () => counts.count('no-ack') });
    this.#mailbox = createMailbox((about) => void this.#write({ kind: 'ib', from: undefined, about }));
  }

  /** Waits for the server to take the client in; says why not. The caller bounds how long, by `channel.abort`. */
  async begin(): Promise<SessionEnd | undefined> {
    for (;;) {
      const received = await this.#needs.channel.receive();
      if (received.kind !== 'message') return lost('link-down');
      const stanza = this.#read(received.body)?.stanza;
      if (stanza?.kind === 'success') return undefined;
      if (stanza?.kind === 'failure') return endOfFailure(stanza);
      if (stanza?.kind === 'stream-error') return endOfStream(stanza);
      if (stanza?.kind === 'stream-end') return lost('link-down');
    }
  }

  /** All of the session; what was under way has ended when this resolves, its handlers too. */
  async run(): Promise<SessionEnd> {
    this.#heard = performance.now();
    const { ping } = this.#needs.times;
    const watch = setInterval(() => this.#watch(), Math.max(1, Math.min(1_000, ping / 4)));
    const beginning = this.#begin();
    const work = this.#work();
    this.#working = Promise.all([beginning, work]);
    const reading = this.#receive();
    const end = await Promise.race([reading, anEnd(beginning), anEnd(work)]);
    this.#over = true;
    clearInterval(watch);
    this.#questions.end();
    this.#letters.end();
    this.#inbox.end();
    this.#needs.channel.abort();
    await Promise.all([reading, this.#working]);
    return end;
  }

  /** Whether anything that came was kept: the session was good for something. */
  get useful(): boolean {
    return this.#kept > 0;
  }

  /** Ends it after what is under way; what waits for its turn is dropped, and comes again. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#inbox.end();
    const { answer } = this.#needs.times;
    await within(answer, Promise.all([this.#working, this.#questions.idle(), this.#letters.idle()]));
    this.#needs.channel.end();
    setTimeout(() => this.#needs.channel.abort(), closingMs).unref();
  }

  async ask(ask: Asking): Promise<Answer | Failed> {
    this.#asked += 1;
    const id = `${this.#prefix}${this.#asked}`;
    const stanza: IqStanza = { kind: 'iq', id, from: undefined, to: server, body: { kind: 'ask', ask } };
    return this.#questions.wait({ id, ask }, () => this.#write(stanza));
  }

  async send(stanza: Outgoing): Promise<{ readonly kind: 'sent' } | Failed> {
    if (stanza.kind !== 'message' && stanza.kind !== 'receipt')
      return (await this.#write(stanza)) ?? { kind: 'sent' };
    const node = renderStanza(stanza);
    const to = stanza.to === undefined ? undefined : formatAddress(stanza.to);
    const letter: Letter = { of: node.tag, id: stanza.id, to, type: node.attrs['type'] };
    return this.#letters.wait(letter, () => this.#write(stanza));
  }

  async #write(stanza: Stanza): Promise<Failed | undefined> {
    if (this.#over) return linkDown();
    const encoded = encodeNode(renderStanza(stanza));
    if (encoded.kind === 'failed') return failedForGood('too-large', encoded.text);
    if (encoded.bytes.length > noiseProfile.maxFrame - 64) return failedForGood('too-large');
    const sent = await this.#needs.channel.send(encoded.bytes);
    return sent.kind === 'failed' ? linkDown(sent.text) : undefined;
  }

  async #begin(): Promise<SessionEnd | undefined> {
    try {
      await this.#needs.events.began();
    } catch {
      this.#needs.counts.count('not-begun');
      return lost('link-down');
    }
    // A server that says no to it sends all the same.
    if (!this.#closing) await this.ask({ kind: 'take-messages', active: true });
    return undefined;
  }

  async #receive(): Promise<SessionEnd> {
    const { channel, counts } = this.#needs;
    for (;;) {
      await this.#room();
      const received = await channel.receive();
      if (received.kind !== 'message') return lost('link-down');
      this.#heard = performance.now();
      const read = this.#read(received.body);
      const end = read === undefined ? undefined : this.#take(read.stanza, read.ack, received.body.length);
      if (end === 'flooded') counts.count('flooded');
      if (end !== undefined) return end === 'flooded' ? lost('link-down') : end;
    }
  }

  /** Where enough waits for its turn, nothing is read; but whoever waits for an answer gets it. */
  async #room(): Promise<void> {
    while (this.#inbox.full() && this.#questions.size() + this.#letters.size() === 0 && !this.#over) {
      this.#paused = true;
      await this.#inbox.stirred();
    }
    if (this.#paused) this.#heard = performance.now();
    this.#paused = false;
  }

  #read(body: Uint8Array): { readonly stanza: Stanza; readonly ack: AckStanza | undefined } | undefined {
    const { counts } = this.#needs;
    const decoded = decodeNode(body);
    if (decoded.kind === 'failed') {
      counts.count('bad-node');
      return undefined;
    }
    const stanza = parseStanza(decoded.node);
    if (stanza.kind !== 'failed') return { stanza, ack: ackOf(decoded.node) };
    counts.count('bad-stanza');
    const refusal = isAcknowledged(decoded.node.tag) ? ackOf(decoded.node, refusals.unreadable) : undefined;
    if (refusal !== undefined) void this.#write(refusal);
    return undefined;
  }

  #take(stanza: Stanza, ack: AckStanza | undefined, bytes: number): SessionEnd | 'flooded' | undefined {
    switch (stanza.kind) {
      case 'iq':
        this.#answered(stanza);
        return undefined;
      case 'ack':
        this.#acknowledged(stanza);
        return undefined;
      case 'stream-error':
        this.#needs.counts.count('stream-error');
        return endOfStream(stanza);
      case 'failure':
        return endOfFailure(stanza);
      case 'stream-end':
        return lost('link-down');
      case 'success':
        return undefined;
      default:
        if (this.#closing) return undefined;
        return this.#inbox.put({ stanza, ack }, bytes) ? undefined : 'flooded';
    }
  }

  #answered({ id, from, body }: IqStanza): void {
    if (body.kind === 'ask') {
      const isPing = body.ask.kind === 'ping' || (body.ask.kind === 'other' && body.ask.xmlns === serverPing);
      const answer: IqStanza['body'] = isPing
        ? { kind: 'result', content: [] }
        : { kind: 'error', code: refusals.notAnswered, text: undefined };
      void this.#write({ kind: 'iq', id, from: undefined, to: from ?? server, body: answer });
      return;
    }
    const isMeant = (question: Question): boolean => question.id === id;
    const question = this.#questions.find(isMeant);
    if (question === undefined) {
      this.#needs.counts.count('unasked');
      return;
    }
    if (body.kind === 'error') {
      this.#questions.settle(isMeant, failureOfCode(body.code));
      return;
    }
    const answer = parseAnswer(question.ask.kind, body.content);
    if (answer.kind === 'failed') this.#needs.counts.count('bad-answer');
    const result = answer.kind === 'failed' ? failedForGood('network-refused', answer.text) : answer;
    this.#questions.settle(isMeant, result);
  }

  #acknowledged({ id, of, from, type, error }: AckStanza): void {
    const result = error === undefined ? ({ kind: 'sent' } as const) : failureOfCode(error);
    const by = from === undefined ? undefined : formatAddress(from);
    const isNamed = (one: Letter): boolean => one.id === id && one.of === of;
    const isExact = (one: Letter): boolean =>
      isNamed(one) && (by === undefined || one.to === by) && one.type === type;
    // Servers differ in what else they repeat of what they acknowledge.
    if (this.#letters.settle(isExact, result) || this.#letters.settle(isNamed, result)) return;
    this.#needs.counts.count('unasked');
  }

  async #work(): Promise<SessionEnd | undefined> {
    const { events, counts } = this.#needs;
    for (;;) {
      const next = await this.#inbox.take();
      if (next === undefined) return undefined;
      try {
        await events.stanza(next.stanza);
      } catch {
        counts.count('not-kept');
        return lost('link-down');
      }
      this.#kept += 1;
      this.#acknowledge(next);
      if (this.#mailbox.handled(next.stanza)) events.drained?.();
    }
  }

  #acknowledge({ stanza, ack }: Waiting): void {
    if (stanza.kind === 'ib' || stanza.kind === 'chatstate' || stanza.kind === 'presence') return;
    if (ack === undefined) this.#needs.counts.count('nameless');
    else void this.#write(ack);
  }

  #watch(): void {
    const { times, channel, counts } = this.#needs;
    if (this.#paused) return;
    const silent = performance.now() - this.#heard;
    if (silent >= times.ping + times.answer) {
      counts.count('silent');
      channel.abort();
    } else if (silent >= times.ping && this.#questions.find(({ ask }) => ask.kind === 'ping') === undefined) {
      void this.ask({ kind: 'ping' });
    }
  }
}

function isAcknowledged(tag: string): boolean {
  return tag === 'message' || tag === 'receipt' || tag === 'notification';
}

/** Resolves only where it is an end. */
function anEnd(work: Promise<SessionEnd | undefined>): Promise<SessionEnd> {
  return new Promise((resolve) => {
    void work.then((end) => {
      if (end !== undefined) resolve(end);
    });
  });
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
