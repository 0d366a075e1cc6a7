/** Receipts of providers' users: what became of what homeserver users wrote, and what is asked for again. */
import { BoundedMap } from '../../core/bounded-map.ts';
import type { EventSink } from '../../core/network.ts';
import { signalCause } from '../../core/signals.ts';
import { TokenBucket } from '../../core/token-bucket.ts';
import type { Login } from '../../interop/enlistment/login.ts';
import { parseMessageId } from '../../interop/message/message-id.ts';
import type { ReceiptStanza } from '../../interop/stanza/receipt.ts';
import type { Counts } from './counts.ts';
import type { End } from './ends.ts';
import { addressOf, chatOf, userOf } from './ids.ts';
import type { Outbox } from './outbox.ts';

export interface ReceiptsDeps {
  readonly sink: Pick<EventSink, 'signal'>;
  readonly outbox: Outbox;
  readonly counts: Counts;
  readonly now: () => number;
}

/** Messages that one person says something of [G]; a full mailbox is said to be there at once. */
const rate = { perSecond: 50, burst: 20_000 } as const;
const mostRates = 20_000;

export class Receipts {
  readonly #deps: ReceiptsDeps;
  readonly #rates = new BoundedMap<string, TokenBucket>(mostRates);

  constructor(deps: ReceiptsDeps) {
    this.#deps = deps;
  }

  async take(from: Login, end: End, stanza: ReceiptStanza): Promise<void> {
    const { about } = stanza;
    const { counts } = this.#deps;
    switch (about.kind) {
      case 'delivered':
      case 'read':
      case 'played': {
        const ids = this.#within(from, [...new Set([stanza.id, ...about.more])]);
        await end.talk.delivered(addressOf(from), ids);
        // To be played is to be read: the core knows nothing beyond.
        this.#tell(from, end, about.kind === 'delivered' ? 'delivered' : 'read', ids);
        return;
      }
      case 'retry':
        await this.#again(from, end, { ...stanza, about });
        return;
      case 'server-error':
        // What the file was is not kept; its sender is told that it did not arrive.
        this.#tell(from, end, 'undelivered', [stanza.id]);
        return;
      case 'other':
        counts.count('meaningless');
        return;
    }
  }

  /** Each name costs a look into what was sealed, and one receipt may have a thousand of them. */
  #within(from: Login, ids: readonly string[]): readonly string[] {
    const { now, counts } = this.#deps;
    const person = userOf(from);
    const bucket = this.#rates.get(person) ?? new TokenBucket(rate.perSecond, rate.burst, now);
    this.#rates.set(person, bucket);
    const within = ids.filter(() => bucket.take() === 0);
    if (within.length < ids.length) counts.count('flooded');
    return within;
  }

  async #again(from: Login, end: End, stanza: Parameters<End['talk']['askedAgain']>[0]): Promise<void> {
    const { outbox, counts } = this.#deps;
    const by = { from: addressOf(from), participant: undefined };
    const sealed = await end.talk.askedAgain({ ...stanza, ...by });
    if (sealed === undefined) {
      counts.count('not-sent-again');
      return;
    }
    // It is not acknowledged, so that it comes again.
    if ('kind' in sealed) throw new Error('the keys for a new session are not to be had now');
    // The receipt may have brought other keys: who wrote is told before it goes.
    const { messageId, count } = stanza.about;
    const name = `again ${messageId} ${String(count)}`;
    await outbox.tellIdentity(end, from, { name, at: this.#deps.now(), identity: 'changed' });
    await outbox.postNow(from, outbox.message(end, from, messageId, sealed));
  }

  #tell(from: Login, end: End, receipt: 'delivered' | 'read' | 'undelivered', ids: readonly string[]): void {
    const { sink, counts, now } = this.#deps;
    const userId = userOf(from);
    for (const one of ids) {
      const messageId = parseMessageId(one);
      if (messageId === undefined) {
        counts.count('meaningless');
        continue;
      }
      sink.signal({
        ...{ chat: chatOf(userId), receiver: end.user },
        event: {
          ...{ kind: 'receipt', receipt, cause: signalCause(), name: undefined, at: now() },
          ...{ sender: { in: 'remote', userId }, target: { in: 'remote', messageId } },
        },
      });
    }
  }
}
