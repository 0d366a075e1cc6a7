import { attribute, bodyOf, NS, type Stanza } from '../../../test/support/xmpp-stanzas.ts';
import type { Chat } from '../chat.ts';
import type { Exchange } from '../exchange.ts';

/** Messages that are taken back, in both directions. */
export function retractionExchanges(chat: Chat): readonly Exchange[] {
  const { alice, friend, aliceAddress } = chat;
  const fromFriend = 'Oh, that was for somebody else.';
  const fromAlice = 'This one, too.';
  return [
    {
      kind: 'retraction',
      direction: 'to-matrix',
      expected: `"${fromFriend}" taken back`,
      prepare: () =>
        chat.tellMatrix(
          fromFriend,
          () => friend.sendText(aliceAddress, fromFriend),
          ({ content }) => content['body'] === fromFriend,
        ),
      run: async () => {
        const { eventId, stanzaId } = chat.told(fromFriend);
        return chat.toMatrix(
          () => friend.retract(aliceAddress, stanzaId),
          ({ redacts }) => redacts === eventId,
        );
      },
    },
    {
      kind: 'retraction',
      direction: 'to-network',
      expected: `"${fromAlice}" taken back`,
      prepare: () =>
        chat.tellNetwork(
          fromAlice,
          () => alice.sendText(chat.place.room, fromAlice),
          (stanza) => bodyOf(stanza) === fromAlice,
        ),
      run: async () => {
        const { eventId, stanzaId } = chat.told(fromAlice);
        return chat.toNetwork(
          () => alice.redact(chat.place.room, eventId),
          (stanza) => retractedId(stanza) === stanzaId,
        );
      },
    },
  ];
}

function retractedId(stanza: Stanza): string | undefined {
  const retract = stanza.getChild('retract', NS.retract1);
  return retract && attribute(retract, 'id');
}
