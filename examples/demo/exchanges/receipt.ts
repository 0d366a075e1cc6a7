import { attribute, bodyOf, NS, type Stanza } from '../../../test/support/xmpp-stanzas.ts';
import type { Chat } from '../chat.ts';
import type { Exchange } from '../exchange.ts';

/** Delivery receipts, told to the sender of a message, in both directions. */
export function receiptExchanges(chat: Chat): readonly Exchange[] {
  const { alice, friend, aliceAddress } = chat;
  const fromFriend = 'Did this reach you?';
  const fromAlice = 'It did. And this, did it reach you?';
  return [
    {
      kind: 'receipt',
      direction: 'to-network',
      expected: `the news that "${fromFriend}" was delivered (XEP-0184)`,
      run: async () => {
        const id = await friend.sendText(aliceAddress, fromFriend);
        const receipt = await chat.hearStanza((stanza) => receiptedId(stanza) === id);
        const crossed = await chat.toMatrix(
          async () => id,
          ({ content }) => content['body'] === fromFriend,
        );
        return chat.shown(crossed, { xmpp: receipt });
      },
    },
    {
      kind: 'receipt',
      direction: 'to-matrix',
      expected: `the news that "${fromAlice}" was delivered (a message status with delivered_to_users)`,
      run: async () => {
        const crossed = await chat.toNetwork(
          () => alice.sendText(chat.place.room, fromAlice),
          (stanza) => bodyOf(stanza) === fromAlice,
        );
        const { ghost } = chat.place;
        const { eventId } = crossed.matrix;
        const status = await chat.hear(
          ({ type, relation, content }) =>
            type === 'com.beeper.message_send_status' &&
            relation?.eventId === eventId &&
            content['status'] === 'SUCCESS' &&
            Array.isArray(content['delivered_to_users']) &&
            content['delivered_to_users'].includes(ghost),
        );
        return chat.shown(crossed, { matrix: status });
      },
    },
  ];
}

function receiptedId(stanza: Stanza): string | undefined {
  const received = stanza.getChild('received', NS.receipts);
  return received && attribute(received, 'id');
}
