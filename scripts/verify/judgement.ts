import { doubled, lost, outOfOrder, renamed, repeatsIn } from './comparisons.ts';
import { groupFigures, groupGuarantees, type GroupFigures } from './group-judgement.ts';
import { guarantee, type Guarantee } from './guarantee.ts';
import { openEvents } from './open-events.ts';
import { secrecyGuarantees } from './secrecy-judgement.ts';
import type { ChatRecord, DeliveredMessage, RunRecord } from './record.ts';

/** Counts over all direct chats, and over the groups. */
export interface Figures {
  readonly accepted: number;
  readonly arrived: number;
  readonly repeats: number;
  readonly repeatsAllowed: number;
  readonly written: number;
  readonly receipted: number;
  readonly bounced: number;
  readonly unanswered: number;
  readonly shown: number;
  /** On Matrix although its sender was told that it had not been delivered, or was told nothing. */
  readonly shownUnreceipted: number;
  readonly shownBounced: number;
  readonly rooms: number;
  readonly groups: GroupFigures;
  readonly states: Readonly<Record<string, number>>;
}

/** What became of the guarantees in a run. */
export interface Judgement {
  readonly ok: boolean;
  readonly guarantees: readonly Guarantee[];
  readonly figures: Figures;
}

/** Compares what was sent with what arrived. Pure: the same record gives the same judgement. */
export function judge(run: RunRecord): Judgement {
  const figures = figuresOf(run);
  const guarantees = [
    guarantee(
      'the load flowed',
      loadFaults(run, figures),
      `${figures.accepted} / ${figures.receipted} of ${run.wanted}`,
    ),
    guarantee(
      'to XMPP: every event arrives',
      faults(run, ({ accepted, delivered }) => lost(accepted, textsOf(delivered))),
      `${figures.arrived} of ${figures.accepted}`,
    ),
    guarantee('to XMPP: in order', faults(run, deliveredOutOfOrder), `${run.chats.length} chats`),
    guarantee(
      'to XMPP: repeats are few and carry the same id',
      [...faults(run, ({ delivered }) => renamed(delivered)), ...tooManyRepeats(figures)],
      `${figures.repeats}, at most ${figures.repeatsAllowed}`,
    ),
    guarantee(
      'to Matrix: what was receipted is there once',
      faults(run, notOnce),
      `${figures.receipted} of ${figures.written} receipted, ${figures.bounced} bounced, ${figures.unanswered} unanswered`,
    ),
    guarantee('to Matrix: in order', faults(run, shownOutOfOrder), `${figures.shown} shown`),
    guarantee(
      'one room for each chat',
      faults(run, roomFaults),
      `${figures.rooms} rooms, ${run.chats.length} chats`,
    ),
    ...groupGuarantees(run),
    ...secrecyGuarantees(run),
    guarantee('every event ended in one outcome', openEvents(run.states), statesText(figures.states)),
    guarantee('the bridge ended only when told to', run.unexpectedEnds, `${run.kills} kills`),
  ];
  return { ok: guarantees.every(({ ok }) => ok), guarantees, figures };
}

function faults(run: RunRecord, find: (chat: ChatRecord) => readonly string[]): readonly string[] {
  return run.chats.flatMap((chat) => find(chat).map((fault) => `${chat.chat}: ${fault}`));
}

function loadFaults({ wanted }: RunRecord, { accepted, receipted }: Figures): readonly string[] {
  return [
    ...(accepted < wanted ? [`only ${accepted} of ${wanted} messages were sent on Matrix`] : []),
    ...(receipted < wanted ? [`only ${receipted} of ${wanted} messages from XMPP were receipted`] : []),
  ];
}

function deliveredOutOfOrder({ accepted, delivered }: ChatRecord): readonly string[] {
  return outOfOrder(accepted, textsOf(delivered));
}

function shownOutOfOrder({ written, shown }: ChatRecord): readonly string[] {
  return outOfOrder(written, shown);
}

function tooManyRepeats({ repeats, repeatsAllowed }: Figures): readonly string[] {
  return repeats > repeatsAllowed ? [`${repeats} repeats, more than ${repeatsAllowed}`] : [];
}

function notOnce({ written, receipted, shown }: ChatRecord): readonly string[] {
  const there = new Set(shown);
  return [
    ...[...receipted].filter((text) => !there.has(text)).map((text) => `${text} was receipted and is lost`),
    ...doubled(written, shown),
  ];
}

function roomFaults({ rooms }: ChatRecord): readonly string[] {
  const shared = rooms.filter(isShared);
  const alone = rooms.filter((room) => isIn(room.ghost) && !isIn(room.user));
  const made = rooms.filter((room) => room.made);
  return [
    ...(shared.length === 1 ? [] : [`${shared.length} rooms hold the ghost and the user`]),
    ...alone.map(({ room }) => `the ghost is alone in ${room}`),
    ...(made.length > 1 ? [`the bridge made ${made.length} rooms`] : []),
  ];
}

function isShared(room: ChatRecord['rooms'][number]): boolean {
  return isIn(room.ghost) && isIn(room.user);
}

function isIn(membership: string | undefined): boolean {
  return membership === 'join' || membership === 'invite';
}

function figuresOf(run: RunRecord): Figures {
  const { chats, kills, states } = run;
  const sum = (count: (chat: ChatRecord) => number): number =>
    chats.reduce((total, chat) => total + count(chat), 0);
  const arrived = ({ accepted, delivered }: ChatRecord): number => {
    const texts = new Set(textsOf(delivered));
    return accepted.filter((text) => texts.has(text)).length;
  };
  const counts: Record<string, number> = {};
  for (const { state, count } of states) counts[state] = (counts[state] ?? 0) + count;
  return {
    accepted: sum(({ accepted }) => accepted.length),
    arrived: sum(arrived),
    repeats: sum(({ delivered }) => repeatsIn(delivered)),
    repeatsAllowed: kills * chats.length,
    written: sum(({ written }) => written.length),
    receipted: sum(({ receipted }) => receipted.size),
    bounced: sum(({ bounced, receipted }) => [...bounced].filter((text) => !receipted.has(text)).length),
    unanswered: sum(
      ({ written, receipted, bounced }) =>
        written.filter((text) => !receipted.has(text) && !bounced.has(text)).length,
    ),
    shown: sum(({ shown }) => shown.length),
    shownUnreceipted: sum(
      ({ shown, receipted, bounced }) =>
        shown.filter((text) => !receipted.has(text) && !bounced.has(text)).length,
    ),
    shownBounced: sum(
      ({ shown, receipted, bounced }) =>
        shown.filter((text) => !receipted.has(text) && bounced.has(text)).length,
    ),
    rooms: sum(({ rooms }) => rooms.filter(isShared).length),
    groups: groupFigures(run),
    states: counts,
  };
}

function statesText(states: Readonly<Record<string, number>>): string {
  return Object.entries(states)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
}

function textsOf(delivered: readonly DeliveredMessage[]): readonly string[] {
  return delivered.map(({ text }) => text);
}
