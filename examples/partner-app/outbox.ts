/**
 * Sends what is in the outbox: in order within a chat, chats side by side, and again under the same names until the server
 * has it. What is sealed once stays sealed under its name, so that a kill between two steps changes nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Failed } from '../../src/core/outcome.ts';
import { task, type Log } from '../../src/core/task.ts';
import type { ChatClient } from '../../src/interop/client/client.ts';
import { parseAddress } from '../../src/interop/node/address.ts';
import type { MessageStanza } from '../../src/interop/stanza/message.ts';
import type { ReceiptStanza } from '../../src/interop/stanza/receipt.ts';
import type { Talk } from '../../src/interop/talk/talk.ts';
import { lineId, messageOf, plainOf } from './reading.ts';
import { messageStanza, stanzaOf } from './stanzas.ts';
import type { NewLine, Parcel, UserStore } from './user-store.ts';
import { typeOf } from './writing.ts';

export interface OutboxNeeds {
  readonly store: UserStore;
  readonly talk: Pick<Talk, 'seal' | 'told'>;
  readonly send: ChatClient['send'];
  readonly log: Log;
  readonly now: () => number;
}

const firstWaitMs = 500;
const lastWaitMs = 30_000;

export class Outbox {
  readonly #needs: OutboxNeeds;
  readonly #lanes = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(needs: OutboxNeeds) {
    this.#needs = needs;
  }

  /** Begins to send what waits, wherever nothing is being sent. To be called when there is more, and when a session begins. */
  deliver(): void {
    if (this.#stopping.signal.aborted) return;
    for (const chat of this.#needs.store.waitingChats()) {
      if (this.#lanes.has(chat)) continue;
      const lane = task(this.#needs.log, 'send', () => this.#empty(chat)).finally(() => {
        this.#lanes.delete(chat);
      });
      this.#lanes.set(chat, lane);
    }
  }

  /** Nothing is begun any more; resolves once what was begun has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#lanes.values());
  }

  async #empty(chat: string): Promise<void> {
    const { signal } = this.#stopping;
    let wait = firstWaitMs;
    while (!signal.aborted) {
      const parcel = this.#needs.store.firstParcel(chat);
      if (parcel === undefined) return;
      const failed = await this.#send(parcel);
      if (failed === undefined) {
        wait = firstWaitMs;
        continue;
      }
      // The next session begins with it.
      if (failed.reason === 'link-down') return;
      if (failed.retry.kind === 'never') {
        this.#giveUp(parcel, failed);
        continue;
      }
      await sleep(failed.retry.afterMs ?? wait, undefined, { signal }).catch(() => undefined);
      wait = Math.min(wait * 2, lastWaitMs);
    }
  }

  async #send(parcel: Parcel): Promise<Failed | undefined> {
    const { store, send, now } = this.#needs;
    const { chat, seq, id } = parcel;
    const made = parcel.kind === 'message' ? await this.#seal(parcel) : stanzaOf(parcel.value);
    if (made === undefined) {
      store.keep({ sent: seq });
      return undefined;
    }
    if (made.kind === 'failed') return made;
    const sent = await send(made);
    if (sent.kind === 'failed') return sent;
    const receipt: NewLine = { chat, kind: 'receipt', id: `sent ${id}`, value: '', at: now() };
    store.keep({ sent: seq, lines: parcel.kind === 'message' ? [receipt] : [] });
    return undefined;
  }

  async #seal({ chat, id }: Parcel): Promise<MessageStanza | ReceiptStanza | Failed | undefined> {
    const { store, talk, now } = this.#needs;
    const to = parseAddress(chat);
    const line = store.find(chat, 'said', lineId({ id, mine: true }));
    const message = messageOf(line);
    if (to === undefined || line === undefined || message === undefined) return undefined;
    const sealed = await talk.seal(to, id, plainOf(line));
    if (sealed.kind === 'failed') return sealed;
    if (sealed.identity === 'changed') {
      store.keep({ lines: [{ chat, kind: 'identity', id: `me ${id}`, value: '', at: now() }] });
      await talk.told(to);
    }
    return messageStanza({ to, id, type: typeOf(message), notify: store.name, sealed: [sealed.sealed] });
  }

  /** Its sender is told. */
  #giveUp({ chat, kind, id, seq }: Parcel, { reason }: Failed): void {
    const { store, now } = this.#needs;
    const line: NewLine = { chat, kind: 'trouble', id: `me ${id}`, value: reason, at: now() };
    store.keep({ sent: seq, lines: kind === 'message' ? [line] : [] });
  }
}
