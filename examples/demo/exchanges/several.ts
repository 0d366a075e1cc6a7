import { eventually } from '../../../test/conformance/eventually.ts';
import type { RichChat, SampleMedia } from '../../../test/conformance/rich-chat.ts';
import type { XmppPlace } from '../../../test/conformance/xmpp-chat.ts';
import type { Chat } from '../chat.ts';
import { arrival, rowOf, sameBytes } from '../ends.ts';
import { patienceMs, type Direction, type Exchange, type Row } from '../exchange.ts';
import * as files from '../samples.ts';

/** Several files in one message, and files with words beside them, each in both directions. */
export function severalExchanges(chat: Chat, place: XmppPlace): readonly Exchange[] {
  const menu = files.notes('menu.txt', 'soup, bread, cake\n', 'What they have today');
  const map = files.notes('map.txt', 'first left, then right\n', 'How to get there');
  const days = [files.image('monday.png', [200, 200, 60]), files.image('friday.png', [60, 200, 200])];
  const rooms = [files.image('kitchen.png', [120, 60, 200]), files.image('garden.png', [60, 160, 60])];
  return [
    sending(chat, place, { kind: 'file', direction: 'to-matrix', items: [menu], caption: menu.caption }),
    sending(chat, place, { kind: 'file', direction: 'to-network', items: [map], caption: map.caption }),
    sending(chat, place, { kind: 'gallery', direction: 'to-matrix', items: days, caption: 'Two days' }),
    sending(chat, place, { kind: 'gallery', direction: 'to-network', items: rooms, caption: 'Two rooms' }),
  ];
}

interface Sent {
  readonly kind: string;
  readonly direction: Direction;
  readonly items: readonly SampleMedia[];
  readonly caption: string | undefined;
}

function sending(chat: Chat, place: XmppPlace, { kind, direction, items, caption = '' }: Sent): Exchange {
  const names = items.map(({ name }) => name).join(' and ');
  return {
    ...{ kind, direction, expected: `${names} with the words "${caption}"` },
    run: async () => {
      const [alice, friend] = [chat.aliceEnd, chat.friendEnd(place)];
      const [from, to] = direction === 'to-matrix' ? [friend, alice] : [alice, friend];
      const id = await send(from, items, caption);
      const rows: Row[] = [];
      for (const item of items) {
        const seen = await arrival(to, {
          expected: item.name,
          arrived: (one) => one.kind === 'media' && one.name === item.name,
          check: (one) => sameBytes(one, item.bytes),
        });
        rows.push(await rowOf(chat, direction, id, seen.id));
      }
      await eventually(caption, () => says(to, caption) || undefined, patienceMs);
      return chat.shown(...once(rows), ...captionRow(chat, direction, caption));
    },
  };
}

function send(from: RichChat, items: readonly SampleMedia[], caption: string): Promise<string> {
  const [first, second, ...others] = items;
  if (first === undefined) throw new Error('There is nothing to send.');
  return second === undefined ? from.sendMedia(first) : from.sendGallery([first, second, ...others], caption);
}

function says(chat: RichChat, caption: string): boolean {
  return chat
    .richSeen()
    .some(
      (seen) =>
        (seen.kind === 'media' && seen.caption === caption) ||
        (seen.kind === 'said' && seen.text === caption),
    );
}

/** What the sender's client shows of all of them stands beside the first. */
function once(rows: readonly Row[]): readonly Row[] {
  return rows.map((row, index) => {
    const [before] = rows.slice(0, index);
    if (before === undefined) return row;
    const { matrix, xmpp, ...rest } = row;
    return {
      ...rest,
      ...(matrix === before.matrix || matrix === undefined ? {} : { matrix }),
      ...(xmpp === before.xmpp || xmpp === undefined ? {} : { xmpp }),
    };
  });
}

/** Words beside a file are a stanza of their own on XMPP. */
function captionRow(chat: Chat, direction: Direction, caption: string): readonly Row[] {
  const xmpp = chat.friend.stanzas.find((stanza) => stanza.getChildText('body') === caption);
  return direction === 'to-matrix' || xmpp === undefined ? [] : [{ xmpp, direction }];
}
