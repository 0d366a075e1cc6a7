import type { XmppPlace } from '../../../test/conformance/xmpp-chat.ts';
import type { Chat } from '../chat.ts';
import { fromAlice, fromFriend, type Message } from '../ends.ts';
import type { Exchange } from '../exchange.ts';

const code = { fromFriend: 'if (cold) brew(tea, 2);', fromAlice: 'while (rain) stay("in");' };

/** Text that is more than said: code, hidden words, actions, notices. Each in both directions. */
export function styleExchanges(chat: Chat, place: XmppPlace): readonly Exchange[] {
  return [...codes(chat, place), ...spoilers(chat, place), ...actions(chat, place), ...notices(chat, place)];
}

function codes(chat: Chat, place: XmppPlace): readonly Exchange[] {
  const is = (text: string) => (seen: Message) =>
    seen.kind === 'said' && seen.code.some((one) => one.text === text && one.language === 'javascript');
  return [
    fromFriend(chat, place, {
      kind: 'code',
      expected: `"${code.fromFriend}" as a block of JavaScript`,
      send: (friend) => friend.sayCode(code.fromFriend, 'javascript'),
      arrived: is(code.fromFriend),
    }),
    fromAlice(chat, place, {
      kind: 'code',
      expected: `"${code.fromAlice}" as a block of JavaScript (XEP-0393)`,
      send: (alice) => alice.sayCode(code.fromAlice, 'javascript'),
      arrived: is(code.fromAlice),
    }),
  ];
}

/** XMPP hides whole messages. */
function spoilers(chat: Chat, place: XmppPlace): readonly Exchange[] {
  const [ending, murderer] = ['They marry in the end.', 'The butler did it.'];
  const hides = (text: string) => (seen: Message) => seen.kind === 'said' && seen.spoilers.includes(text);
  return [
    fromFriend(chat, place, {
      kind: 'spoiler',
      expected: `"${ending}" hidden`,
      send: (friend) => friend.saySpoiler(ending),
      arrived: hides(ending),
    }),
    fromAlice(chat, place, {
      kind: 'spoiler',
      expected: `"${murderer}" hidden (XEP-0382)`,
      send: (alice) => alice.saySpoiler(murderer, murderer),
      arrived: hides(murderer),
    }),
  ];
}

function actions(chat: Chat, place: XmppPlace): readonly Exchange[] {
  const does = (text: string) => (seen: Message) =>
    seen.kind === 'said' && seen.style === 'emote' && seen.text === text;
  return [
    fromFriend(chat, place, {
      kind: 'emote',
      expected: 'that Bob waves, as an action',
      send: (friend) => friend.sayAs('emote', 'waves'),
      arrived: does('waves'),
    }),
    fromAlice(chat, place, {
      kind: 'emote',
      expected: 'that Alice smiles, as an action (XEP-0245)',
      send: (alice) => alice.sayAs('emote', 'smiles'),
      arrived: does('smiles'),
    }),
  ];
}

/** XMPP has no form for notices: they are said. */
function notices(chat: Chat, place: XmppPlace): readonly Exchange[] {
  const [rain, doors] = ['The forecast says rain.', 'The doors open at seven.'];
  const says = (text: string) => (seen: Message) => seen.kind === 'said' && seen.text === text;
  return [
    fromFriend(chat, place, {
      kind: 'notice',
      expected: `"${rain}", as text: XMPP has no notices`,
      send: (friend) => friend.sayAs('notice', rain),
      arrived: says(rain),
    }),
    fromAlice(chat, place, {
      kind: 'notice',
      expected: `"${doors}", as text: XMPP has no notices`,
      send: (alice) => alice.sayAs('notice', doors),
      arrived: says(doors),
    }),
  ];
}
