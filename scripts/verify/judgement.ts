import type { ChatRecord, RunRecord } from './record.ts';

/** One guarantee: whether it held, the figures behind it, and what broke it. */
export interface Guarantee {
  readonly name: string;
  readonly ok: boolean;
  readonly figures: string;
  readonly faults: readonly string[];
}

/** Counts over all chats. */
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
  readonly states: Readonly<Record<string, number>>;
}

/** What became of the guarantees in a run. */
export interface Judgement {
  readonly ok: boolean;
  readonly guarantees: readonly Guarantee[];
  readonly figures: Figures;
}

const terminal = new Set(['sent', 'ignored', 'blocked', 'unsupported', 'failed']);

/** Compares what was sent with what arrived. Pure: the same record gives the same judgement. */
export function judge(run: RunRecord): Judgement {
  const figures = figuresOf(run);
  const guarantees = [
    guarantee(
      'the load flowed',
      loadFaults(run, figures),
      `${figures.accepted} / ${figures.receipted} of ${run.wanted}`,
    ),
    guarantee('to XMPP: every event arrives', faults(run, lost), `${figures.arrived} of ${figures.accepted}`),
    guarantee('to XMPP: in order', faults(run, deliveredOutOfOrder), `${run.chats.length} chats`),
    guarantee(
      'to XMPP: repeats are few and carry the same id',
      [...faults(run, renamed), ...tooManyRepeats(figures)],
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
    guarantee('every event ended in one outcome', openEvents(run), statesText(figures.states)),
    guarantee('the bridge ended only when told to', run.unexpectedEnds, `${run.kills} kills`),
  ];
  return { ok: guarantees.every(({ ok }) => ok), guarantees, figures };
}

function guarantee(name: string, found: readonly string[], figures: string): Guarantee {
  return { name, ok: found.length === 0, figures, faults: found };
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

function lost({ accepted, delivered }: ChatRecord): readonly string[] {
  const arrived = new Set(delivered.map(({ text }) => text));
  const sent = new Set(accepted);
  return [
    ...accepted.filter((text) => !arrived.has(text)).map((text) => `${text} is lost`),
    ...[...arrived].filter((text) => !sent.has(text)).map((text) => `${text} arrived but was not sent here`),
  ];
}

/** A repeat may only follow at once on what it repeats: anything else is an older message after a newer one. */
function deliveredOutOfOrder({ accepted, delivered }: ChatRecord): readonly string[] {
  return outOfOrder(
    accepted,
    delivered.map(({ text }) => text),
  );
}

function shownOutOfOrder({ written, shown }: ChatRecord): readonly string[] {
  return outOfOrder(written, shown);
}

function outOfOrder(sent: readonly string[], arrived: readonly string[]): readonly string[] {
  const place = new Map(sent.map((text, index) => [text, index]));
  const found: string[] = [];
  let last: string | undefined;
  for (const text of arrived) {
    const before = last === undefined ? undefined : place.get(last);
    const now = place.get(text);
    if (before !== undefined && now !== undefined && now < before)
      found.push(`${text} after ${String(last)}`);
    last = text;
  }
  return found;
}

function renamed({ delivered }: ChatRecord): readonly string[] {
  const idOf = new Map<string, string>();
  const textOf = new Map<string, string>();
  const found: string[] = [];
  for (const { text, id } of delivered) {
    const earlier = idOf.get(text);
    if (earlier !== undefined && earlier !== id) found.push(`${text} came again under another id`);
    const other = textOf.get(id);
    if (other !== undefined && other !== text) found.push(`${text} has the id of ${other}`);
    if (id === '') found.push(`${text} has no id`);
    idOf.set(text, id);
    textOf.set(id, text);
  }
  return found;
}

function tooManyRepeats({ repeats, repeatsAllowed }: Figures): readonly string[] {
  return repeats > repeatsAllowed ? [`${repeats} repeats, more than ${repeatsAllowed}`] : [];
}

function notOnce({ written, receipted, shown }: ChatRecord): readonly string[] {
  const times = new Map<string, number>();
  for (const text of shown) times.set(text, (times.get(text) ?? 0) + 1);
  const sent = new Set(written);
  return [
    ...[...receipted].filter((text) => !times.has(text)).map((text) => `${text} was receipted and is lost`),
    ...[...times].filter(([, count]) => count > 1).map(([text, count]) => `${text} is there ${count} times`),
    ...[...times.keys()]
      .filter((text) => !sent.has(text))
      .map((text) => `${text} is there but was not sent here`),
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

function openEvents({ states }: RunRecord): readonly string[] {
  if (states.length === 0) return ['the database holds no events'];
  return states
    .filter(({ state, ended }) => !ended || !terminal.has(state))
    .map(({ state, ended, count }) => `${count} events are ${state}${ended ? '' : ' and have not ended'}`);
}

function figuresOf({ chats, kills, states }: RunRecord): Figures {
  const sum = (count: (chat: ChatRecord) => number): number =>
    chats.reduce((total, chat) => total + count(chat), 0);
  const arrived = ({ accepted, delivered }: ChatRecord): number => {
    const texts = new Set(delivered.map(({ text }) => text));
    return accepted.filter((text) => texts.has(text)).length;
  };
  const counts: Record<string, number> = {};
  for (const { state, count } of states) counts[state] = (counts[state] ?? 0) + count;
  return {
    accepted: sum(({ accepted }) => accepted.length),
    arrived: sum(arrived),
    repeats: sum(({ delivered }) => delivered.length - new Set(delivered.map(({ text }) => text)).size),
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
    states: counts,
  };
}

function statesText(states: Readonly<Record<string, number>>): string {
  return Object.entries(states)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
}
