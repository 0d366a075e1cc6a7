import { randomUUID } from 'node:crypto';
import { xml } from '@xmpp/client';
import { RoomGuest } from '../../test/support/room-scene.ts';
import { eventually } from '../../test/conformance/eventually.ts';
import { attribute, type Stanza } from '../../test/support/xmpp-stanzas.ts';
import type { XmppUser } from '../../test/support/xmpp-user.ts';
import type { BlockStage, Pair } from './block-stage.ts';

const mucUser = 'http://jabber.org/protocol/muc#user';
const conference = 'jabber:x:conference';

/** Rooms of many, and invitations to them. */
export async function roomWays(stage: BlockStage): Promise<readonly XmppUser[]> {
  const pair = await stage.pair('gus');
  await invitations(stage, pair);
  await inOwnRoom(stage, pair);
  await whispers(stage, pair);
  return [pair.blocked];
}

async function invitations(stage: BlockStage, pair: Pair): Promise<void> {
  const at = (name: string): string => `${name}@${stage.roomsDomain}`;
  const mediated = (to: string, room: string): Stanza =>
    xml('message', { to: room, id: randomUUID() }, xml('x', { xmlns: mucUser }, xml('invite', { to })));
  await stage.way('an invitation into a room, from person to person', pair, async (who, to) => {
    const jid = at(`direct-${who.jid.split('@')[0]}`);
    await RoomGuest.enter(who, jid, 'Gus');
    await who.send(xml('message', { to, id: randomUUID() }, xml('x', { xmlns: conference, jid })));
  });
  for (const [name, whois] of [
    ['that shows addresses', 'anyone'],
    ['that hides addresses', 'moderators'],
  ] as const)
    await stage.way(`an invitation by a room ${name}`, pair, async (who, to) => {
      const room = at(`${whois}-${who.jid.split('@')[0]}`);
      await RoomGuest.enter(who, room, 'Gus', { whois });
      await who.send(mediated(to, room));
    });
  await stage.way('an invitation by a room for members only', pair, async (who, to) => {
    const room = at(`closed-${who.jid.split('@')[0]}`);
    await RoomGuest.enter(who, room, 'Gus', { whois: 'moderators', membersonly: '1' });
    await who.send(mediated(to, room));
  });
}

/** A room where alice is the only Matrix user, so that it is hers to say who is heard. */
async function inOwnRoom(stage: BlockStage, pair: Pair): Promise<void> {
  const { alice } = stage;
  for (const [name, whois] of [
    ['a room that shows addresses', 'anyone'],
    ['a room that hides them, and that the bridge moderates', 'moderators'],
  ] as const) {
    const room = `own-${whois}@${stage.roomsDomain}`;
    const owner = await stage.person(`owner-${whois}`);
    const host = await RoomGuest.enter(owner, room, 'Host', { whois });
    const roomId = await stage.group(room);
    if (whois === 'moderators') await host.admin({ nick: await listenerIn(host), role: 'moderator' });
    await host.say(`welcome to ${whois}`);
    await alice.user.waitForText(roomId, `welcome to ${whois}`, 30_000);
    await stage.way(
      `words, a nickname and a topic in ${name}`,
      pair,
      async (who) => {
        const guest = await RoomGuest.enter(who, room, who.jid.split('@')[0] ?? 'x');
        if (who !== pair.blocked) return;
        await guest.say('in your room');
        await guest.rename('Somebody else');
        await who.send(xml('message', { to: room, type: 'groupchat' }, xml('subject', {}, 'read this')));
      },
      { incomparable: 'sees the room, as everybody in it', allowed: [stage.ghostOf(owner)] },
    );
  }
}

/** The nickname under which the bridge itself is in a room. */
function listenerIn({ user, room }: RoomGuest): Promise<string> {
  return eventually('the bridge in the room', () =>
    user.stanzas
      .filter((stanza) => stanza.is('presence') && attribute(stanza, 'from')?.startsWith(`${room}/`) === true)
      .map((stanza) => attribute(stanza, 'from')?.slice(room.length + 1))
      .find((nick) => nick !== undefined && nick !== 'Host' && nick !== 'alice'),
  );
}

/** Private messages to alice’s occupant; both write to her. */
async function whispers(stage: BlockStage, pair: Pair): Promise<void> {
  for (const [name, whois] of [
    ['that shows addresses', 'anyone'],
    ['that hides addresses', 'moderators'],
  ] as const) {
    const room = `own-${whois}@${stage.roomsDomain}`;
    await stage.way(
      `a private message in a room ${name}`,
      pair,
      async (who) => {
        const x = xml('x', { xmlns: mucUser });
        const to = `${room}/alice`;
        await who.send(xml('message', { to, type: 'chat', id: randomUUID() }, xml('body', {}, 'psst'), x));
      },
      { target: stage.alice.jid, incomparable: 'sees what others see of the room' },
    );
    await stage.way(
      `an invitation by a private message in a room ${name}`,
      pair,
      async (who) => {
        const x = xml('x', { xmlns: conference, jid: `trap-${who.jid.split('@')[0]}@${stage.roomsDomain}` });
        await RoomGuest.enter(who, String(x.attrs['jid']), 'Gus');
        if (who === pair.blocked)
          await who.send(xml('message', { to: `${room}/alice`, type: 'chat', id: randomUUID() }, x));
      },
      // Whose private message opened a chat may be seen to come.
      { incomparable: 'sees nothing of alice', allowed: [stage.ghostOf(pair.like)] },
    );
  }
}
