import fc from 'fast-check';
import { alice, bot, ghostOfBob } from './matrix-events.ts';

const types = [
  ...Array.from({ length: 12 }, () => 'm.room.message'),
  'm.reaction',
  'm.reaction',
  'm.room.redaction',
  'm.room.member',
  'm.room.encrypted',
  'm.sticker',
  'm.poll.start',
  'm.room.name',
  '__proto__',
  'constructor',
];
const eventIds = ['$a', '$', '', 'a', '__proto__', `$${'x'.repeat(300)}`];
const users = [alice, alice, alice, bot, ghostOfBob, '@', '@a', '', '@a:b\u0000', `@${'x'.repeat(300)}:hs`];

const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(null, true, -1, 1e308, 1.5, [], {}, '', '\u0000\ud800\u202e', '../../etc/passwd'),
  fc.constantFrom(10, 70_000).map((length) => '𝒳'.repeat(length)),
);
const someId = fc.constantFrom(...eventIds);
const hostileIds = [...eventIds, ...users, 1.5, -1, 1e300];

/** Mostly what is expected there, sometimes anything, sometimes nothing. */
function mostly<T>(expected: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 16, arbitrary: expected },
    { weight: 1, arbitrary: anything },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}
/** For what everything hangs on: an event without it is not looked at further. */
function nearlyAlways<T>(expected: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 40, arbitrary: expected },
    { weight: 1, arbitrary: mostly(fc.constantFrom(...hostileIds)) },
  );
}
function maybe<T>(expected: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: mostly(expected) },
  );
}

const body = fc.oneof(
  { weight: 10, arbitrary: fc.string() },
  { weight: 10, arbitrary: fc.string({ unit: 'binary' }) },
  fc.constant('x'.repeat(70_000)),
  fc.constantFrom('> <@a:b> x\n\ny', '> ', '> <@a:b>', '> * <@a:b>\n> \n', '* edited'),
);
const relation = fc.record({
  rel_type: maybe(fc.constantFrom('m.replace', 'm.annotation', 'm.thread', 'm.reference', '__proto__')),
  event_id: mostly(fc.oneof(fc.constant('$a'), someId)),
  key: mostly(fc.oneof(fc.constantFrom('👍', 'mxc://hs/a', '', 'x'.repeat(300)), fc.string())),
  is_falling_back: maybe(fc.boolean()),
  'm.in_reply_to': maybe(fc.record({ event_id: mostly(fc.constant('$a')) })),
});
const message = {
  msgtype: mostly(
    fc.constantFrom(
      'm.text',
      'm.emote',
      'm.notice',
      'm.image',
      'm.file',
      'm.video',
      'm.audio',
      'm.location',
      'm.key.verification.request',
      'toString',
    ),
  ),
  body: mostly(body),
  format: mostly(fc.constantFrom('org.matrix.custom.html', 'text/html')),
  formatted_body: maybe(
    fc.oneof(fc.string(), fc.constantFrom('<b>', '<mx-reply>x', '<script>', '<p><img src=x>')),
  ),
  filename: maybe(fc.constantFrom('cat.png', '../x', '', '\u202egnp.exe')),
  url: mostly(fc.constantFrom('mxc://hs/abc', 'mxc://', 'https://example.org', 'mxc://hs/../x')),
  file: maybe(fc.constant({})),
  info: mostly(
    fc.record({
      mimetype: mostly(fc.constantFrom('image/png', 'a/b;c=d', '\n/x')),
      size: mostly(fc.double()),
      w: mostly(fc.integer()),
      h: mostly(fc.double()),
      duration: mostly(fc.integer()),
    }),
  ),
};
const content = fc.record({
  ...message,
  'm.new_content': maybe(fc.record(message)),
  'm.relates_to': maybe(relation),
  redacts: maybe(someId),
});

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
  content: fc.oneof({ weight: 6, arbitrary: content }, mostly(content)),
});
const likeAnEvent = fc.oneof({ weight: 4, arbitrary: anyType }, { weight: 1, arbitrary: membership });

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
