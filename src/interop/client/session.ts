/**
 * One session on an open channel, from its beginning to its end: what comes is given on one at a time and acknowledged
 * after, answers find who asked, and a far side that is silent is noticed.
 */
import { failedForGood, type Failed } from '../../core/outcome.ts';
import { decodeNode } from '../node/decode.ts';
import { encodeNode } from '../node/encode.ts';
import type { Channel } from '../noise/channel.ts';
import { closingTimes, largestBody, refusals } from '../profile/client-profile.ts';
import { ackOf, type AckStanza } from '../stanza/ack.ts';
import type { Answer } from '../stanza/answer.ts';
import type { Asking } from '../stanza/asking.ts';
import { parseStanza, renderStanza, type Stanza } from '../stanza/stanza.ts';
import type { ChatClientEvents, ChatClientTimes, Incoming, Outgoing } from './client.ts';
import type { ClientCounts } from './counts.ts';
import { endOfFailure, endOfStream, lost, type SessionEnd } from './ends.ts';
import { createExchanges, type Exchanges } from './exchanges.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { createMailbox, type Mailbox } from './mailbox.ts';
import { linkDown } from './pending.ts';
import { within } from './within.ts';

export interface SessionNeeds {
  readonly channel: Channel;
  /** Whether the stream under the channel is gone. */
  readonly isGone: () => boolean;
  readonly events: ChatClientEvents;
  readonly times: ChatClientTimes;
  readonly counts: ClientCounts;
}

interface Waiting {
  readonly stanza: Incoming;
  readonly ack: AckStanza | undefined;
}

export class Session {
  readonly #needs: SessionNeeds;
  readonly #exchanges: Exchanges;
  readonly #inbox: Inbox<Waiting> = createInbox();
  readonly #mailbox: Mailbox;
  /** How long nothing was heard, by ticks of the watch: a process that stood still has heard nothing because of itself. */
  #silent = 0;
  #paused = false;
  #closing = false;
  #over = false;
  /** Nothing more is read: the far side has said its last. */
  #isRead = false;
  #working: Promise<unknown> = Promise.resolve();
  #kept = 0;

  constructor(needs: SessionNeeds) {
    const { times, counts } = needs;
    this.#needs = needs;
    this.#exchanges = createExchanges({
      write: (stanza) => this.#write(stanza),
      times,
      counts,
      changed: () => this.#inbox.stir(),
    });
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

  /** The session until it is over; what was asked and sent has failed by then. Handlers may still be at work. */
  async run(): Promise<SessionEnd> {
    const tick = Math.max(1, Math.min(1_000, this.#needs.times.ping / 4));
    const watch = setInterval(() => this.#watch(tick), tick);
    const beginning = this.#begin();
    const work = this.#work();
    this.#working = Promise.all([beginning, work]);
    const reading = this.#receive();
    const end = await Promise.race([reading, anEnd(beginning), anEnd(work)]);
    this.#over = true;
    clearInterval(watch);
    this.#exchanges.end();
    this.#inbox.end();
    if (this.#isRead) this.#leave();
    else this.#needs.channel.abort();
    await reading;
    return end;
  }

  /** Resolves once no handler is at work any more, of a session that is over. */
  async settled(): Promise<void> {
    await this.#working;
  }

  /** Whether anything that came was kept: the session was good for something. */
  get useful(): boolean {
    return this.#kept > 0;
  }

  /** Ends it after what is under way, for a bounded time; what waits for its turn is dropped, and comes again. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#inbox.end();
    await within(closingTimes.underWay, Promise.all([this.#working, this.#exchanges.idle()]));
    this.#leave();
  }

  ask(ask: Asking): Promise<Answer | Failed> {
    return this.#exchanges.ask(ask);
  }

  send(stanza: Outgoing): Promise<{ readonly kind: 'sent' } | Failed> {
    return this.#exchanges.send(stanza);
  }

  /** Ends our side, and drops the stream where the far side does not end its own soon. */
  #leave(): void {
    const { channel, isGone } = this.#needs;
    channel.end();
    const drop = (): void => {
      if (!isGone()) channel.abort();
    };
    setTimeout(drop, closingTimes.farSide).unref();
  }

  async #write(stanza: Stanza): Promise<Failed | undefined> {
    if (this.#over) return linkDown();
    const encoded = encodeNode(renderStanza(stanza));
    if (encoded.kind === 'failed') return failedForGood('too-large', encoded.text);
    if (encoded.bytes.length > largestBody) return failedForGood('too-large');
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
    // A server that says no to it sends all the same, and one that says nothing is noticed elsewhere.
    if (!this.#closing) await this.ask({ kind: 'take-messages', active: true });
    return undefined;
  }

  async #receive(): Promise<SessionEnd> {
    for (;;) {
      await this.#room();
      const received = await this.#needs.channel.receive();
      const end = received.kind === 'message' ? this.#heed(received.body) : lost('link-down');
      this.#isRead = end !== undefined;
      if (end !== undefined) return end;
    }
  }

  #heed(body: Uint8Array): SessionEnd | undefined {
    this.#silent = 0;
    const read = this.#read(body);
    return read === undefined ? undefined : this.#take(read.stanza, read.ack, body.length);
  }

  /** Where enough waits for its turn, nothing is read; but whoever waits for an answer gets it. */
  async #room(): Promise<void> {
    while (this.#inbox.full() && this.#exchanges.waiting() === 0 && !this.#over) {
      this.#paused = true;
      await this.#inbox.stirred();
    }
    if (this.#paused) this.#silent = 0;
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

  #take(stanza: Stanza, ack: AckStanza | undefined, bytes: number): SessionEnd | undefined {
    switch (stanza.kind) {
      case 'iq':
        this.#exchanges.answered(stanza);
        return undefined;
      case 'ack':
        this.#exchanges.acknowledged(stanza);
        return undefined;
      case 'stream-error':
        this.#needs.counts.count('stream-error');
        return endOfStream(stanza);
      case 'failure':
        this.#needs.counts.count('refused');
        return endOfFailure(stanza);
      case 'stream-end':
        return lost('link-down');
      case 'success':
        return undefined;
      default:
        if (this.#closing || this.#inbox.put({ stanza, ack }, bytes)) return undefined;
        this.#needs.counts.count('flooded');
        return lost('link-down');
    }
  }

  async #work(): Promise<SessionEnd | undefined> {
    const { events, counts } = this.#needs;
    for (;;) {
      const next = await this.#inbox.take();
      if (next === undefined) return undefined;
      try {
        await events.stanza(next.stanza);
        this.#kept += 1;
        this.#acknowledge(next);
        if (this.#mailbox.handled(next.stanza)) events.drained?.();
      } catch {
        counts.count('not-kept');
        return lost('link-down');
      }
    }
  }

  #acknowledge({ stanza, ack }: Waiting): void {
    if (stanza.kind === 'ib' || stanza.kind === 'chatstate' || stanza.kind === 'presence') return;
    if (ack === undefined) this.#needs.counts.count('nameless');
    else void this.#write(ack);
  }

  /** A connection whose far side is gone looks open: only an answer tells. */
  #watch(tick: number): void {
    const { times, channel, counts } = this.#needs;
    if (this.#paused) return;
    this.#silent += tick;
    if (this.#silent >= times.ping + times.answer) {
      counts.count('silent');
      channel.abort();
    } else if (this.#silent >= times.ping && !this.#exchanges.isAsking('ping')) {
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
