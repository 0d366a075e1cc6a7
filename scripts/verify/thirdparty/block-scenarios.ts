import { setTimeout as sleep } from 'node:timers/promises';
import type { EventOf } from '../../../examples/partner-app/event.ts';
import type { PartnerUser } from '../../../examples/partner-app/user.ts';
import { eventually } from '../../../test/conformance/eventually.ts';
import { MatrixChat } from '../../../test/conformance/matrix-chat.ts';
import type { PartnerChat } from '../../../test/conformance/partner-chat.ts';
import type { MatrixGuest } from '../../../test/support/matrix-guest.ts';
import type { Scenario, WayName } from './scenario.ts';
import {
  connected,
  isAbsent,
  patienceMs,
  saw,
  silenceMs,
  talk,
  textsOf,
  type Pair,
  type Stage,
} from './stage.ts';

/** Blocks of both sides, and what administrators shut out. Last, since a ban is about everybody. */
export function blockScenarios(stage: Stage): readonly Scenario[] {
  let met: Promise<Pair> | undefined;
  const pair = (): Promise<Pair> => (met ??= stage.pair('erin', 'carol'));
  const one = (name: string, way: WayName, play: (pair: Pair) => Promise<void>): Scenario => ({
    ...{ part: 'blocks', name, way },
    play: async () => play(await pair()),
  });
  return [
    one('whom the user has blocked reaches them by nothing', 'to Matrix', (chat) => userBlocks(stage, chat)),
    one('who writes to whom they blocked is told', 'to the app', (chat) => toldOfBlock(stage, chat)),
    one('who has blocked the user in the app hears nothing', 'to the app', (chat) => appBlocks(stage, chat)),
    one('a block in the app is there after a restart of the bridge', 'to the app', (chat) =>
      blockLasts(stage, chat),
    ),
    one('a provider that is banned is gone at once, and back after', 'both ways', (chat) =>
      banned(stage, chat),
    ),
    one('a person who is banned is shut out at once', 'both ways', (chat) => personBanned(stage, chat)),
  ];
}

async function whileBlocked({ guest, person }: Pair, work: () => Promise<void>): Promise<void> {
  await guest.ask(`block thirdparty ${person.identifier}`, /is blocked/);
  try {
    await work();
  } finally {
    await guest.ask(`unblock thirdparty ${person.identifier}`, /is not blocked any more|have not blocked/);
  }
}

async function userBlocks(stage: Stage, pair: Pair): Promise<void> {
  const { guest, person, matrix, partner, room, ghost } = pair;
  const before = stage.mark('before');
  const own = await partner.say(before);
  await saw(matrix, before);
  const text = stage.mark('kept out');
  await whileBlocked(pair, async () => {
    await partner.say(text);
    await partner.edit(own, stage.mark('kept out too'));
    await person.typing(partner.address, 'composing');
    await sleep(silenceMs);
    if (guest.user.sdk.getRoom(room)?.getMember(ghost)?.typing === true) throw new Error('the ghost types');
  });
  await talk(stage, pair);
  if (textsOf(matrix).includes(text)) throw new Error('what was said meanwhile is there');
  if (matrix.seen().some((one) => one.kind === 'edit' && one.text.startsWith('kept out')))
    throw new Error('an edit is there');
}

async function toldOfBlock(stage: Stage, pair: Pair): Promise<void> {
  const text = stage.mark('unsaid');
  await whileBlocked(pair, async () => {
    const since = pair.guest.lines().length;
    await pair.matrix.say(text);
    await pair.guest.line(/since you have blocked them/, since);
  });
  await talk(stage, pair);
  await isAbsent(pair.partner, text);
}

async function appBlocks(stage: Stage, { guest, person, matrix, partner, room }: Pair): Promise<void> {
  await blockInApp(person, partner, true);
  const text = stage.mark('unheard');
  const typed: string[] = [];
  const stop = person.listen((event) => {
    if (event.kind === 'typing') typed.push(event.state);
  });
  const id = await matrix.say(text);
  await guest.user.setTyping(room, true);
  await eventually('that it did not go over', () => matrix.isRefused(id) || undefined, patienceMs);
  await isAbsent(partner, text);
  stop();
  await guest.user.setTyping(room, false);
  await blockInApp(person, partner, false);
  if (typed.length > 0) throw new Error('they hear that the user types');
  await talk(stage, { matrix, partner });
  await isAbsent(partner, text);
}

async function blockInApp(person: PartnerUser, { address }: PartnerChat, blocked: boolean): Promise<void> {
  const done = await person.block(address, blocked);
  if (done.kind === 'failed') throw new Error(`not done: ${done.reason}`);
  const all = await person.blocked();
  if ('reason' in all || all.includes(address) !== blocked)
    throw new Error(`the list is ${JSON.stringify(all)}`);
}

async function blockLasts(stage: Stage, { person, matrix, partner }: Pair): Promise<void> {
  await blockInApp(person, partner, true);
  await stage.stack.bridge.restart();
  await stage.stack.bridge.untilReady(patienceMs);
  const text = stage.mark('unheard');
  const id = await matrix.say(text);
  await eventually('that it did not go over', () => matrix.isRefused(id) || undefined, patienceMs);
  await connected(person);
  await blockInApp(person, partner, false);
  await talk(stage, { matrix, partner });
  await isAbsent(partner, text);
}

async function banned(stage: Stage, pair: Pair): Promise<void> {
  const { guest, person, partner, matrix } = pair;
  const root = await stage.guest('root', false);
  const text = stage.mark('shut out');
  const lines = guest.lines().length;
  const down = person.waitFor('link', isDown, patienceMs);
  down.catch(() => undefined);
  const what = 'server thirdparty bird.example';
  await shutOut(root, what);
  try {
    await down;
    await guest.line(/has ended/, lines, patienceMs);
    await partner.say(text);
    const enlisted = await stage.personAt('newcomer').enlist();
    if (enlisted.kind !== 'refused') throw new Error(`a newcomer is ${enlisted.kind}`);
    await guest.ask(`start thirdparty ${person.identifier}`, /shut|could not be opened/);
    await sleep(silenceMs);
    if (person.health().kind === 'up') throw new Error('the person is connected');
    await isAbsent(matrix, text);
  } finally {
    await root.ask(`unban ${what}`, /not shut out any more/);
  }
  await connected(person);
  await anew(stage, pair);
}

/** The connection stays, and nothing goes over it. */
async function personBanned(stage: Stage, pair: Pair): Promise<void> {
  const { guest, person, matrix, partner } = pair;
  const root = await stage.guest('root', false);
  const lines = guest.lines().length;
  const what = `person thirdparty ${person.identifier}`;
  await shutOut(root, what);
  try {
    await guest.line(/has ended/, lines, patienceMs);
    const text = stage.mark('shut out');
    await partner.say(text);
    await guest.ask(`start thirdparty ${person.identifier}`, /shut|could not be opened/);
    await isAbsent(matrix, text);
  } finally {
    await root.ask(`unban ${what}`, /not shut out any more/);
  }
  await connected(person);
  await anew(stage, pair);
}

const isDown = ({ state }: EventOf<'link'>): boolean => state !== 'up';

/** A ban ends the chat; another one is opened after it. */
async function anew(stage: Stage, { guest, person, ghost }: Pair): Promise<void> {
  const rooms = new Set(guest.user.sdk.getRooms().map(({ roomId }) => roomId));
  await guest.ask(`start thirdparty ${person.identifier}`, /is open|already have/);
  const { roomId } = await guest.user
    .waitForInvite((invite) => invite.inviter === ghost && !rooms.has(invite.roomId), patienceMs)
    .catch(async () => guest.user.waitForInvite(({ inviter }) => inviter === ghost));
  await guest.user.join(roomId).catch(() => undefined);
  const matrix = new MatrixChat(guest.user, roomId, ghost);
  await talk(stage, { matrix, partner: await stage.chatOf(person, guest) });
}

/** What shuts out many is done after its number was repeated. */
async function shutOut(root: MatrixGuest, what: string): Promise<void> {
  const answer = await root.ask(`ban ${what}`, /./);
  const [, again] = /write `?(ban [^`\n]+)`?/.exec(answer) ?? [];
  const last = again === undefined ? answer : await root.ask(again.trim(), /./);
  if (!last.includes('is shut out for everybody')) throw new Error(`the ban of ${what} is answered: ${last}`);
}
