import { randomUUID } from 'node:crypto';
import { xml } from '@xmpp/client';
import { eventually } from '../../../../test/conformance/eventually.ts';
import { attribute, type Stanza } from '../../../../test/support/xmpp-stanzas.ts';
import { patienceMs, type Direction, type Exchange } from '../../exchange.ts';
import type { Salon } from '../../salon.ts';
import { deed } from './coming.ts';

const states = 'http://jabber.org/protocol/chatstates';
const markers = 'urn:xmpp:chat-markers:0';

/** What is told in passing in the group: writing and reading, each in both directions, of what was said there before. */
export function groupSignalExchanges(salon: Salon): readonly Exchange[] {
  return [typingOfBob(salon), typingOfAlice(salon), readByBob(salon), readByAlice(salon)];
}

const typing = (direction: Direction) =>
  ({ kind: 'typing', direction, expected: 'that somebody in the group writes, and stops' }) as const;

function typingOfBob(salon: Salon): Exchange {
  return {
    ...typing('to-matrix'),
    run: async () => {
      const { alice, bob, room } = salon;
      const ghost = salon.ghostOf('Bob');
      const writes = (): boolean => alice.sdk.getRoom(room)?.getMember(ghost)?.typing === true;
      await bob.send(randomUUID(), xml('composing', states));
      await eventually('Bob writing', async () => writes() || undefined, patienceMs);
      await bob.send(randomUUID(), xml('paused', states));
      await eventually('its end', async () => !writes() || undefined, patienceMs);
      return salon.shown(deed('to-matrix', 'Bob', 'writes, and stops'));
    },
  };
}

function typingOfAlice(salon: Salon): Exchange {
  return {
    ...typing('to-network'),
    run: async () => {
      const { alice, room } = salon;
      const before = salon.soFar();
      const state = (name: string) => (stanza: Stanza) =>
        !before.has(stanza) && isAlices(salon, stanza) && stanza.getChild(name, states) !== undefined;
      await alice.setTyping(room, true);
      await salon.bobHears(state('composing'));
      await alice.setTyping(room, false);
      await salon.bobHears((stanza) => state('paused')(stanza) || state('active')(stanza));
      return salon.shown(deed('to-network', 'Alice', 'writes, and stops'));
    },
  };
}

function readByBob(salon: Salon): Exchange {
  const body = 'Who has read this?';
  return {
    ...{ kind: 'read', direction: 'to-matrix', expected: `that Bob has read "${body}"` },
    run: async () => {
      const { alice, room } = salon;
      const heard = await salon.toNetwork(
        () => alice.sendText(room, body),
        (stanza) => stanza.getChildText('body') === body,
      );
      salon.remember(body, heard);
      const { eventId, roomsId } = salon.told(body);
      const ghost = salon.ghostOf('Bob');
      await salon.bob.send(randomUUID(), xml('displayed', { xmlns: markers, id: roomsId }));
      const isRead = (): boolean => alice.sdk.getRoom(room)?.hasUserReadEvent(ghost, eventId) === true;
      await eventually('the reading', async () => isRead() || undefined, patienceMs);
      return salon.shown(heard, deed('to-matrix', 'Bob', `has read “${body}”`));
    },
  };
}

function readByAlice(salon: Salon): Exchange {
  const body = 'And this?';
  return {
    ...{ kind: 'read', direction: 'to-network', expected: `that Alice has read "${body}"` },
    run: async () => {
      const parts = [xml('body', {}, body)];
      const heard = await salon.toMatrix(salon.bob, parts, ({ content }) => content['body'] === body);
      salon.remember(body, heard);
      const { eventId, roomsId } = salon.told(body);
      await salon.alice.markRead(salon.room, eventId);
      await salon.bobHears((stanza) => {
        const displayed = stanza.getChild('displayed', markers);
        return isAlices(salon, stanza) && displayed !== undefined && attribute(displayed, 'id') === roomsId;
      });
      return salon.shown(heard, deed('to-network', 'Alice', `has read “${body}”`));
    },
  };
}

function isAlices({ address, nick }: Salon, stanza: Stanza): boolean {
  return attribute(stanza, 'from') === `${address}/${nick}`;
}
