import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseEphemeral } from '../../../src/matrix/ephemeral.ts';
import { EphemeralSignals } from '../../../src/matrix/ephemeral-signals.ts';

const room = '!r:hs';
const typing = (...users: unknown[]) => ({ type: 'm.typing', room_id: room, content: { user_ids: users } });
const receipt = (content: unknown) => ({ type: 'm.receipt', room_id: room, content });
const presence = (sender: unknown, content: object) => ({ type: 'm.presence', sender, content });

describe('what a transaction tells beside its events', () => {
  it('is read under its stable name and the older one, and not twice where both are there', () => {
    const edus = [typing('@a:hs')];
    const read = [{ kind: 'typing', room, users: ['@a:hs'] }];
    assert.deepEqual(parseEphemeral({ ephemeral: edus }), read);
    assert.deepEqual(parseEphemeral({ 'de.sorunome.msc2409.ephemeral': edus }), read);
    assert.deepEqual(parseEphemeral({ ephemeral: edus, 'de.sorunome.msc2409.ephemeral': edus }), read);
    assert.deepEqual(parseEphemeral({}), []);
  });

  it('is public reading, never private', () => {
    const read = parseEphemeral({
      ephemeral: [
        receipt({
          $1: { 'm.read': { '@a:hs': { ts: 1 } }, 'm.read.private': { '@b:hs': { ts: 1 } } },
          $2: { 'm.read.private': { '@a:hs': {} } },
          $3: { 'm.read': { '@c:hs': { thread_id: 'main' } } },
        }),
      ],
    });
    assert.deepEqual(read, [
      { kind: 'read', room, user: '@a:hs', eventId: '$1' },
      { kind: 'read', room, user: '@c:hs', eventId: '$3' },
    ]);
  });

  it('is presence, in the three states that cross', () => {
    const states = ['online', 'unavailable', 'busy', 'org.matrix.msc3026.busy', 'offline', 'dancing'];
    const read = parseEphemeral({
      ephemeral: states.map((state) => presence('@a:hs', { presence: state, status_msg: 'x' })),
    });
    const seen = read.map((one) => (one.kind === 'presence' ? [one.presence, one.status] : []));
    assert.deepEqual(
      seen.map(([state]) => state),
      ['online', 'away', 'away', 'away', 'offline'],
    );
    assert.equal(seen[0]?.[1], 'x');
  });

  it('is nothing where it is broken, and what is whole beside it is read', () => {
    const broken = [
      null,
      7,
      [],
      {},
      { type: 'm.typing' },
      { type: 'm.typing', room_id: 'r', content: { user_ids: ['@a:hs'] } },
      { type: 'm.typing', room_id: room, content: { user_ids: '@a:hs' } },
      receipt({
        nothing: { 'm.read': { '@a:hs': {} } },
        $1: 5,
        $2: { 'm.read': ['@a:hs'] },
        $3: { 'm.read': { a: 1 } },
      }),
      presence(5, { presence: 'online' }),
      presence('@a:hs', { presence: 5 }),
      { type: 'm.direct_to_device', content: {} },
    ];
    assert.deepEqual(parseEphemeral({ ephemeral: [...broken, typing('@a:hs', 5, 'x', '@a:hs')] }), [
      { kind: 'typing', room, users: ['@a:hs'] },
    ]);
  });

  it('is bounded', () => {
    const many = Object.fromEntries(
      Array.from({ length: 50 }, (_, event) => [
        `$${event}`,
        { 'm.read': Object.fromEntries(Array.from({ length: 100 }, (_, user) => [`@${user}:hs`, {}])) },
      ]),
    );
    assert.equal(parseEphemeral({ ephemeral: [receipt(many)] }).length, 2_000);
    assert.equal(parseEphemeral({ ephemeral: Array.from({ length: 5_000 }, () => typing()) }).length, 2_000);
  });

  it('is read without a fault, whatever it is', () => {
    const content = fc.dictionary(
      fc.constantFrom('user_ids', 'presence', 'status_msg', '$1', 'm.read'),
      fc.oneof(fc.anything(), fc.array(fc.string()), fc.constantFrom('online', '@a:hs')),
    );
    const edu = fc.record(
      {
        type: fc.constantFrom('m.typing', 'm.receipt', 'm.presence', 'x'),
        room_id: fc.oneof(fc.constant(room), fc.anything()),
        sender: fc.oneof(fc.constant('@a:hs'), fc.anything()),
        content: fc.oneof(content, fc.anything()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.array(edu), fc.anything()), (ephemeral) => {
        for (const one of parseEphemeral({ ephemeral })) {
          if (one.kind === 'typing') assert.ok(one.users.every((user) => user.startsWith('@')));
        }
      }),
    );
  });
});

describe('signals of the homeserver', () => {
  it('tell who began and who stopped to type, of the set of all who do; and nothing of ghosts', () => {
    const signals = new EphemeralSignals(
      (user) => user === '@_ghost:hs',
      () => 5,
    );
    const take = (...users: string[]): unknown =>
      signals
        .take(parseEphemeral({ ephemeral: [typing(...users)] }))
        .map(({ event }) => [event.sender.userId, event.kind === 'typing' && event.typing]);
    assert.deepEqual(take('@a:hs', '@_ghost:hs'), [['@a:hs', true]]);
    assert.deepEqual(take('@a:hs', '@b:hs'), [['@b:hs', true]]);
    assert.deepEqual(take('@b:hs'), [['@a:hs', false]]);
    assert.deepEqual(take(), [['@b:hs', false]]);
    assert.deepEqual(take('@_ghost:hs'), []);
    const own = [
      presence('@_ghost:hs', { presence: 'online' }),
      receipt({ $1: { 'm.read': { '@_ghost:hs': {} } } }),
    ];
    assert.deepEqual(signals.take(parseEphemeral({ ephemeral: own })), []);
  });
});
