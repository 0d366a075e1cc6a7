import { setTimeout as sleep } from 'node:timers/promises';
import { xml } from '@xmpp/client';
import { attribute, type Stanza } from '../../../../test/support/xmpp-stanzas.ts';
import { patienceMs, type Exchange, type Row } from '../../exchange.ts';
import type { ManagementRoom } from '../../management-room.ts';
import type { Salon } from '../../salon.ts';

/** Alice enters the group by a command, Carol with her own client. */
export function comingExchanges(salon: Salon, management: ManagementRoom): readonly Exchange[] {
  return [aliceComes(salon, management), carolComes(salon)];
}

/** What both clients show of somebody who does something without words. */
export function deed(direction: 'to-matrix' | 'to-network', speaker: string, text: string): Row {
  const line = { speaker, text: `(${text})` };
  return { matrix: line, xmpp: line, direction };
}

function aliceComes(salon: Salon, management: ManagementRoom): Exchange {
  const { alice, address } = salon;
  return {
    kind: 'join',
    direction: 'to-network',
    expected: `a room from the bot, and Alice among the people in ${address}`,
    prepare: async () => {
      await management.open();
      await salon.found('The Salon');
    },
    run: async () => {
      const before = salon.soFar();
      const asked = await management.write(`join xmpp ${address}`);
      const answer = await management.hear((text) => text.includes(address));
      const [, link = ''] = /matrix\.to\/#\/([^"'\s<?)]+)/.exec(String(answer.content['body'])) ?? [];
      const roomId = decodeURIComponent(link);
      const invite = await alice.waitForInvite((one) => one.roomId === roomId, patienceMs);
      await alice.join(invite.roomId);
      while (alice.sdk.getRoom(roomId)?.getMyMembership() !== 'join') await sleep(10);
      const entered = await salon.bobHears(
        (stanza) => !before.has(stanza) && stanza.is('presence') && isMatrixUser(stanza, alice.userId),
      );
      salon.opened(roomId, attribute(entered, 'from')?.split('/')[1] ?? '');
      return salon.shown({ matrix: asked }, { matrix: answer }, deed('to-network', 'Alice', 'comes in'));
    },
  };
}

/** Bob owns the room, so it shows him the real addresses. */
function isMatrixUser(stanza: Stanza, userId: string): boolean {
  const item = stanza.getChild('x', 'http://jabber.org/protocol/muc#user')?.getChild('item');
  const local = userId.slice(1, userId.indexOf(':'));
  return item !== undefined && attribute(item, 'jid')?.startsWith(`${local}@`) === true;
}

function carolComes(salon: Salon): Exchange {
  const body = 'Hello everybody, I have just come in.';
  return {
    kind: 'join',
    direction: 'to-matrix',
    expected: `Carol among the members of Alice's room, and her "${body}"`,
    run: async () => {
      const carol = await salon.admitCarol();
      const said = await salon.toMatrix(
        carol,
        [xml('body', {}, body)],
        ({ content }) => content['body'] === body,
      );
      await salon.hear(
        ({ type, stateKey, content }) =>
          type === 'm.room.member' &&
          stateKey === said.matrix.sender &&
          content['membership'] === 'join' &&
          content['displayname'] === 'Carol',
      );
      return salon.shown(deed('to-matrix', 'Carol', 'comes in'), said);
    },
  };
}
