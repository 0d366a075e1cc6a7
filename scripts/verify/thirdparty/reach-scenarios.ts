import { setTimeout as sleep } from 'node:timers/promises';
import type { PartnerUser } from '../../../examples/partner-app/user.ts';
import { eventually } from '../../../test/conformance/eventually.ts';
import type { PartnerChat } from '../../../test/conformance/partner-chat.ts';
import type { MatrixGuest } from '../../../test/support/matrix-guest.ts';
import type { Scenario, WayName } from './scenario.ts';
import { inOrder, isAbsent, patienceMs, silenceMs, talk, type Pair, type Stage } from './stage.ts';

type Play = (stage: Stage) => Promise<void>;

const optIn: readonly (readonly [string, WayName, Play])[] = [
  ['before `enable` a user is found by nobody', 'to Matrix', unfound],
  ['before `enable` a user opens no chat', 'to the app', closed],
  ['after `enable` a user is found, and both can write', 'both ways', enabled],
  ['after `disable` a user is found by nobody, and nothing arrives', 'both ways', disabled],
];

const requests: readonly (readonly [string, WayName, Play])[] = [
  ['a stranger is held, and told of without content', 'to Matrix', held],
  ['accepted, everything arrives in order', 'to Matrix', accepted],
  ['declined, it ends in silence', 'to Matrix', declined],
  ['whoever the user wrote to first is no stranger', 'both ways', (stage) => talkers(stage)],
];

/** Who can be reached, and what strangers may. */
export function reachScenarios(stage: Stage): readonly Scenario[] {
  const of = (part: string, all: typeof optIn): readonly Scenario[] =>
    all.map(([name, way, play]) => ({ part, name, way, play: () => play(stage) }));
  return [...of('opt-in', optIn), ...of('requests', requests)];
}

const frank = (stage: Stage): Promise<MatrixGuest> => stage.guest('frank', false);
const people = new WeakMap<Stage, Map<string, Promise<PartnerUser>>>();

/** A person who is in several scenarios. */
function known(stage: Stage, name: string): Promise<PartnerUser> {
  const all = people.get(stage) ?? new Map<string, Promise<PartnerUser>>();
  people.set(stage, all);
  const made = all.get(name) ?? stage.person(name);
  all.set(name, made);
  return made;
}

async function notFound(person: PartnerUser, who: string): Promise<void> {
  const found = await person.lookUp(who);
  if (!('reason' in found)) throw new Error(`${who} is found at ${found.address}`);
  if (found.reason !== 'no-such-user') throw new Error(`the answer is ${found.reason}`);
}

async function unfound(stage: Stage): Promise<void> {
  const fay = await known(stage, 'fay');
  await frank(stage);
  await notFound(fay, '@frank:localhost');
  await notFound(fay, 'frank');
  await notFound(fay, '@nobody:localhost');
}

async function closed(stage: Stage): Promise<void> {
  const fay = await known(stage, 'fay');
  await (await frank(stage)).ask(`start thirdparty ${fay.identifier}`, /You have not enabled thirdparty/);
}

async function enabled(stage: Stage): Promise<void> {
  const [guest, fay] = [await frank(stage), await known(stage, 'fay')];
  await guest.ask('enable thirdparty', /You can be reached on thirdparty/);
  await stage.chatOf(fay, guest);
  await talk(stage, await opened(stage, guest, fay));
}

const chats = new WeakMap<PartnerUser, Promise<Pair>>();

function opened(stage: Stage, guest: MatrixGuest, person: PartnerUser): Promise<Pair> {
  const open = async (): Promise<Pair> => {
    await guest.ask(`start thirdparty ${person.identifier}`, /matrix\.to|is open|already have/);
    return { ...(await stage.accept(guest, person)), partner: await stage.chatOf(person, guest) };
  };
  const chat = chats.get(person) ?? open();
  chats.set(person, chat);
  return chat;
}

async function disabled(stage: Stage): Promise<void> {
  const [guest, fay] = [await frank(stage), await known(stage, 'fay')];
  const { matrix, partner } = await opened(stage, guest, fay);
  await guest.ask('disable thirdparty', /Nobody on thirdparty can reach you any more/);
  await sleep(silenceMs);
  await notFound(fay, '@frank:localhost');
  const text = stage.mark('unheard');
  const id = await partner.say(text);
  await eventually('that it did not go over', () => partner.isRefused(id) || undefined, patienceMs);
  await isAbsent(matrix, text);
}

/** A person whom nobody has met says so many things to gwen, who is told. */
async function ask(
  stage: Stage,
  count: number,
): Promise<{
  guest: MatrixGuest;
  person: PartnerUser;
  partner: PartnerChat;
  texts: readonly string[];
  line: { id: string; text: string };
  number: string;
}> {
  const guest = await stage.guest('gwen');
  const person = await stage.person(stage.mark('stranger'));
  const partner = await stage.chatOf(person, guest);
  const since = guest.lines().length;
  const texts = Array.from({ length: count }, () => stage.mark('unread'));
  for (const text of texts) await partner.say(text);
  const line = await guest.line(/^Request \d+: .*not verified/, since, patienceMs);
  return { guest, person, partner, texts, line, number: /\d+/.exec(line.text)?.[0] ?? '' };
}

async function held(stage: Stage): Promise<void> {
  const { guest, person, texts, number } = await ask(stage, 2);
  await sleep(silenceMs);
  isSecret(guest, texts);
  isUninvited(stage, guest, person);
  const [text = ''] = texts;
  await guest.ask(`requests show ${number}`, new RegExp(text));
}

async function accepted(stage: Stage): Promise<void> {
  const { guest, person, texts, line, partner } = await ask(stage, 3);
  await guest.user.react(guest.management, line.id, '✅');
  const { matrix } = await stage.accept(guest, person);
  const later = stage.mark('later');
  await partner.say(later);
  await inOrder(matrix, [...texts, later]);
  await talk(stage, { matrix, partner });
}

async function declined(stage: Stage): Promise<void> {
  const { guest, person, texts, number, partner } = await ask(stage, 1);
  await guest.ask(`decline ${number}`, /you declined/);
  await sleep(silenceMs);
  const lines = guest.lines().length;
  const id = await partner.say(stage.mark('unread'));
  await sleep(silenceMs);
  const line = guest.lines()[lines];
  if (line !== undefined) throw new Error(`the user was told: ${line}`);
  if (partner.isRefused(id)) throw new Error('the stranger was told');
  isUninvited(stage, guest, person);
  isSecret(guest, texts);
}

async function talkers(stage: Stage): Promise<void> {
  const pair = await stage.pair('gwen', 'friend');
  await talk(stage, pair);
  if (pair.guest.lines().some((line) => line.startsWith('Request') && line.includes('friend@')))
    throw new Error('the user was asked whether to let them in');
}

function isSecret(guest: MatrixGuest, texts: readonly string[]): void {
  const shown = guest.lines().find((line) => texts.some((text) => line.includes(text)));
  if (shown !== undefined) throw new Error(`what was said is shown: ${shown}`);
}

function isUninvited(stage: Stage, { user }: MatrixGuest, person: PartnerUser): void {
  const ghost = stage.ghostOf(person);
  const room = user.sdk.getRooms().find((one) => one.getMember(ghost) !== null);
  if (room !== undefined) throw new Error('there is a room with the stranger');
}
