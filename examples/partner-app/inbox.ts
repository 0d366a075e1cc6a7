/** Takes in what the server brings. What came is kept before it is acknowledged, so that a kill loses and doubles nothing. */
import type { Incoming } from '../../src/interop/client/client.ts';
import { unpad } from '../../src/interop/message/padding.ts';
import type { Address } from '../../src/interop/node/address.ts';
import { refusedReceipt } from '../../src/interop/profile/host-profile.ts';
import type { MessageStanza } from '../../src/interop/stanza/message.ts';
import type { NotificationStanza } from '../../src/interop/stanza/notification.ts';
import type { Receipt, ReceiptStanza } from '../../src/interop/stanza/receipt.ts';
import type { Talk, TalkOpened } from '../../src/interop/talk/talk.ts';
import type { PassingEvent } from './event.ts';
import { chatOf } from './chat-name.ts';
import { lineId, lineValue, messageOf } from './reading.ts';
import { messageStanza, receiptStanza, stanzaBytes } from './stanzas.ts';
import type { NewLine, NewParcel, UserStore } from './user-store.ts';
import { typeOf } from './writing.ts';

export interface InboxNeeds {
  readonly store: UserStore;
  readonly talk: Pick<Talk, 'open' | 'released' | 'delivered' | 'askedAgain' | 'told'>;
  /** There is something to send. */
  readonly deliver: () => void;
  /** The server has so few one-time prekeys left. */
  readonly keysLeft: (count: number) => void;
  readonly passing: (event: PassingEvent) => void;
  readonly now: () => number;
}

/** Resolves once all of it is kept. */
export async function takeIn(stanza: Incoming, needs: InboxNeeds): Promise<void> {
  switch (stanza.kind) {
    case 'message':
      await takeMessage(stanza, needs);
      return;
    case 'receipt':
      await takeReceipt(stanza, needs);
      return;
    case 'chatstate':
      if (stanza.from !== undefined)
        needs.passing({ kind: 'typing', chat: chatOf(stanza.from), state: stanza.state });
      return;
    case 'presence':
      if (stanza.from !== undefined) {
        const available = stanza.type !== 'unavailable';
        needs.passing({ kind: 'presence', chat: chatOf(stanza.from), available });
      }
      return;
    case 'notification':
      takeNotification(stanza, needs);
      return;
    case 'ib':
    case 'unknown':
      return;
  }
}

async function takeMessage(stanza: MessageStanza, needs: InboxNeeds): Promise<void> {
  const { store, talk, deliver } = needs;
  const { from, id, notify } = stanza;
  if (from === undefined) return;
  const opened = await talk.open(stanza);
  const chat = chatOf(from);
  store.keep({
    lines: linesFor(opened, stanza, chat, needs.now()),
    parcels: [answerTo(opened, from, id)].filter((parcel) => parcel !== undefined),
  });
  if (notify !== undefined) store.know({ address: chat, name: notify });
  if (opened.kind === 'opened') {
    if (opened.identity === 'changed') await talk.told(from);
    await talk.released(from, id);
  }
  deliver();
}

function linesFor(
  opened: TalkOpened,
  { id, time }: MessageStanza,
  chat: string,
  now: number,
): readonly NewLine[] {
  const at = time === undefined ? now : time * 1000;
  const line = { chat, id: lineId({ id, mine: false }), at };
  const trouble = (value: string): NewLine => ({ ...line, kind: 'trouble', value });
  switch (opened.kind) {
    case 'opened': {
      const plain = unpad(opened.padded);
      const said: NewLine =
        plain instanceof Uint8Array
          ? { ...line, kind: 'said', value: lineValue(plain) }
          : trouble('broken-event');
      const identity: NewLine = { ...line, kind: 'identity', value: '' };
      return opened.identity === 'changed' ? [identity, said] : [said];
    }
    case 'closed':
      return [trouble(opened.reason)];
    case 'known':
    case 'ask':
      return [];
  }
}

/** What its sender is told: it is here, or it did not open and is asked for again. */
function answerTo(opened: TalkOpened, to: Address, id: string): NewParcel | undefined {
  switch (opened.kind) {
    case 'opened':
    case 'known':
      return receiptParcel(to, id, { kind: 'delivered', more: [] });
    case 'ask':
      return receiptParcel(to, id, opened.receipt);
    case 'closed':
      return undefined;
  }
}

/** A receipt to be sent. */
export function receiptParcel(to: Address, id: string, about: Receipt): NewParcel {
  const value = stanzaBytes(receiptStanza(to, id, about));
  return { chat: chatOf(to), kind: 'stanza', id: `${about.kind} ${id}`, value };
}

async function takeReceipt(stanza: ReceiptStanza, needs: InboxNeeds): Promise<void> {
  const { store, talk, now } = needs;
  const { from, about, id } = stanza;
  if (from === undefined) return;
  const chat = chatOf(from);
  const at = stanza.time === undefined ? now() : stanza.time * 1000;
  switch (about.kind) {
    case 'delivered':
    case 'read':
    case 'played': {
      const ids = [...new Set([id, ...about.more])];
      // Of what was never said nothing is kept.
      const own = ids.filter(
        (one) => store.find(chat, 'said', lineId({ id: one, mine: true })) !== undefined,
      );
      store.keep({
        lines: own.map((one) => ({ chat, kind: 'receipt', id: `${about.kind} ${one}`, value: '', at })),
      });
      await talk.delivered(from, own);
      return;
    }
    case 'retry': {
      const message = messageOf(store.find(chat, 'said', lineId({ id: about.messageId, mine: true })));
      const sealed = message === undefined ? undefined : await talk.askedAgain({ ...stanza, about });
      if (message === undefined || sealed === undefined) return;
      // Brought again by the server, later.
      if ('reason' in sealed) throw new Error(`A message cannot be sent again: ${sealed.reason}.`);
      const parts = { to: from, id: about.messageId, type: typeOf(message), notify: store.name, sealed };
      const value = stanzaBytes(messageStanza(parts));
      store.keep({ parcels: [{ chat, kind: 'stanza', id: `again ${about.messageId}`, value }] });
      needs.deliver();
      return;
    }
    case 'server-error':
      refused(store, chat, { id, value: 'media-gone', at });
      return;
    case 'other':
      if (about.type === refusedReceipt.type) refused(store, chat, { id, value: 'network-refused', at });
      return;
  }
}

/** A message of one's own went no further after the server had taken it. */
function refused(store: UserStore, chat: string, of: Pick<NewLine, 'id' | 'value' | 'at'>): void {
  const id = lineId({ id: of.id, mine: true });
  if (store.find(chat, 'said', id) === undefined) return;
  store.keep({ lines: [{ ...of, chat, id, kind: 'trouble' }] });
}

/** That somebody's identity is another is noticed, and told, with the next message either way. */
function takeNotification({ about }: NotificationStanza, { keysLeft }: InboxNeeds): void {
  if (about.kind === 'prekeys-left') keysLeft(about.count);
}
