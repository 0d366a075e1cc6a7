// Stanzas of chance, of every kind.
import fc from 'fast-check';
import { parseAddress, type Address } from '../../../../src/interop/node/address.ts';
import { makeNode, type Node } from '../../../../src/interop/node/node.ts';
import { sealedTypes } from '../../../../src/interop/profile/stanza-profile.ts';
import type { Answer } from '../../../../src/interop/stanza/answer.ts';
import type { Asking } from '../../../../src/interop/stanza/asking.ts';
import type { KeyBundle, Prekey, SignedPrekey } from '../../../../src/interop/stanza/keys.ts';
import type { Receipt } from '../../../../src/interop/stanza/receipt.ts';
import type { Stanza } from '../../../../src/interop/stanza/stanza.ts';
import { addresses, interopAddresses } from '../node/arbitrary-node.ts';

const maybe = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(of, { nil: undefined });
const kind = <K extends string>(name: K): fc.Arbitrary<K> => fc.constant(name);
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
const word = fc.stringMatching(/^z[a-z]{1,8}$/);
const count = fc.nat(0xffff);
const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });

export const someAddress: fc.Arbitrary<Address> = fc
  .oneof(addresses, interopAddresses)
  .map((one) => parseAddress(one))
  .filter((one) => one !== undefined);

const prekey: fc.Arbitrary<Prekey> = fc.record({ id: fc.nat(0xffffff), key: bytes(32) });
const signed: fc.Arbitrary<SignedPrekey> = fc.record({
  id: fc.nat(0xffffff),
  key: bytes(32),
  signature: bytes(64),
});
const registration = fc.integer({ min: 0, max: 0xffffffff });
const keysAlone = fc.record({ identity: bytes(32), signed, prekey: maybe(prekey) });
const bundle: fc.Arbitrary<KeyBundle> = fc.record({
  registration,
  identity: bytes(32),
  signed,
  prekey: maybe(prekey),
});

const envelope = {
  from: maybe(someAddress),
  to: maybe(someAddress),
  participant: maybe(someAddress),
  recipient: maybe(someAddress),
  time: maybe(fc.maxSafeNat()),
};
const otherContent: fc.Arbitrary<readonly Node[]> = fc.array(
  word.map((tag) => makeNode(tag, { id: tag })),
  { minLength: 1, maxLength: 3 },
);
const wanted = fc.record({ externalId: text, integrator: count });
const refusal = fc.record({ code: count, text: maybe(text) });
const reachability = fc.record({ enabled: fc.boolean(), integrators: fc.array(count, { maxLength: 5 }) });

const receipt: fc.Arbitrary<Receipt> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('delivered' as const, 'read' as const, 'played' as const),
    more: fc.array(text, { maxLength: 4 }),
  }),
  fc.record({
    kind: kind('retry'),
    count,
    messageId: text,
    messageTime: maybe(fc.maxSafeNat()),
    error: maybe(count),
    registration,
    keys: maybe(keysAlone),
  }),
  fc.record({ kind: kind('server-error') }),
  fc.record({ kind: kind('other'), type: word }),
);

export const askings: fc.Arbitrary<Asking> = fc.oneof(
  fc.record({
    kind: kind('upload-keys'),
    registration,
    identity: bytes(32),
    prekeys: fc.array(prekey, { maxLength: 4 }),
    signed,
  }),
  fc.record({ kind: kind('rotate-signed-key'), signed }),
  fc.record({ kind: kind('fetch-keys'), of: fc.array(someAddress, { maxLength: 4 }) }),
  fc.constantFrom(
    { kind: 'count-keys' } as const,
    { kind: 'key-digest' } as const,
    { kind: 'ping' } as const,
    { kind: 'integrators' } as const,
    { kind: 'reachability' } as const,
    { kind: 'blocklist' } as const,
    { kind: 'delete-account' } as const,
  ),
  fc.record({ kind: kind('take-messages'), active: fc.boolean() }),
  fc.record({
    kind: fc.constantFrom('opt-in' as const, 'opt-out' as const),
    integrators: fc.array(count, { maxLength: 4 }),
  }),
  fc.record({ kind: kind('look-up'), wanted: fc.array(wanted, { maxLength: 4 }) }),
  fc.record({ kind: kind('set-reachability'), reachability }),
  fc.record({ kind: fc.constantFrom('block' as const, 'unblock' as const), who: someAddress }),
  fc.record({
    kind: kind('other'),
    type: fc.constantFrom('get' as const, 'set' as const),
    xmlns: word,
    content: otherContent,
  }),
);

/** Answers, each with the kind of question that it answers. */
export const answers: fc.Arbitrary<readonly [Asking['kind'], Answer]> = fc.oneof(
  fc.tuple(kind('ping'), fc.record({ kind: kind('done') })),
  fc.tuple(kind('count-keys'), fc.record({ kind: kind('key-count'), count })),
  fc.tuple(
    kind('fetch-keys'),
    fc.record({
      kind: kind('keys'),
      of: fc.array(
        fc.oneof(
          fc.record({ kind: kind('keys'), of: someAddress, keys: bundle }),
          fc.record({ kind: kind('refused'), of: someAddress, error: refusal }),
        ),
        { maxLength: 3 },
      ),
    }),
  ),
  fc.tuple(
    kind('integrators'),
    fc.record({
      kind: kind('integrators'),
      integrators: fc.array(
        fc.record({
          id: count,
          name: maybe(text),
          state: fc.constantFrom('active' as const, 'onboarding' as const, 'removed' as const),
          identifierType: fc.constantFrom('email' as const, 'pn' as const, 'username' as const),
          optedIn: fc.boolean(),
          groups: fc.boolean(),
        }),
        { maxLength: 3 },
      ),
    }),
  ),
  fc.tuple(
    kind('look-up'),
    fc.record({
      kind: kind('found'),
      users: fc.array(
        fc.oneof(
          fc.record({ kind: kind('found'), wanted, address: someAddress, normalized: maybe(text) }),
          fc.record({ kind: kind('refused'), wanted, error: refusal }),
        ),
        { maxLength: 3 },
      ),
    }),
  ),
  fc.tuple(kind('reachability'), fc.record({ kind: kind('reachability'), reachability })),
  fc.tuple(
    kind('blocklist'),
    fc.record({ kind: kind('blocklist'), blocked: fc.array(someAddress, { maxLength: 4 }) }),
  ),
);

const signals: fc.Arbitrary<Stanza> = fc.oneof(
  fc.record({
    kind: kind('chatstate'),
    from: envelope.from,
    to: envelope.to,
    participant: envelope.participant,
    state: fc.constantFrom('composing' as const, 'recording' as const, 'paused' as const),
  }),
  fc.record({
    kind: kind('presence'),
    from: envelope.from,
    to: envelope.to,
    type: maybe(fc.constantFrom('available' as const, 'unavailable' as const, 'subscribe' as const)),
    name: maybe(text),
    last: maybe(text),
  }),
  fc.record({ kind: kind('success'), time: maybe(fc.maxSafeNat()), location: maybe(text) }),
  fc.record({ kind: kind('failure'), reason: count, location: maybe(text), expire: maybe(fc.maxSafeNat()) }),
  fc.record({
    kind: kind('stream-error'),
    code: maybe(count),
    about: fc.oneof(
      fc.record({ kind: kind('conflict'), type: maybe(word) }),
      fc.record({ kind: kind('other'), tag: maybe(word) }),
    ),
  }),
  fc.record({ kind: kind('stream-end') }),
  fc.record({ kind: kind('unknown'), node: word.map((tag) => makeNode(tag, { id: tag })) }),
);

export const stanzas: fc.Arbitrary<Stanza> = fc.oneof(
  fc.record({
    kind: kind('message'),
    id: text,
    ...envelope,
    type: maybe(word),
    notify: maybe(text),
    offline: maybe(fc.maxSafeNat()),
    edit: maybe(word),
    sealed: fc.array(
      fc.record({
        type: fc.constantFrom(...sealedTypes),
        ciphertext: fc.uint8Array({ minLength: 1, maxLength: 400 }),
        mediaType: maybe(word),
        count: maybe(count),
        decryptFail: maybe(word),
      }),
      { maxLength: 3 },
    ),
    body: maybe(fc.string({ unit: 'grapheme', maxLength: 200 })),
    unavailable: fc.boolean(),
  }),
  fc.record({ kind: kind('receipt'), id: text, ...envelope, offline: maybe(count), about: receipt }),
  fc.record({ kind: kind('ack'), id: text, ...envelope, of: word, type: maybe(word), error: maybe(count) }),
  fc.record({
    kind: kind('iq'),
    id: text,
    from: envelope.from,
    to: envelope.to,
    body: fc.oneof(
      fc.record({ kind: kind('ask'), ask: askings }),
      fc.record({ kind: kind('result'), content: otherContent }),
      fc.record({ kind: kind('error'), code: count, text: maybe(text) }),
    ),
  }),
  fc.record({
    kind: kind('ib'),
    from: envelope.from,
    about: fc.oneof(
      fc.record({
        kind: fc.constantFrom('offline-end' as const, 'offline-preview' as const, 'offline-batch' as const),
        count,
      }),
      fc.record({ kind: kind('dirty'), type: word, timestamp: maybe(fc.maxSafeNat()) }),
      fc.record({ kind: kind('routing'), info: fc.uint8Array({ minLength: 1, maxLength: 40 }) }),
      fc.record({ kind: kind('other'), content: otherContent }),
    ),
  }),
  fc.record({
    kind: kind('notification'),
    id: text,
    ...envelope,
    offline: maybe(count),
    about: fc.oneof(
      fc.record({ kind: kind('prekeys-left'), count }),
      fc.record({ kind: kind('identity-changed') }),
      fc.record({ kind: kind('other'), type: word, content: otherContent }),
    ),
  }),
  signals,
);
