import { doubled, lost, outOfOrder } from '../comparisons.ts';
import { guarantee, type Guarantee } from '../guarantee.ts';
import { openEvents } from '../open-events.ts';
import type { SecrecyRecord, StateCount } from '../record.ts';
import { secrecyGuarantees } from '../secrecy-judgement.ts';
import type { WirePart } from './plan.ts';
import { reusedSteps } from './ratchet.ts';
import type { AppRecord } from './record.ts';

/** One chat as Matrix has it, by marks. */
export interface AppChat {
  readonly name: string;
  readonly room: string | undefined;
  /** The rooms that the user and the ghost are both in. */
  readonly rooms: readonly string[];
  readonly wanted: number;
  readonly accepted: readonly string[];
  readonly shown: readonly string[];
}

/** A whole run. */
export interface AppRun {
  readonly chats: readonly AppChat[];
  readonly apps: readonly AppRecord[];
  readonly wire: readonly WirePart[];
  readonly secrecy: SecrecyRecord;
  readonly states: readonly StateCount[];
  readonly unexpectedEnds: readonly string[];
  readonly kills: number;
  readonly wanted: number;
}

export interface AppJudgement {
  readonly ok: boolean;
  readonly guarantees: readonly Guarantee[];
  readonly figures: Readonly<Record<string, number>>;
}

interface Side {
  readonly chat: AppChat;
  readonly app: AppRecord;
}

/** Compares what was written with what arrived. Pure: the same record gives the same judgement. */
export function judgeApps(run: AppRun): AppJudgement {
  const { chats, apps, wire, wanted } = run;
  const sides = chats.flatMap((chat): readonly Side[] => {
    const app = apps.find(({ name }) => name === chat.name);
    return app === undefined ? [] : [{ chat, app }];
  });
  const sum = (count: (side: Side) => number): number => sides.reduce((all, side) => all + count(side), 0);
  const figures = {
    accepted: sum(({ chat }) => chat.accepted.length),
    received: sum(({ app }) => app.received.length),
    written: sum(({ app }) => app.written.length),
    shown: sum(({ chat }) => chat.shown.length),
    delivered: sum(({ app }) => app.delivered.size),
    parts: wire.length,
  };
  const guarantees = [
    guarantee(
      'the load flowed',
      figures.accepted >= wanted && figures.written >= wanted ? [] : ['less was written than was to be'],
      `${figures.accepted} / ${figures.written} of ${wanted}`,
    ),
    ...arrivals(sides, figures),
    ...wholes(run, sides),
  ];
  return { ok: guarantees.every(({ ok }) => ok), guarantees, figures };
}

function faults(sides: readonly Side[], find: (side: Side) => readonly string[]): readonly string[] {
  return sides.flatMap((side) => find(side).map((fault) => `${side.chat.name}: ${fault}`));
}

/** What has to hold of each message. */
function arrivals(sides: readonly Side[], figures: AppJudgement['figures']): readonly Guarantee[] {
  const of = (find: (side: Side) => readonly string[]): readonly string[] => faults(sides, find);
  const unreceipted = ({ app: { written, delivered } }: Side): readonly string[] =>
    written.filter((mark) => !delivered.has(mark)).map((mark) => `${mark} has no receipt`);
  const { received = 0, accepted = 0, shown = 0, written = 0, delivered = 0 } = figures;
  return [
    guarantee(
      'to the app: every event arrives',
      of(({ chat, app }) => lost(chat.accepted, app.received)),
      `${received} of ${accepted}`,
    ),
    guarantee(
      'to the app: once',
      of(({ chat, app }) => doubled(chat.accepted, app.received)),
      '',
    ),
    guarantee(
      'to the app: in order',
      of(({ chat, app }) => outOfOrder(chat.accepted, app.received)),
      '',
    ),
    guarantee(
      'to Matrix: every event arrives',
      of(({ chat, app }) => lost(app.written, chat.shown)),
      `${shown} of ${written}`,
    ),
    guarantee(
      'to Matrix: once',
      of(({ chat, app }) => doubled(app.written, chat.shown)),
      '',
    ),
    guarantee(
      'to Matrix: in order',
      of(({ chat, app }) => outOfOrder(app.written, chat.shown)),
      '',
    ),
    guarantee('the app is told of what has arrived', of(unreceipted), `${delivered} receipts`),
    guarantee(
      'nothing was given up in the app',
      of(({ app }) => app.troubles),
      '',
    ),
  ];
}

/** What has to hold of the run as a whole. */
function wholes(
  { chats, wire, secrecy, states, unexpectedEnds, kills }: AppRun,
  sides: readonly Side[],
): readonly Guarantee[] {
  const { steps, faults: reused } = reusedSteps(wire);
  return [
    guarantee(
      'one room for each chat',
      faults(sides, ({ chat }) => (chat.rooms.length === 1 ? [] : [`${chat.rooms.length} rooms`])),
      `${chats.length} chats`,
    ),
    guarantee(
      'no step of a ratchet seals two things',
      steps === 0 ? ['nothing was sealed'] : reused,
      `${steps} steps, ${wire.length} parts on the wire`,
    ),
    ...secrecyGuarantees({ secrecy }),
    guarantee('every event ended in one outcome', openEvents(states), ''),
    guarantee('both ended only when told to', unexpectedEnds, `${kills} kills of each`),
  ];
}
