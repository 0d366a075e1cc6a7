import fc from 'fast-check';
import { hostileMessage, hostilePoll } from './hostile-matrix-content.ts';
import { anything, maybe, mostly, nearlyAlways, someId, users } from './hostile-values.ts';
import { alice, bot, ghostOfBob } from './matrix-events.ts';

const types = [
  ...Array.from({ length: 12 }, () => 'm.room.message'),
  'm.reaction',
  'm.reaction',
  'm.room.redaction',
  'm.room.member',
  'm.room.encrypted',
  'm.sticker',
  'm.call.invite',
  'm.room.name',
  '__proto__',
  'constructor',
];
const pollTypes = ['start', 'response', 'end'].flatMap((what) => [
  `m.poll.${what}`,
  `org.matrix.msc3381.poll.${what}`,
]);

const envelope = {
  event_id: nearlyAlways(fc.constant('$event')),
  room_id: nearlyAlways(fc.constant('!room')),
  sender: nearlyAlways(fc.constantFrom(...Array.from({ length: 12 }, () => alice), bot, ghostOfBob)),
  origin_server_ts: nearlyAlways(fc.nat()),
  unsigned: maybe(
    fc.record({
      redacted_because: maybe(fc.constant({})),
      prev_content: maybe(fc.record({ membership: mostly(fc.constantFrom('ban', 'join')) })),
    }),
  ),
};
const membership = fc.record({
  ...envelope,
  type: fc.constant('m.room.member'),
  state_key: mostly(fc.constantFrom(...users)),
  content: mostly(
    fc.record({
      membership: mostly(fc.constantFrom('invite', 'join', 'leave', 'ban', 'knock')),
      is_direct: maybe(fc.boolean()),
    }),
  ),
});
const anyType = fc.record({
  ...envelope,
  type: nearlyAlways(fc.constantFrom(...types)),
  state_key: fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, anything),
  redacts: maybe(someId),
  content: fc.oneof({ weight: 6, arbitrary: hostileMessage }, mostly(hostileMessage)),
});
const anyPoll = fc.record({
  ...envelope,
  type: nearlyAlways(fc.constantFrom(...pollTypes)),
  content: hostilePoll,
});
const likeAnEvent = fc.oneof(
  { weight: 8, arbitrary: anyType },
  { weight: 2, arbitrary: anyPoll },
  { weight: 2, arbitrary: membership },
);

/** Keys that change what an object is, were they ever copied. */
const pollution =
  '"__proto__":{"polluted":true,"sender":"@x:y"},"constructor":{"prototype":{"polluted":true}},';

/** The text of an event as someone sends it who wants to break what reads it: half missing, or not even JSON. */
export const hostileMatrixEvent: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 40,
    arbitrary: likeAnEvent.map((event) => JSON.stringify(event)),
  },
  {
    weight: 2,
    arbitrary: likeAnEvent.map((event) => `{${pollution}${JSON.stringify(event).slice(1)}`),
  },
  { weight: 1, arbitrary: anything.map((value) => JSON.stringify(value)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(likeAnEvent, fc.nat())
      .map(([event, at]) => JSON.stringify(event).slice(0, at % JSON.stringify(event).length)),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '[', '['.repeat(100_000), '{"a":'.repeat(50_000), 'NaN', '\u0000'),
  },
);
