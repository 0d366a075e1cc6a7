import { setTimeout as sleep } from 'node:timers/promises';
import { arrives, isAbsent, plainDeed, exchange, type Lane } from './lane.ts';
import type { Scenario, Track } from './scenario.ts';
import type { Portal, Stage } from './stage.ts';

const silenceMs = 1_000;

/** What an administrator shuts out, and whether those beside the person are shut out with it. */
interface Ban {
  readonly name: string;
  readonly of: (stage: Stage) => string;
  readonly spares: boolean;
}

const bans: readonly Ban[] = [
  { name: 'person', of: ({ cast }) => `person xmpp ${cast.bob.jid}`, spares: true },
  { name: 'server', of: ({ stack }) => `server xmpp ${stack.prosody.domain}`, spares: false },
  { name: 'network', of: () => 'network xmpp', spares: false },
];

/** Bans hold for everybody: one after the other, since they are about the same people. Each ends the direct chat. */
export function banScenarios(stage: Stage, all: readonly Lane[]): Track {
  const lanes = all.map((lane) => ({ ...lane }));
  // A ban that is tried in a group ends the direct chat too.
  let isOpen = true;
  const reopen = async (rooms?: readonly string[]): Promise<Portal> => {
    const made = await openAnew(stage, rooms);
    for (const one of lanes) if (one.chat === 'direct') Object.assign(one, endsOf(one, made));
    return made;
  };
  return bans.flatMap((ban) =>
    lanes
      // What a user says in a group is for all who are in it: a ban of one person does not silence the user.
      .filter(({ chat, way }) => ban.name === 'network' || chat === 'direct' || way === 'to Matrix')
      .map((lane): Scenario => ({
        ...{ part: 'blocks', chat: lane.chat, way: lane.way },
        name: `a ban of the ${ban.name} holds for everybody, until it is ended`,
        play: async () => {
          if (lane.chat === 'group') {
            isOpen = false;
            return play(stage, lane, ban);
          }
          if (!isOpen) await reopen();
          isOpen = true;
          return playDirect(stage, lane, ban, reopen);
        },
      })),
  );
}

async function play(stage: Stage, lane: Lane, ban: Ban): Promise<void> {
  const { root, alice } = stage.cast;
  const what = ban.of(stage);
  const deed = plainDeed('text');
  await shutOut(stage, what);
  try {
    const since = alice.lines().length;
    await lane.from.act(deed);
    if (lane.way === 'to XMPP') await alice.line(/shut this out/, since);
    else if (ban.spares && lane.aside !== undefined) await isAbsent(lane, deed);
    // Nobody is left who could say something behind it.
    else await sleep(silenceMs);
  } finally {
    await root.ask(`unban ${what}`, /not shut out any more/);
  }
  await exchange(lane.from, lane.to, stage.mark('after-the-ban'));
  if ((await lane.to.sees(deed)) !== undefined) throw new Error(`${deed.mark} arrived`);
  const later = plainDeed('text');
  await lane.from.act(later);
  await arrives(lane, later, 'itself');
}

/** The user is told that their chat has ended, and why; once the ban has ended it is opened anew. */
async function playDirect(
  stage: Stage,
  lane: Lane,
  ban: Ban,
  reopen: (rooms: readonly string[]) => Promise<Portal>,
): Promise<void> {
  const { root, alice, bob } = stage.cast;
  const what = ban.of(stage);
  const deed = plainDeed('text');
  const since = alice.lines().length;
  const rooms = alice.user.sdk.getRooms().map(({ roomId }) => roomId);
  await shutOut(stage, what);
  try {
    await alice.line(/has ended/, since);
    if (lane.way === 'to XMPP') await alice.ask(`start xmpp ${bob.jid}`, /shut/);
    else await lane.from.act(deed);
    await sleep(silenceMs);
  } finally {
    await root.ask(`unban ${what}`, /not shut out any more/);
  }
  const made = await reopen(rooms);
  if (lane.way === 'to Matrix' && (await made.matrix.sees(deed)) !== undefined)
    throw new Error(`${deed.mark} arrived`);
  const { from, to } = endsOf(lane, made);
  const later = plainDeed('text');
  await from.act(later);
  await arrives({ ...lane, from, to }, later, 'itself');
}

/** The person writes, and the user joins the room that comes of it. */
async function openAnew(stage: Stage, not?: readonly string[]): Promise<Portal> {
  const { alice, bob } = stage.cast;
  const rooms = not ?? alice.user.sdk.getRooms().map(({ roomId }) => roomId);
  const text = stage.mark('after-the-ban');
  await stage.direct.xmpp.say(text);
  const made = await stage.accept(alice, bob, rooms);
  await made.matrix.heard(text);
  return made;
}

function endsOf({ way }: Lane, { matrix, xmpp }: Portal): Pick<Lane, 'from' | 'to'> {
  return way === 'to XMPP' ? { from: matrix, to: xmpp } : { from: xmpp, to: matrix };
}

/** What shuts out many is done after its number was repeated. */
async function shutOut({ cast: { root } }: Stage, what: string): Promise<void> {
  const answer = await root.ask(`ban ${what}`, /is shut out for everybody|If that is what you want/);
  const [, again] = /write `?(ban [^`\n]+)`?/.exec(answer) ?? [];
  if (again !== undefined) await root.ask(again.trim(), /is shut out for everybody/);
}
