import type { XmppPlace } from '../../test/conformance/xmpp-chat.ts';
import type { XmppRichChat } from '../../test/conformance/xmpp-rich-chat.ts';
import type { MatrixChat } from '../../test/conformance/matrix-chat.ts';
import type { RichChat, RichSeen } from '../../test/conformance/rich-chat.ts';
import { eventually } from '../../test/conformance/eventually.ts';
import type { Chat } from './chat.ts';
import { patienceMs, type Direction, type Exchange, type Row } from './exchange.ts';

/** A message that has arrived. */
export type Message = Extract<RichSeen, { readonly id: string }>;

/** One message of a kind, and what makes it the one that was expected. */
export interface Sample {
  readonly kind: string;
  readonly expected: string;
  readonly arrived: (seen: Message) => boolean;
  /** Rejects where what has arrived is not what it should be. */
  readonly check?: (seen: Message) => Promise<void>;
}
export interface FromFriend extends Sample {
  readonly send: (friend: XmppRichChat, chat: Chat) => Promise<string>;
}
export interface FromAlice extends Sample {
  readonly send: (alice: MatrixChat, chat: Chat) => Promise<string>;
}

/** The friend sends with a client that knows the XEP for it, and Alice's client shows it. */
export function fromFriend(chat: Chat, place: XmppPlace, sample: FromFriend): Exchange {
  return {
    ...{ kind: sample.kind, direction: 'to-matrix', expected: sample.expected },
    run: async () => {
      const id = await sample.send(chat.friendEnd(place), chat);
      const seen = await arrival(chat.aliceEnd, sample);
      return chat.shown(await rowOf(chat, 'to-matrix', id, seen.id));
    },
  };
}

/** Alice sends, and the friend's client shows it. */
export function fromAlice(chat: Chat, place: XmppPlace, sample: FromAlice): Exchange {
  return {
    ...{ kind: sample.kind, direction: 'to-network', expected: sample.expected },
    run: async () => {
      const id = await sample.send(chat.aliceEnd, chat);
      const seen = await arrival(chat.friendEnd(place), sample);
      return chat.shown(await rowOf(chat, 'to-network', id, seen.id));
    },
  };
}

/** The first message that a client shows, or will show in time, as it was expected. */
export async function arrival(chat: RichChat, sample: Omit<Sample, 'kind'>): Promise<Message> {
  const seen = await eventually(
    sample.expected,
    () => messages(chat).find(sample.arrived),
    patienceMs,
    () => `Seen last: ${JSON.stringify(chat.richSeen().slice(-4)).slice(0, 2_000)}`,
  );
  await sample.check?.(seen);
  return seen;
}

function messages(chat: RichChat): readonly Message[] {
  return chat.richSeen().flatMap((seen) => ('id' in seen ? [seen] : []));
}

/** What both clients show of one message, by its id on the side of its sender and of its receiver. */
export async function rowOf(chat: Chat, direction: Direction, sent: string, received: string): Promise<Row> {
  const [eventId, stanzaId] = direction === 'to-matrix' ? [received, sent] : [sent, received];
  const xmpp = chat.stanza(stanzaId);
  return { matrix: await chat.ownEvent(eventId), ...(xmpp === undefined ? {} : { xmpp }), direction };
}

/** Fails where a file has arrived as other bytes. */
export async function sameBytes(seen: Message, bytes: Uint8Array): Promise<void> {
  if (seen.kind !== 'media') throw new Error('It is no file.');
  const received = await seen.load();
  if (Buffer.compare(received, bytes) !== 0)
    throw new Error(`${seen.name} arrived as ${received.byteLength} other bytes.`);
}
