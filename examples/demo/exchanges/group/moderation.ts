import { xml } from '@xmpp/client';
import { attribute, bodyOf, NS } from '../../../../test/support/xmpp-stanzas.ts';
import { patienceMs, type Exchange } from '../../exchange.ts';
import type { Salon } from '../../salon.ts';
import { deed } from './coming.ts';

const [ofAlice, ofCarol] = ['Buy my cakes!', 'Buy my tea!'];

/** What one takes back of another. After `ruleExchanges`, which made Alice an owner; Bob is one since he made the group. */
export function moderationExchanges(salon: Salon): readonly Exchange[] {
  return [bobModerates(salon), aliceModerates(salon)];
}

function bobModerates(salon: Salon): Exchange {
  return {
    ...{ kind: 'moderation', direction: 'to-matrix', expected: `"${ofAlice}" taken back by Bob` },
    prepare: async () => {
      const heard = await salon.toNetwork(
        () => salon.alice.sendText(salon.room, ofAlice),
        (stanza) => bodyOf(stanza) === ofAlice,
      );
      salon.remember(ofAlice, heard);
    },
    run: async () => {
      const { eventId, roomsId } = salon.told(ofAlice);
      await salon.bob.moderate(roomsId, 'no advertising');
      const matrix = await salon.hear(({ redacts }) => redacts === eventId);
      return salon.shown({ matrix }, deed('to-matrix', 'Bob', `takes back Alice's “${ofAlice}”`));
    },
  };
}

function aliceModerates(salon: Salon): Exchange {
  return {
    ...{ kind: 'moderation', direction: 'to-network', expected: `"${ofCarol}" taken back by Alice` },
    prepare: async () => {
      const parts = [xml('body', {}, ofCarol)];
      const heard = await salon.toMatrix(salon.carol, parts, ({ content }) => content['body'] === ofCarol);
      salon.remember(ofCarol, heard);
    },
    run: async () => {
      const { eventId, roomsId } = salon.told(ofCarol);
      await salon.alice.redact(salon.room, eventId, 'no advertising');
      // The room itself says so.
      await salon.bob.user.waitFor((stanza) => {
        const told = stanza.getChild('apply-to', NS.fasten);
        return (
          attribute(stanza, 'from') === salon.address &&
          told !== undefined &&
          attribute(told, 'id') === roomsId
        );
      }, patienceMs);
      return salon.shown(deed('to-network', 'Alice', `takes back Carol's “${ofCarol}”`));
    },
  };
}
