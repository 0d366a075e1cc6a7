import { setTimeout as sleep } from 'node:timers/promises';
import type { Feature } from '../../../src/core/network.ts';
import { eventually } from '../../../test/conformance/eventually.ts';
import { RoomGuest } from '../../../test/support/room-scene.ts';
import type { Deed, End } from './end.ts';
import { deedOf, exchange, isPassing, type Lane } from './lane.ts';
import { invite } from './opt-in-scenarios.ts';
import type { ChatKind, Scenario, Track, WayName } from './scenario.ts';
import type { Stage } from './stage.ts';

const silenceMs = 800;
const patienceMs = 20_000;
/** What of a blocked person must not reach the user who blocked them. */
const kept: readonly Feature[] = [
  ...(['text', 'image', 'location', 'reply', 'edit', 'reaction', 'redaction'] as const),
  ...(['typing', 'read-receipt', 'presence'] as const),
];
/** What a user does not give away to whom they have blocked. */
const withheld: readonly Feature[] = ['text', 'image', 'reaction', 'typing', 'read-receipt'];

/**
 * What a user blocks. Erin, whom the bridge may not act as, blocks Carol in their direct chat: so it is the bridge that
 * keeps it out, not the homeserver. In the group alice, whom it may act as, blocks Bob.
 */
export function blockScenarios(stage: Stage): readonly Track[] {
  const { aside } = stage;
  const into = laneOf('to Matrix', aside.xmpp, aside.matrix);
  const out = laneOf('to XMPP', aside.matrix, aside.xmpp);
  const direct = [
    ...kept.map((feature) => one(`${feature} of a blocked person`, into, () => isKept(stage, into, feature))),
    ...withheld.map((feature) =>
      one(`${feature} to a blocked person`, out, () => isKept(stage, out, feature)),
    ),
    one('who writes to whom they blocked is told, and what ends it', out, () => isTold(stage)),
    one('a user who blocked somebody opens no chat with them', out, () => startsNothing(stage)),
    one('an invitation by a blocked person', { ...into, chat: 'group' }, () => isUninvited(stage)),
    one('`unblock` ends it for what comes from then on', { ...into, way: 'both ways' }, () => ends(stage)),
  ];
  const group = { chat: 'group', way: 'to Matrix' } as const;
  return [
    direct,
    [
      one('is hidden from who has the bridge act for them', group, () => isHidden(stage)),
      one('is told of, with how to hide the person, to all others', group, () => isToldHow(stage)),
      one('ended, shows the person again', group, () => isShownAgain(stage)),
    ],
  ];
}

type About = Readonly<{ chat: ChatKind; way: WayName }>;

function one(name: string, { chat, way }: About, play: () => Promise<void>): Scenario {
  const whole =
    chat === 'group' && !name.startsWith('an invitation') ? `a block in a shared group ${name}` : name;
  return { part: 'blocks', name: whole, chat, way, play };
}

/** A lane for people who are not of the rules' lanes. */
function laneOf(way: Lane['way'], from: End, to: End): Lane {
  return { chat: 'direct', way, from, to, aside: undefined, narrow: {}, doer: {} };
}

async function whileBlocked<T>({ cast: { erin, carol } }: Stage, work: () => Promise<T>): Promise<T> {
  await erin.ask(`block xmpp ${carol.jid}`, /is blocked/);
  try {
    return await work();
  } finally {
    await erin.ask(`unblock xmpp ${carol.jid}`, /is not blocked any more|have not blocked/);
  }
}

/** Nothing of it arrives while the block holds, nor behind what comes when it is over. */
async function isKept(stage: Stage, lane: Lane, feature: Feature): Promise<void> {
  const deed = await deedOf(lane, feature);
  await whileBlocked(stage, async () => {
    await lane.from.act(deed);
    if (!isPassing(feature)) return;
    await sleep(silenceMs);
    await isAway(lane, deed);
    await lane.from.end(deed);
  });
  await exchange(lane.from, lane.to, stage.mark('after-the-block'));
  if (!isPassing(feature)) await isAway(lane, deed);
}

async function isAway({ to }: Lane, deed: Deed): Promise<void> {
  const seen = await to.sees(deed);
  if (seen !== undefined) throw new Error(`${deed.mark} is at the far end, ${seen}`);
}

async function isTold(stage: Stage): Promise<void> {
  const { aside, cast } = stage;
  await whileBlocked(stage, async () => {
    const since = cast.erin.lines().length;
    await aside.matrix.say(stage.mark('unsaid'));
    const { text } = await cast.erin.line(/since you have blocked them/, since);
    if (!text.includes(`unblock xmpp ${cast.carol.jid}`)) throw new Error(`not what ends it: ${text}`);
  });
}

async function startsNothing(stage: Stage): Promise<void> {
  const { erin, carol } = stage.cast;
  await whileBlocked(stage, () => erin.ask(`start xmpp ${carol.jid}`, /You have blocked this person/));
}

async function isUninvited(stage: Stage): Promise<void> {
  const { erin, carol } = stage.cast;
  const name = `${stage.mark('trap')}@${stage.stack.prosody.roomsDomain}`;
  const trap = await RoomGuest.enter(carol, name, 'Carol', { whois: 'anyone' });
  await whileBlocked(stage, async () => {
    const [rooms, lines] = [erin.user.sdk.getRooms().length, erin.lines().length];
    await invite(trap, erin.jid);
    await sleep(silenceMs * 2);
    if (erin.user.sdk.getRooms().length > rooms) throw new Error('there is a room for it');
    const line = erin.lines()[lines];
    if (line !== undefined) throw new Error(`the user was told: ${line}`);
  });
}

async function ends(stage: Stage): Promise<void> {
  const { aside } = stage;
  const missed = stage.mark('missed');
  await whileBlocked(stage, async () => {
    await aside.xmpp.taken((await aside.xmpp.say(missed)).stanza);
    await sleep(silenceMs);
  });
  await exchange(aside.xmpp, aside.matrix, stage.mark('back'));
  await exchange(aside.matrix, aside.xmpp, stage.mark('out'));
  const said = stage.cast.erin.user.timeline(aside.room).map(({ content }) => content['body']);
  if (said.includes(missed)) throw new Error('what was said meanwhile came after all');
}

async function isHidden(stage: Stage): Promise<void> {
  const { cast, group, direct } = stage;
  await cast.alice.ask(`block xmpp ${cast.bob.jid}`, /is blocked.*list of ignored people too/s);
  await ignoring(stage, true);
  const text = stage.mark('hidden');
  await group.guest.say(text);
  await cast.erin.user.waitForText(group.room, text, patienceMs);
  await exchange(group.carolToAlice.from, group.carolToAlice.to, stage.mark('after'));
  const said = cast.alice.user.timeline(group.room).map(({ content }) => content['body']);
  if (said.includes(text)) throw new Error('the user sees it in the group');
  await direct.xmpp.say(stage.mark('unheard'));
}

async function isToldHow({ cast, direct }: Stage): Promise<void> {
  const answer = await cast.erin.ask(`block xmpp ${cast.bob.jid}`, /is blocked/);
  await cast.erin.ask(`unblock xmpp ${cast.bob.jid}`, /is not blocked any more/);
  if (!answer.includes('ignore these users') || !answer.includes(direct.matrix.ghost))
    throw new Error(`not how to hide the person: ${answer}`);
}

async function isShownAgain(stage: Stage): Promise<void> {
  const { cast, group } = stage;
  await cast.alice.ask(`unblock xmpp ${cast.bob.jid}`, /is not blocked any more|have not blocked/);
  await ignoring(stage, false);
  const text = stage.mark('shown');
  await group.guest.say(text);
  await cast.alice.user.waitForText(group.room, text, patienceMs);
}

async function ignoring({ cast, direct }: Stage, is: boolean): Promise<void> {
  await eventually(
    `that the person is ${is ? '' : 'not '}on the list of ignored people`,
    () => (cast.alice.user.sdk.getIgnoredUsers().includes(direct.matrix.ghost) === is ? true : undefined),
    patienceMs,
  );
}
