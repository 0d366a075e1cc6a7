import { setTimeout as sleep } from 'node:timers/promises';
import { arrives, isAbsent, plainDeed, exchange, type Lane } from './lane.ts';
import type { Scenario, Track } from './scenario.ts';
import type { Stage } from './stage.ts';

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

/** Bans hold for everybody: one after the other, since they are about the same people. */
export function banScenarios(stage: Stage, lanes: readonly Lane[]): Track {
  return bans.flatMap((ban) =>
    lanes
      // What a user says in a group is for all who are in it: a ban of one person does not silence the user.
      .filter(({ chat, way }) => ban.name === 'network' || chat === 'direct' || way === 'to Matrix')
      .map((lane): Scenario => ({
        ...{ part: 'blocks', chat: lane.chat, way: lane.way },
        name: `a ban of the ${ban.name} holds for everybody, until it is ended`,
        play: () => play(stage, lane, ban),
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

/** What shuts out many is done after its number was repeated. */
async function shutOut({ cast: { root } }: Stage, what: string): Promise<void> {
  const answer = await root.ask(`ban ${what}`, /is shut out for everybody|If that is what you want/);
  const [, again] = /write `?(ban [^`\n]+)`?/.exec(answer) ?? [];
  if (again !== undefined) await root.ask(again.trim(), /is shut out for everybody/);
}
