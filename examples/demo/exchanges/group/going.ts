import { xml } from '@xmpp/client';
import { attribute, type Stanza } from '../../../../test/support/xmpp-stanzas.ts';
import { patienceMs, type Exchange } from '../../exchange.ts';
import type { Salon } from '../../salon.ts';
import { deed } from './coming.ts';

/** Carol is put out by either side, then people leave. */
export function goingExchanges(salon: Salon): readonly Exchange[] {
  return [kickByBob(salon), kickByAlice(salon), carolLeaves(salon), aliceLeaves(salon)];
}

function kickByBob(salon: Salon): Exchange {
  return {
    ...{ kind: 'kick', direction: 'to-matrix', expected: "that Carol is not in Alice's room any more" },
    run: async () => {
      const gone = awayFrom(salon);
      await salon.bob.admin({ nick: 'Carol', role: 'none' }, 'enough');
      await gone();
      return salon.shown(deed('to-matrix', 'Bob', 'puts Carol out'));
    },
  };
}

function kickByAlice(salon: Salon): Exchange {
  return {
    ...{ kind: 'kick', direction: 'to-network', expected: 'that Carol is put out of the room (status 307)' },
    prepare: () => comesBack(salon, 'Here I am again.'),
    run: async () => {
      const { alice, room, carol, address } = salon;
      const before = new Set(carol.user.stanzas);
      await alice.sdk.kick(room, salon.ghostOf('Carol'), 'enough');
      await carol.user.waitFor(
        (stanza) =>
          !before.has(stanza) && leaves(stanza, `${address}/Carol`) && codes(stanza).includes('307'),
        patienceMs,
        'to be put out',
      );
      return salon.shown(deed('to-network', 'Alice', 'puts Carol out'));
    },
  };
}

function carolLeaves(salon: Salon): Exchange {
  return {
    ...{ kind: 'leave', direction: 'to-matrix', expected: "that Carol has left Alice's room" },
    prepare: () => comesBack(salon, 'I only forgot my coat.'),
    run: async () => {
      const gone = awayFrom(salon);
      await salon.carol.leave();
      await gone();
      return salon.shown(deed('to-matrix', 'Carol', 'goes'));
    },
  };
}

function aliceLeaves(salon: Salon): Exchange {
  return {
    ...{
      kind: 'leave',
      direction: 'to-network',
      expected: "that Alice is not among the room's people any more",
    },
    run: async () => {
      const before = salon.soFar();
      await salon.alice.leave(salon.room);
      const from = `${salon.address}/${salon.nick}`;
      await salon.bobHears((stanza) => !before.has(stanza) && leaves(stanza, from));
      return salon.shown(deed('to-network', 'Alice', 'goes'));
    },
  };
}

/** Resolves once Alice's client shows that Carol is gone, counted from when it is made. */
function awayFrom(salon: Salon): () => Promise<void> {
  const ghost = salon.ghostOf('Carol');
  const before = new Set(salon.alice.timeline(salon.room).map(({ eventId }) => eventId));
  return async () => {
    await salon.hear(
      ({ eventId, type, stateKey, content }) =>
        !before.has(eventId) &&
        type === 'm.room.member' &&
        stateKey === ghost &&
        content['membership'] === 'leave',
    );
  };
}

/** People are shown as members when they speak. */
async function comesBack(salon: Salon, body: string): Promise<void> {
  const carol = await salon.admitCarol();
  await salon.toMatrix(carol, [xml('body', {}, body)], ({ content }) => content['body'] === body);
}

function leaves(stanza: Stanza, from: string): boolean {
  return (
    stanza.is('presence') && attribute(stanza, 'from') === from && attribute(stanza, 'type') === 'unavailable'
  );
}

function codes(stanza: Stanza): readonly string[] {
  const found = stanza.getChild('x', 'http://jabber.org/protocol/muc#user')?.getChildren('status') ?? [];
  return found.map((status) => attribute(status, 'code') ?? '');
}
