import { mentionContent, threadContent } from '../../../test/conformance/rich-matrix-content.ts';
import type { XmppPlace } from '../../../test/conformance/xmpp-chat.ts';
import type { Chat } from '../chat.ts';
import { fromAlice, fromFriend, type Message } from '../ends.ts';
import type { Exchange } from '../exchange.ts';
import { texts } from './text.ts';

/** Messages that call the other person, and messages in a thread, each in both directions. */
export function callExchanges(chat: Chat, place: XmppPlace): readonly Exchange[] {
  return [...mentions(chat, place), ...threads(chat, place)];
}

function mentions(chat: Chat, place: XmppPlace): readonly Exchange[] {
  const [listen, look] = ['are you listening?', 'look out of the window!'];
  const calls = (text: string) => (seen: Message) =>
    seen.kind === 'said' && seen.mentionsMe && seen.text.endsWith(text);
  return [
    fromFriend(chat, place, {
      kind: 'mention',
      expected: `"… ${listen}", which calls Alice (m.mentions)`,
      send: (friend) => friend.mention(listen),
      arrived: calls(listen),
    }),
    fromAlice(chat, place, {
      kind: 'mention',
      expected: `"… ${look}", which calls Bob (XEP-0372)`,
      send: (_, { alice, place: { room, ghost }, friendName }) =>
        alice.sendMessage(room, mentionContent(look, ghost, friendName)),
      arrived: calls(look),
    }),
  ];
}

function threads(chat: Chat, place: XmppPlace): readonly Exchange[] {
  const [table, time] = ['About that table: for two or three?', 'And until when?'];
  return [
    fromFriend(chat, place, {
      kind: 'thread',
      expected: `"${table}" in the thread of "${texts.fromAlice}"`,
      send: (friend) => friend.sayInThread(chat.told(texts.fromAlice).stanzaId, table),
      arrived: (seen) =>
        seen.kind === 'said' && seen.text === table && seen.thread === chat.told(texts.fromAlice).eventId,
    }),
    fromAlice(chat, place, {
      kind: 'thread',
      expected: `"${time}" in the thread of "${texts.fromFriend}" (XEP-0201)`,
      send: (_, { alice, place: { room } }) => {
        const root = chat.told(texts.fromFriend).eventId;
        return alice.sendMessage(room, threadContent(root, root, time));
      },
      arrived: (seen) =>
        seen.kind === 'said' && seen.text === time && seen.thread === chat.told(texts.fromFriend).stanzaId,
    }),
  ];
}
