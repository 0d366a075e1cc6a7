import { randomUUID } from 'node:crypto';
import { xml } from '@xmpp/client';
import { eventually } from '../../../../test/conformance/eventually.ts';
import { MatrixGroup } from '../../../../test/conformance/matrix-group.ts';
import { attribute, bodyOf, type Stanza } from '../../../../test/support/xmpp-stanzas.ts';
import { patienceMs, type Exchange } from '../../exchange.ts';
import type { Salon } from '../../salon.ts';
import { deed } from './coming.ts';

/** What the group is called, what it is about, and what Alice may do in it. */
export function ruleExchanges(salon: Salon): readonly Exchange[] {
  return [ownership(salon), ...topics(salon), nameFromBob(salon), nameFromAlice(salon)];
}

function topics(salon: Salon): readonly Exchange[] {
  const [cakes, ships] = ['Of cakes and tea', 'Of ships and wax'];
  return [
    {
      ...{ kind: 'topic', direction: 'to-matrix', expected: `the topic "${cakes}"` },
      run: async () => {
        const id = randomUUID();
        await salon.bob.send(id, xml('subject', {}, cakes));
        const matrix = await salon.hear(
          ({ type, content }) => type === 'm.room.topic' && content['topic'] === cakes,
        );
        const xmpp = await salon.bobHears((stanza) => stanza.getChildText('subject') === cakes);
        return salon.shown({ matrix, xmpp });
      },
    },
    {
      ...{ kind: 'topic', direction: 'to-network', expected: `the topic "${ships}"` },
      run: async () => {
        const { alice, room } = salon;
        return salon.shown(
          await salon.toNetwork(
            async () => (await alice.sdk.setRoomTopic(room, ships)).event_id,
            (stanza) => stanza.getChildText('subject') === ships && bodyOf(stanza) === undefined,
          ),
        );
      },
    },
  ];
}

function nameFromBob(salon: Salon): Exchange {
  const name = 'The Parlour';
  return {
    ...{ kind: 'group-name', direction: 'to-matrix', expected: `the group's name "${name}"` },
    run: async () => {
      await salon.bob.configure({ roomname: name });
      await salon.hear(({ type, content }) => type === 'm.room.name' && content['name'] === name);
      return salon.shown(deed('to-matrix', 'Bob', `names the group “${name}”`));
    },
  };
}

/** Only owners may change a room's name, and on Matrix only moderators its topic. */
function ownership(salon: Salon): Exchange {
  return {
    ...{
      kind: 'role',
      direction: 'to-matrix',
      expected: "the power of an owner for Alice in her client's room",
    },
    run: async () => {
      const { alice, room } = salon;
      const jid = attribute(await aliceThere(salon), 'jid')?.split('/')[0] ?? '';
      await salon.bob.admin({ jid, affiliation: 'owner' });
      const power = async (): Promise<true | undefined> => {
        const levels = await new MatrixGroup(alice, room, '').state('m.room.power_levels');
        const users = Object.entries(levels?.['users'] ?? {});
        return users.some(([id, level]) => id === alice.userId && Number(level) >= 100) || undefined;
      };
      await eventually('the power', power, patienceMs);
      return salon.shown(deed('to-matrix', 'Bob', 'makes Alice an owner of the group'));
    },
  };
}

async function aliceThere(salon: Salon): Promise<Stanza> {
  const presence = await salon.bobHears(
    (stanza) => stanza.is('presence') && attribute(stanza, 'from') === `${salon.address}/${salon.nick}`,
  );
  const item = presence.getChild('x', 'http://jabber.org/protocol/muc#user')?.getChild('item');
  if (item === undefined) throw new Error('The room does not say who Alice is.');
  return item;
}

function nameFromAlice(salon: Salon): Exchange {
  const name = 'The Lounge';
  return {
    ...{ kind: 'group-name', direction: 'to-network', expected: `the group's name "${name}"` },
    run: async () => {
      const { alice, room, bob, address } = salon;
      await alice.sdk.setRoomName(room, name);
      const isIt = async (): Promise<true | undefined> => {
        const query = xml('query', { xmlns: 'http://jabber.org/protocol/disco#info' });
        const identity = (await bob.user.request('get', query, address))?.getChild('identity');
        return (identity !== undefined && attribute(identity, 'name') === name) || undefined;
      };
      await eventually(name, isIt, patienceMs);
      return salon.shown(deed('to-network', 'Alice', `names the group “${name}”`));
    },
  };
}
