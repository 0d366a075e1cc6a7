import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../../test/conformance/eventually.ts';
import { RoomGuest } from '../../../test/support/room-scene.ts';
import { attribute } from '../../../test/support/xmpp-stanzas.ts';
import type { XmppUser } from '../../../test/support/xmpp-user.ts';
import type { MatrixGuest } from '../../../test/support/matrix-guest.ts';
import { invite } from './opt-in-scenarios.ts';
import type { ChatKind, Scenario, Track, WayName } from './scenario.ts';
import { requestLimits, type Stage } from './stage.ts';

const silenceMs = 1_000;
const openMs = 10_000;
const crowd = 8;
/** Of how many requests of one time there is a line for each (`request-notices.ts`). */
const mostLines = 5;

/** First contacts are held until their receiver has decided. */
export function requestScenarios(stage: Stage): Track {
  // Of many requests of one time only some have a line of their own, so that there are several users.
  const made = new Map<ChatKind, Promise<MatrixGuest>>();
  const receiver = (of: ChatKind): Promise<MatrixGuest> => {
    const known = made.get(of) ?? stage.matrixUser(of === 'direct' ? 'rita' : 'gwen');
    made.set(of, known);
    return known;
  };
  const all: readonly (readonly [
    string,
    ChatKind,
    WayName,
    (s: Stage, who: MatrixGuest) => Promise<void>,
  ])[] = [
    ['a stranger is held, and told of without content', 'direct', 'to Matrix', held],
    ['accepted by a reaction, everything arrives, in order', 'direct', 'to Matrix', accepted],
    ['declined, it ends in silence and does not come back', 'direct', 'to Matrix', declined],
    ['blocked from the request, the person stays out', 'direct', 'to Matrix', blocked],
    ['what is beyond the cap is dropped', 'direct', 'to Matrix', capped],
    ['whoever the user wrote to first is no stranger', 'direct', 'both ways', writtenTo],
    ['an invitation of a stranger is held, and let in when accepted', 'group', 'to Matrix', invited],
    ['a declined invitation does not come back', 'group', 'to Matrix', uninvited],
  ];
  const scenarios = all.map(([name, chat, way, play]): Scenario => ({
    ...{ part: 'requests', name, chat, way },
    play: async () => play(stage, await receiver(chat)),
  }));
  const flood = async (): Promise<void> => flooded(stage, await stage.matrixUser('flora'));
  const name = 'a flood from one server is grouped';
  return [...scenarios, { part: 'requests', name, chat: 'direct', way: 'to Matrix', play: flood }];
}

interface Request {
  readonly who: XmppUser;
  readonly texts: readonly string[];
  readonly line: { readonly id: string; readonly text: string };
  readonly number: string;
}

/** A stranger says so many things, and the receiver is told. */
async function ask(stage: Stage, guest: MatrixGuest, count: number): Promise<Request> {
  const who = await stage.xmppUser();
  const texts = Array.from({ length: count }, () => stage.mark('unread'));
  for (const text of texts) await who.sendText(guest.jid, text);
  return { who, texts, ...(await told(guest, who.jid)) };
}

async function told(guest: MatrixGuest, jid: string): Promise<Pick<Request, 'line' | 'number'>> {
  const line = await guest.line(new RegExp(`^Request \\d+: .*${jid}.*not verified`));
  return { line, number: /\d+/.exec(line.text)?.[0] ?? '' };
}

async function held(stage: Stage, guest: MatrixGuest): Promise<void> {
  const { who, texts, number } = await ask(stage, guest, 2);
  await sleep(silenceMs);
  isSecret(guest, texts);
  isUninvited(stage, guest, who);
  const [text = ''] = texts;
  await guest.ask(`requests show ${number}`, new RegExp(text));
}

async function accepted(stage: Stage, guest: MatrixGuest): Promise<void> {
  const { who, texts, line } = await ask(stage, guest, requestLimits.perRequest);
  await guest.user.react(guest.management, line.id, '✅');
  const { matrix, room, xmpp } = await stage.accept(guest, who);
  const later = stage.mark('later');
  await xmpp.say(later);
  await matrix.heard(later);
  await same([...texts, later], () => said(guest, room, matrix.ghost));
  const isSealed = await guest.user.isEncrypted(room);
  if (isSealed !== (stage.rooms === 'encrypted')) throw new Error(`the room is encrypted: ${isSealed}`);
}

async function declined(stage: Stage, guest: MatrixGuest): Promise<void> {
  const { who, texts, number } = await ask(stage, guest, 1);
  await guest.ask(`decline ${number}`, /you declined/);
  await isSilent(stage, guest, who, async () => {
    await who.sendText(guest.jid, stage.mark('unread'));
  });
  isSecret(guest, texts);
}

async function blocked(stage: Stage, guest: MatrixGuest): Promise<void> {
  const { who, texts, line } = await ask(stage, guest, 1);
  await guest.user.react(guest.management, line.id, '🚫');
  await guest.line(new RegExp(`you blocked .*${who.jid}`));
  await guest.ask('blocks', new RegExp(who.jid));
  await isSilent(stage, guest, who, async () => {
    await who.sendText(guest.jid, stage.mark('unread'));
  });
  isSecret(guest, texts);
}

async function capped(stage: Stage, guest: MatrixGuest): Promise<void> {
  const { perRequest } = requestLimits;
  const { who, texts, number } = await ask(stage, guest, perRequest + 2);
  await sleep(silenceMs);
  await guest.ask('requests', new RegExp(`${who.jid} .*Messages: ${perRequest} `));
  await guest.user.sendText(guest.management, `accept ${number}`);
  const { matrix, room, xmpp } = await stage.accept(guest, who);
  const later = stage.mark('later');
  await xmpp.say(later);
  await matrix.heard(later);
  await same([...texts.slice(0, perRequest), later], () => said(guest, room, matrix.ghost));
}

async function writtenTo(stage: Stage, guest: MatrixGuest): Promise<void> {
  const who = await stage.xmppUser();
  const { matrix, xmpp } = await stage.chat(guest, who);
  const [out, back] = [stage.mark('out'), stage.mark('back')];
  await matrix.say(out);
  await xmpp.heard(out);
  await xmpp.say(back);
  await matrix.heard(back);
  if (guest.lines().some((line) => line.startsWith('Request') && line.includes(who.jid)))
    throw new Error('the user was asked whether to let them in');
}

async function invited(stage: Stage, guest: MatrixGuest): Promise<void> {
  const party = await gathering(stage);
  await invite(party, guest.jid);
  const { number, line } = await told(guest, party.user.jid);
  if (!line.text.includes(party.room)) throw new Error(`the line does not name the group: ${line.text}`);
  await guest.user.sendText(guest.management, `accept ${number}`);
  const { roomId } = await guest.user.waitForInvite(
    ({ inviter, isDirect }) => !isDirect && inviter === stage.stack.botUserId,
    20_000,
  );
  await guest.user.join(roomId);
  const text = stage.mark('hello');
  await party.say(text);
  await guest.user.waitForText(roomId, text, 20_000);
}

async function uninvited(stage: Stage, guest: MatrixGuest): Promise<void> {
  const party = await gathering(stage);
  await invite(party, guest.jid);
  const { number } = await told(guest, party.user.jid);
  await guest.ask(`decline ${number}`, /you declined/);
  await isSilent(stage, guest, party.user, () => invite(party, guest.jid));
}

async function flooded(stage: Stage, guest: MatrixGuest): Promise<void> {
  const people = await Promise.all(Array.from({ length: crowd }, () => stage.xmppUser()));
  for (const one of people) await one.sendText(guest.jid, 'buy this');
  await guest.line(/more requests? waits?.*xmpp\.localhost/);
  await sleep(silenceMs);
  const lines = guest.lines().filter((line) => /^Request \d+: .*wants to reach/.test(line));
  if (lines.length !== mostLines) throw new Error(`${lines.length} of ${crowd} have a line of their own`);
  isSecret(guest, ['buy this']);
  const list = await guest.ask('requests', /These people want to reach you/);
  const missing = people.filter(({ jid }) => !list.includes(jid));
  if (missing.length > 0) throw new Error(`${missing.length} of ${crowd} are not in the list`);
}

async function gathering(stage: Stage): Promise<RoomGuest> {
  const host = await stage.xmppUser();
  const name = `${stage.mark('party')}@${stage.stack.prosody.roomsDomain}`;
  return RoomGuest.enter(host, name, 'Host', { whois: 'anyone' });
}

function said(guest: MatrixGuest, room: string, ghost: string): readonly string[] {
  return guest.user
    .timeline(room)
    .filter(({ sender, type }) => sender === ghost && type === 'm.room.message')
    .map(({ content }) => String(content['body']));
}

/** A client may open a message of an encrypted room after the one behind it. */
async function same(wanted: readonly string[], probe: () => readonly string[]): Promise<void> {
  await eventually(
    `${wanted.join(', ')} and nothing else`,
    () => (JSON.stringify(probe()) === JSON.stringify(wanted) ? true : undefined),
    openMs,
    () => `There is ${probe().join(', ')}.`,
  );
}

function isSecret(guest: MatrixGuest, texts: readonly string[]): void {
  const shown = guest.lines().find((line) => texts.some((text) => line.includes(text)));
  if (shown !== undefined) throw new Error(`what was said is shown: ${shown}`);
}

function isUninvited(stage: Stage, { user }: MatrixGuest, person: XmppUser): void {
  const rooms = user.sdk.getRooms().filter((room) => room.getMember(stage.ghostOf(person)) !== null);
  if (rooms.length > 0) throw new Error('there is a room with the stranger');
}

/** Nobody hears anything of it: no line, no room, no error. */
async function isSilent(
  stage: Stage,
  guest: MatrixGuest,
  person: XmppUser,
  work: () => Promise<void>,
): Promise<void> {
  // The line of the request still follows what was decided.
  await sleep(silenceMs);
  const [lines, stanzas] = [guest.lines().length, person.stanzas.length];
  await work();
  await sleep(silenceMs);
  const line = guest.lines()[lines];
  if (line !== undefined) throw new Error(`the user was told: ${line}`);
  isUninvited(stage, guest, person);
  const error = person.stanzas.slice(stanzas).find((one) => attribute(one, 'type') === 'error');
  if (error !== undefined) throw new Error(`the stranger was told: ${error.toString()}`);
}
