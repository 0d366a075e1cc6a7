import { doubled, outOfOrder } from './comparisons.ts';
import { guarantee, type Guarantee } from './guarantee.ts';
import { openEvents } from './open-events.ts';
import type { GhostRoom, StateCount } from './record.ts';

/** What its receiver does with the request of a stranger. */
export type Answer = 'accept' | 'decline' | 'none';

/** One stranger who writes to a Matrix user, and what became of it. */
export interface StrangerRecord {
  readonly name: string;
  readonly answer: Answer;
  /** Whether the answer was given, and the bridge said so. */
  readonly answered: boolean;
  /** The most messages that the user was told wait. */
  readonly waited: number;
  readonly written: readonly string[];
  /** What the bridge has kept, as it told the sender's client: of what is held too. */
  readonly receipted: ReadonlySet<string>;
  /** What the rooms that the stranger's ghost shares with the user have of it, in their order. */
  readonly shown: readonly string[];
  readonly rooms: readonly GhostRoom[];
}

/** The room of a request that its user is in or invited to. */
export interface RequestRoomRecord {
  readonly request: number;
  readonly name: string;
}

/** A run in which strangers write while the bridge is killed. */
export interface StrangersRecord {
  readonly strangers: readonly StrangerRecord[];
  /** What the bot said anywhere. */
  readonly told: readonly string[];
  readonly requestRooms: readonly RequestRoomRecord[];
  readonly spaces: number;
  readonly states: readonly StateCount[];
  readonly kills: number;
  readonly unexpectedEnds: readonly string[];
}

/** What became of the guarantees. */
export interface StrangersJudgement {
  readonly ok: boolean;
  readonly guarantees: readonly Guarantee[];
  readonly figures: {
    readonly strangers: number;
    readonly accepted: number;
    readonly declined: number;
    readonly waited: number;
    readonly shown: number;
  };
}

/** Compares what strangers wrote with what was shown of it. Pure: the same record gives the same judgement. */
export function judgeStrangers(run: StrangersRecord): StrangersJudgement {
  const by = (answer: Answer): readonly StrangerRecord[] =>
    run.strangers.filter((stranger) => stranger.answer === answer);
  const [accepted, declined, others] = [by('accept'), by('decline'), by('none')];
  const count = (of: readonly StrangerRecord[], what: (one: StrangerRecord) => number): number =>
    of.reduce((sum, one) => sum + what(one), 0);
  const waited = count(run.strangers, (one) => one.waited);
  const shown = count(accepted, (one) => one.shown.length);
  const guarantees = [
    guarantee(
      'every stranger was told of, and answered as was to be',
      run.strangers.flatMap(({ name, waited: told, answer, answered }) => [
        ...(told === 0 ? [`${name}: the user was not told of them`] : []),
        ...(answer === 'none' || answered ? [] : [`${name}: ${answer} was not done`]),
      ]),
      `${accepted.length} accepted, ${declined.length} declined, ${others.length} open`,
    ),
    guarantee('accepted: what waited is there', each(accepted, missing), `${shown} shown`),
    guarantee(
      'accepted: once, and in order',
      each(accepted, ({ written, shown: there }) => [
        ...doubled(written, there),
        ...outOfOrder(written, there),
      ]),
      `${waited} were told of as waiting`,
    ),
    guarantee('accepted: one room each', each(accepted, roomFaults), `${accepted.length} chats`),
    guarantee(
      'declined or open: nothing is shown anywhere',
      each([...declined, ...others], (one) => hidden(one, run.told)),
      `${count([...declined, ...others], (one) => one.written.length)} written`,
    ),
    guarantee(
      'requests have one room while they are open, in one space',
      requestRoomFaults(run),
      `${run.requestRooms.length} rooms`,
    ),
    guarantee(
      'every event ended in one outcome, or waits',
      openEvents(run.states.filter(({ state, ended }) => state !== 'held' || ended)),
      run.states.map(({ state, count: many }) => `${many} ${state}`).join(', '),
    ),
    guarantee('the bridge ended only when told to', run.unexpectedEnds, `${run.kills} kills`),
  ];
  return {
    ok: guarantees.every(({ ok }) => ok),
    guarantees,
    figures: {
      ...{ strangers: run.strangers.length, waited, shown },
      ...{ accepted: accepted.length, declined: declined.length },
    },
  };
}

function each(
  strangers: readonly StrangerRecord[],
  find: (one: StrangerRecord) => readonly string[],
): readonly string[] {
  return strangers.flatMap((one) => find(one).map((fault) => `${one.name}: ${fault}`));
}

/** What was told of as waiting, or was kept, and is not there. */
function missing({ shown, waited, receipted }: StrangerRecord): readonly string[] {
  const there = new Set(shown);
  return [
    ...(there.size < waited ? [`${waited} waited, and ${there.size} are there`] : []),
    ...[...receipted]
      .filter((text) => !there.has(text))
      .map((text) => `${text} was receipted and is not there`),
  ];
}

function roomFaults({ rooms }: StrangerRecord): readonly string[] {
  const shared = rooms.filter(({ ghost, user }) => isIn(ghost) && isIn(user)).length;
  return shared === 1 ? [] : [`${shared} rooms hold the ghost and the user`];
}

function hidden({ written, shown, rooms }: StrangerRecord, told: readonly string[]): string[] {
  return [
    ...shown.map((text) => `${text} is shown`),
    ...written.filter((text) => told.some((line) => line.includes(text))).map((text) => `${text} was told`),
    ...(rooms.some(({ user }) => isIn(user)) ? ['there is a room'] : []),
  ];
}

function requestRoomFaults({ strangers, requestRooms, spaces }: StrangersRecord): readonly string[] {
  const open = new Set(strangers.filter(({ answer }) => answer === 'none').map(({ name }) => name));
  const named = requestRooms.map(({ name }) => name);
  return [
    ...(spaces > 1 ? [`${spaces} spaces`] : []),
    ...(requestRooms.length > 0 && spaces === 0 ? ['rooms without a space'] : []),
    ...doubled([...open], named).map((fault) => `a room: ${fault}`),
  ];
}

function isIn(membership: string | undefined): boolean {
  return membership === 'join' || membership === 'invite';
}
