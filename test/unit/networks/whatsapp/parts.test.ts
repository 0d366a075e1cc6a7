import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasAddress } from '../../../../src/core/private-address.ts';
import { matrixUserId, networkId, remoteChatId, remoteUserId } from '../../../../src/core/ids.ts';
import type { Health } from '../../../../src/core/network.ts';
import { parseAddress } from '../../../../src/interop/node/address.ts';
import { encodeMessage } from '../../../../src/interop/message/protobuf.ts';
import { pad } from '../../../../src/interop/message/padding.ts';
import { stanzaFacts } from '../../../../src/interop/message/stanza-facts.ts';
import { capabilities as ofHost } from '../../../../src/networks/thirdparty/capabilities.ts';
import { capabilities as ofPartner } from '../../../../src/networks/whatsapp/capabilities.ts';
import { newCurveKeyPair } from '../../../../src/interop/noise/curve-key.ts';
import { featureLevels, featureMarks } from '../../../../src/interop/profile/features-profile.ts';
import { operatorSentence, rootsOf, whatsappConfig } from '../../../../src/networks/whatsapp/config.ts';
import { openArrival } from '../../../../src/networks/whatsapp/from-remote.ts';
import { identifierOf } from '../../../../src/networks/whatsapp/identifiers.ts';
import { addressIn, isPersonId, personAt } from '../../../../src/networks/whatsapp/ids.ts';
import { networkHealth } from '../../../../src/networks/whatsapp/link-health.ts';
import { MemberRecords, type Membership } from '../../../../src/networks/whatsapp/member-record.ts';
import { Persons } from '../../../../src/networks/whatsapp/persons.ts';
import { Stay } from '../../../../src/networks/whatsapp/stay.ts';
import { Unread } from '../../../../src/networks/whatsapp/unread.ts';
import { MemoryRecords } from '../../../support/memory-records.ts';

const key = new Uint8Array(32).fill(1);
const id = networkId('whatsapp');
const alice = matrixUserId('@alice:example.org');
const minimal = {
  public_url: 'https://bridge.example.org',
  integrator: 12,
  push_jwks_url: 'https://whatsapp.example/jwks',
  custody: 'self',
};

test('keys of other people are held only by who says so in the words that are asked for', () => {
  const operator = { ...minimal, custody: 'operator' };
  for (const operator_override of [undefined, 'yes', operatorSentence.toLowerCase()]) {
    const parsed = whatsappConfig.safeParse({ ...operator, operator_override });
    assert.equal(parsed.success, false);
    assert.match(parsed.error.issues[0]?.message ?? '', /operator_override/);
  }
  assert.equal(whatsappConfig.safeParse({ ...operator, operator_override: operatorSentence }).success, true);
});

test('addresses without TLS are refused but for trusted hosts', () => {
  for (const one of ['public_url', 'enlist_url', 'media_url', 'push_jwks_url'])
    assert.equal(whatsappConfig.safeParse({ ...minimal, [one]: 'http://x.example' }).success, false, one);
  assert.equal(whatsappConfig.safeParse({ ...minimal, chat_url: 'ws://x.example/' }).success, false);
  const trusted_hosts = ['x.example'];
  assert.equal(
    whatsappConfig.safeParse({ ...minimal, chat_url: 'ws://x.example/', trusted_hosts }).success,
    true,
  );
  assert.equal(rootsOf(whatsappConfig.parse(minimal)).length, 1);
});

test('ids of people have no number in them, whatever address they stand for', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[1-9][0-9]{6,14}$/), (number) => {
      const parsed = parseAddress(`${number}@s.whatsapp.net`);
      assert.ok(parsed !== undefined);
      const person = personAt(parsed, key);
      assert.ok(person?.isHidden === true && !person.id.includes(number) && isPersonId(person.id));
      assert.equal(addressIn(person.id), undefined);
      assert.equal(personAt(parsed, key)?.id, person.id);
      assert.notEqual(personAt(parsed, new Uint8Array(32))?.id, person.id);
    }),
  );
});

test('a person is the same on every device, and groups, servers and partners are nobody', () => {
  const at = (text: string): string | undefined => {
    const address = parseAddress(text);
    return address && personAt(address, key)?.id;
  };
  assert.equal(at('123456@lid'), '123456');
  assert.equal(at('123456:7@lid'), '123456');
  assert.equal(at('49151:3@s.whatsapp.net'), at('49151@s.whatsapp.net'));
  for (const nobody of ['123@g.us', 's.whatsapp.net', '12-34@interop', 'status@broadcast', '1@newsletter'])
    assert.equal(at(nobody), undefined, nobody);
});

test('people are remembered with their names, and hidden ones found back by their ids', async () => {
  const records = new MemoryRecords();
  const renamed: string[] = [];
  const open = (): Persons =>
    new Persons({ id, records, key, now: () => 1, renamed: (person) => void renamed.push(person) });
  const persons = open();
  const address = parseAddress('4915112345678@s.whatsapp.net');
  assert.ok(address !== undefined);
  const person = persons.at(address);
  assert.ok(person !== undefined);
  assert.equal(await persons.addressOf(person.id), undefined);
  await persons.met(person, undefined);
  await persons.met(person, '  Bob ');
  await persons.met(person, 'Bob');
  await persons.met(person, undefined);
  const again = open();
  assert.deepEqual(await again.find(person.id), { address, name: 'Bob' });
  assert.deepEqual(renamed, [person.id]);
  for (const { of } of records.rows.values()) assert.equal(hasAddress(JSON.stringify(of)), false);
});

test('users are known by an address of their own domain, or by their name, in one form', () => {
  const of = (user: string, type: 'email' | 'username'): string | undefined =>
    identifierOf(matrixUserId(user), type, 'example.org');
  assert.equal(of('@alice:example.org', 'email'), 'alice@example.org');
  assert.equal(of('@Alice:example.org', 'username'), 'alice');
  assert.equal(of('@alice:elsewhere.org', 'email'), undefined);
  assert.equal(of('@a(b:example.org', 'email'), undefined);
});

test('memberships are kept as they are', async () => {
  const keys = newCurveKeyPair();
  const login = { integrator: 12, user: '77' };
  const all: readonly Membership[] = [
    { kind: 'wanted', keys, before: undefined },
    { kind: 'wanted', keys, before: login },
    { kind: 'enlisted', keys, login, at: 5 },
    { kind: 'refused', reason: 'blocked', at: 5 },
    { kind: 'leaving', keys, login, since: 5, then: 'forgotten' },
    { kind: 'unlinked' },
  ];
  for (const membership of all) {
    const kept = new MemberRecords(id, new MemoryRecords(), () => 1);
    await kept.put(alice, membership);
    assert.deepEqual([...(await kept.all())], [[alice, membership]]);
    await kept.remove(alice);
    assert.equal((await kept.all()).size, 0);
  }
});

test('whatever was kept, an arrival opens to one event or one reason', () => {
  const message = fc.record({
    kind: fc.constant('message'),
    padded: fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('base64')),
      fc
        .string()
        .map((text) => Buffer.from(pad(encodeMessage({ conversation: text }), 3)).toString('base64')),
      fc.string(),
    ),
    id: fc.string({ maxLength: 40 }),
    from: fc.string({ maxLength: 40 }),
    self: fc.string({ maxLength: 40 }),
  });
  const raw = fc.oneof(
    fc.string(),
    fc.json(),
    message.map((one) => JSON.stringify(one)),
  );
  let events = 0;
  fc.assert(
    fc.property(raw, (text) => {
      const opened = openArrival(
        {
          ...{ outerId: 'x', chat: remoteChatId('1'), sender: remoteUserId('1'), receiver: alice },
          ...{ at: 0, raw: text },
        },
        'cause',
        { file: () => () => assert.fail('nothing is fetched'), key },
      );
      assert.ok(['event', 'ignored', 'unsupported'].includes(opened.kind));
      if (opened.kind === 'event') events += 1;
    }),
    { numRuns: 10_000 },
  );
  assert.ok(events > 500, String(events));
});

test('what a stanza says of its message is the kind of its content', () => {
  assert.deepEqual(stanzaFacts({ conversation: 'x' }), {
    type: 'text',
    mediaType: undefined,
    edit: undefined,
  });
  assert.deepEqual(stanzaFacts({ audioMessage: { ptt: true } }).mediaType, 'ptt');
  assert.deepEqual(stanzaFacts({ reactionMessage: {} }).type, 'reaction');
  assert.deepEqual(stanzaFacts({ protocolMessage: { type: 14 } }).edit, '1');
  assert.deepEqual(stanzaFacts({ protocolMessage: { type: 0 } }).edit, '7');
});

test('each feature has a mark', () => {
  assert.deepEqual(Object.keys(featureLevels).sort(), Object.keys(featureMarks).sort());
  assert.equal(featureLevels.sticker, 'none');
  assert.equal(featureLevels.disappearing, 'none');
});

test('third-party chats carry the same at both of their ends', () => {
  assert.deepEqual(ofHost({ maxMediaBytes: 5 }), ofPartner(5));
});

test('the network is up where anybody gets through, or nobody wants to', () => {
  const start: Health = { kind: 'up', since: 1 };
  const up: Health = { kind: 'up', since: 2 };
  const down: Health = { kind: 'down', since: 2, reason: 'link-down' };
  const connecting: Health = { kind: 'connecting', since: 2, reason: undefined };
  assert.equal(networkHealth([], start, 9), start);
  assert.equal(networkHealth([down, up], start, 9), start);
  assert.deepEqual(networkHealth([down, down], start, 9), { kind: 'down', since: 9, reason: 'link-down' });
  assert.deepEqual(networkHealth([down, connecting], start, 9).kind, 'connecting');
  const before = networkHealth([down], start, 9);
  assert.equal(networkHealth([down], before, 20), before);
  assert.deepEqual(networkHealth([up], before, 20), { kind: 'up', since: 20 });
});

test('a receipt names what was read and what came before it, once', () => {
  const unread = new Unread();
  const bob = remoteUserId('1');
  for (const one of ['a', 'b', 'c', 'b']) unread.add(alice, bob, one);
  assert.deepEqual(unread.take(alice, bob, 'b'), ['a', 'b']);
  assert.deepEqual(unread.take(alice, bob, 'c'), ['c']);
  assert.deepEqual(unread.take(alice, bob, 'never seen'), ['never seen']);
});

test('a connection stays as its custody says', async () => {
  const happened: string[] = [];
  const events = { wake: () => void happened.push('wake'), rest: () => void happened.push('rest') };
  const own = new Stay({ activeMs: undefined, ...events });
  own.begin();
  own.drained();
  assert.deepEqual([own.isWanted, happened.splice(0)], [true, ['wake']]);
  own.bar(true);
  own.active();
  assert.deepEqual([own.isWanted, happened.splice(0)], [false, ['rest']]);
  own.bar(false);
  assert.deepEqual([own.isWanted, happened.splice(0)], [true, ['wake']]);

  const others = new Stay({ activeMs: 40, ...events });
  others.begin();
  assert.deepEqual([others.isWanted, happened.splice(0)], [false, []]);
  others.active();
  assert.deepEqual([others.isWanted, happened.splice(0)], [true, ['wake']]);
  await new Promise((resolve) => setTimeout(resolve, 80));
  assert.deepEqual([others.isWanted, happened.splice(0)], [false, ['rest']]);
  others.pushed();
  await new Promise((resolve) => setTimeout(resolve, 80));
  assert.deepEqual([others.isWanted, happened.splice(0)], [true, ['wake']]);
  others[Symbol.dispose]();
  own[Symbol.dispose]();
});
