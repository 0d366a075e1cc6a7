import fc from 'fast-check';
import { alice, bot, ghostOfBob } from './matrix-events.ts';

export const eventIds = ['$a', '$', '', 'a', '__proto__', `$${'x'.repeat(300)}`];
export const users = [
  alice,
  alice,
  alice,
  bot,
  ghostOfBob,
  '@',
  '@a',
  '',
  '@a:b\u0000',
  `@${'x'.repeat(300)}:hs`,
];

export const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(null, true, -1, 1e308, 1.5, [], {}, '', '\u0000\ud800\u202e', '../../etc/passwd'),
  fc.constantFrom(10, 70_000).map((length) => '𝒳'.repeat(length)),
);
export const someId = fc.constantFrom(...eventIds);
const hostileIds = [...eventIds, ...users, 1.5, -1, 1e300];

/** Mostly what is expected there, sometimes anything, sometimes nothing. */
export function mostly<T>(expected: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 16, arbitrary: expected },
    { weight: 1, arbitrary: anything },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}
/** For what everything hangs on: an event without it is not looked at further. */
export function nearlyAlways<T>(expected: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 40, arbitrary: expected },
    { weight: 1, arbitrary: mostly(fc.constantFrom(...hostileIds)) },
  );
}
export function maybe<T>(expected: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: mostly(expected) },
  );
}

export const body = fc.oneof(
  { weight: 10, arbitrary: fc.string() },
  { weight: 10, arbitrary: fc.string({ unit: 'binary' }) },
  fc.constant('x'.repeat(70_000)),
  fc.constantFrom('> <@a:b> x\n\ny', '> ', '> <@a:b>', '> * <@a:b>\n> \n', '* edited'),
);
