import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { xml } from '@xmpp/client';
import { eventually } from '../../../test/conformance/eventually.ts';
import { RoomGuest } from '../../../test/support/room-scene.ts';
import { attribute, type Stanza } from '../../../test/support/xmpp-stanzas.ts';
import type { XmppUser } from '../../../test/support/xmpp-user.ts';
import type { MatrixGuest } from '../../../test/support/matrix-guest.ts';
import type { ChatKind, Scenario, Track, WayName } from './scenario.ts';
import type { Portal, Stage } from './stage.ts';

const patienceMs = 20_000;

/** Frank, who has enabled nothing at first, Fay on XMPP, and a group of hers. */
interface Scene {
  readonly frank: MatrixGuest;
  readonly fay: XmppUser;
  readonly club: RoomGuest;
}

/** Nobody is reachable before they say so, and nobody is after they took it back. */
export function optInScenarios(stage: Stage): Track {
  let made: Promise<Scene> | undefined;
  const scene = (): Promise<Scene> => (made ??= gather(stage));
  let chat: Portal | undefined;
  const opened = async (of: Scene): Promise<Portal> => (chat ??= await reached(stage, of));
  const scenario = (
    name: string,
    kind: ChatKind,
    way: WayName,
    play: (scene: Scene) => Promise<void>,
  ): Scenario => ({ part: 'opt-in', name, chat: kind, way, play: async () => play(await scene()) });
  return [
    scenario('before `enable` a user is answered for like nobody', 'direct', 'to Matrix', unreachable(stage)),
    scenario('before `enable` a user opens no chat', 'direct', 'to XMPP', closed),
    scenario('before `enable` a user gets into no group', 'group', 'to XMPP', noGroup),
    scenario('before `enable` an invitation ends in silence', 'group', 'to Matrix', uninvited(stage)),
    scenario('after `enable` a user is reachable', 'direct', 'to Matrix', async (of) => {
      await opened(of);
    }),
    scenario('after `enable` a user can write', 'direct', 'to XMPP', async (of) => says(await opened(of))),
    scenario('after `enable` a user gets into a group', 'group', 'both ways', async (of) => {
      await enable(of);
      await inGroup(stage, of);
    }),
    scenario('after `disable` a user is answered for like nobody', 'direct', 'to Matrix', async (of) => {
      await opened(of);
      await of.frank.ask('disable xmpp', /Nobody on xmpp can reach you|cannot be reached on xmpp/);
      await unreachable(stage)(of);
    }),
    scenario('after `disable` the chat is closed, and nothing goes out', 'direct', 'to XMPP', async (of) =>
      over(of, await opened(of)),
    ),
    scenario('after `disable` the user is out of the group', 'group', 'both ways', async (of) => {
      await of.frank.ask('disable xmpp', /Nobody on xmpp can reach you|cannot be reached on xmpp/);
      await eventually('that frank is out of the group', () => (isIn(of) ? undefined : true), patienceMs);
      await noGroup(of);
    }),
  ];
}

async function gather(stage: Stage): Promise<Scene> {
  const frank = await stage.matrixUser('frank', false);
  const fay = await stage.xmppUser('fay');
  const { roomsDomain } = stage.stack.prosody;
  const club = await RoomGuest.enter(fay, `club@${roomsDomain}`, 'Fay', { whois: 'anyone' });
  return { frank, fay, club };
}

function unreachable({ stack }: Stage) {
  return async ({ frank, fay }: Scene): Promise<void> => {
    const error = async (to: string): Promise<string> => {
      const id = await fay.sendText(to, 'are you there?');
      const isIt = (one: Stanza): boolean =>
        attribute(one, 'type') === 'error' && attribute(one, 'id') === id;
      const answer = await fay.waitFor(isIt, patienceMs, `an error from ${to}`);
      return answer.getChild('error')?.toString() ?? '';
    };
    const [own, nobodys] = [await error(frank.jid), await error(`nobody@${stack.componentDomain}`)];
    if (own !== nobodys || !own.includes('item-not-found'))
      throw new Error(`${own} is not what is said of nobody: ${nobodys}`);
  };
}

async function closed({ frank, fay }: Scene): Promise<void> {
  await frank.ask(`start xmpp ${fay.jid}`, /Write enable xmpp first/);
}

async function noGroup({ frank, club }: Scene): Promise<void> {
  const rooms = frank.user.sdk.getRooms().length;
  await frank.ask(`join xmpp ${club.room}`, /enable xmpp/);
  if (frank.user.sdk.getRooms().length > rooms) throw new Error('there is a room for the group');
}

function uninvited(stage: Stage) {
  return async (of: Scene): Promise<void> => {
    const { frank, club } = of;
    const lines = frank.lines().length;
    await invite(club, frank.jid);
    // Everybody is told that the room says so, after it was asked to invite.
    const barrier = stage.mark('barrier');
    await club.say(barrier);
    await club.heard(barrier);
    await sleep(1_000);
    if (isIn(of)) throw new Error('the user is in the group');
    if (frank.lines().length > lines) throw new Error(`the user was told: ${frank.lines().at(-1) ?? ''}`);
  };
}

async function enable({ frank }: Scene): Promise<void> {
  await eventually(
    'that xmpp is enabled',
    async () => {
      const answer = await frank.ask('enable xmpp', /reached on xmpp|still being disabled/);
      return answer.includes('still being') ? undefined : true;
    },
    patienceMs,
  );
}

/** Frank enables XMPP, and lets Fay in. */
async function reached(stage: Stage, of: Scene): Promise<Portal> {
  const { frank, fay } = of;
  await enable(of);
  const text = stage.mark('hello');
  await fay.sendText(frank.jid, text);
  const { text: line } = await frank.line(/^Request \d+: .*wants to reach you/);
  await frank.user.sendText(frank.management, `accept ${/\d+/.exec(line)?.[0] ?? ''}`);
  const chat = await stage.accept(frank, fay);
  await chat.matrix.heard(text);
  return chat;
}

let said = 0;

async function says({ matrix, xmpp }: Portal): Promise<void> {
  const text = `said after enable ${(said += 1)}`;
  await matrix.say(text);
  await xmpp.heard(text);
}

async function inGroup(stage: Stage, { frank, club }: Scene): Promise<void> {
  const room = await stage.join(frank, club.room);
  const [out, back] = [stage.mark('out'), stage.mark('back')];
  await frank.user.sendText(room, out);
  await club.heard(out);
  await club.say(back);
  await frank.user.waitForText(room, back, patienceMs);
}

async function over({ frank, fay }: Scene, { room, matrix }: Portal): Promise<void> {
  await frank.ask('disable xmpp', /Nobody on xmpp can reach you|cannot be reached on xmpp/);
  await eventually(
    'that the ghost leaves',
    async () => ((await frank.user.memberships(room))[matrix.ghost] === 'leave' ? true : undefined),
    patienceMs,
  );
  await frank.user.sendText(room, 'nobody hears this');
  await sleep(1_000);
  if (fay.stanzas.some((one) => one.getChildText('body') === 'nobody hears this'))
    throw new Error('it arrived');
}

/** Whether frank is in the group, as presence tells. */
function isIn({ fay, club }: Scene): boolean {
  const theirs = fay.stanzas.filter(
    (one) => one.is('presence') && attribute(one, 'from') === `${club.room}/frank`,
  );
  const last = theirs.at(-1);
  return last !== undefined && attribute(last, 'type') === undefined;
}

/** Asks a room to invite somebody (XEP-0045, 7.8.2). */
export async function invite({ user, room }: RoomGuest, to: string): Promise<void> {
  const mediated = xml(
    'x',
    { xmlns: 'http://jabber.org/protocol/muc#user' },
    xml('invite', { to }, xml('reason', {}, 'come')),
  );
  await user.send(xml('message', { to: room, id: randomUUID() }, mediated));
}
