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
      prepare: async () => {
        const crossed = await chat.toMatrix(
          () => friend.sendText(aliceAddress, fromFriend),
          ({ content }) => content['body'] === fromFriend,
        );
        chat.remember(fromFriend, crossed);
      },
      run: async () => {
        const told = chat.told(fromFriend);
        return chat.shown(
          told,
          await chat.toMatrix(
            () => friend.retract(aliceAddress, told.stanzaId),
            ({ redacts }) => redacts === told.eventId,
          ),
        );
      },
    },
    {
      kind: 'retraction',
      direction: 'to-network',
      expected: `"${fromAlice}" taken back`,
      prepare: async () => {
        const crossed = await chat.toNetwork(
          () => alice.sendText(chat.place.room, fromAlice),
          (stanza) => bodyOf(stanza) === fromAlice,
        );
        chat.remember(fromAlice, crossed);
      },
      run: async () => {
        const told = chat.told(fromAlice);
        return chat.shown(
          told,
          await chat.toNetwork(
            () => alice.redact(chat.place.room, told.eventId),
            (stanza) => retractedId(stanza) === told.stanzaId,
          ),
        );
      },
    },
  ];
}

function retractedId(stanza: Stanza): string | undefined {
  const retract = stanza.getChild('retract', NS.retract1);
  return retract && attribute(retract, 'id');
}
