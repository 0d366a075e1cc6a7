import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import * as wasm from '@matrix-org/matrix-sdk-crypto-wasm';
import fc from 'fast-check';
import { cleanKeysClaim, cleanKeysQuery } from '../../../../src/crypto/megolm/answers.ts';
import type { Device } from '../../../../src/crypto/megolm/engine.ts';
import { asObject, readObject } from '../../../../src/crypto/megolm/megolm-header.ts';
import type { OpenedEngine } from '../../../../src/crypto/megolm/open-engine.ts';
import { allDone } from '../../../../src/crypto/megolm/outgoing.ts';
import { bodyOf, lockedEvent, PaperEngines, paperRoom, sealed } from '../../../support/paper-engine.ts';

const user = '@e:y';
const own = '@a:x';
const asked = JSON.stringify({ device_keys: { [user]: [] } });

/** As it is cleaned where `user` was asked for. */
function cleanQuery(body: string, wanted = asked): string | undefined {
  return cleanKeysQuery(body, wanted, own);
}

const device = {
  user_id: user,
  device_id: 'D',
  algorithms: ['a'],
  keys: { 'ed25519:D': 'K' },
  signatures: {},
};
const fields = [
  'device_keys',
  'master_keys',
  'self_signing_keys',
  'user_signing_keys',
  'failures',
  'one_time_keys',
];

/** Names that are good or bad in each place of an answer. */
const name = fc.constantFrom(
  user,
  '@f:z',
  'x',
  '@e',
  '',
  'D',
  'y',
  'signed_curve25519:AAAA',
  ':',
  '__proto__',
  '\ud800',
);
const leaf = fc.oneof(
  fc.jsonValue({ stringUnit: 'binary' }),
  fc.constantFrom<unknown>(null, [], 'x', '\ud800', { a: '\ud800' }, device),
);
const level = (below: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(leaf, { weight: 3, arbitrary: fc.dictionary(name, below, { maxKeys: 3 }) });
const answer = fc.oneof(
  fc.json(),
  fc.string(),
  fc.dictionary(fc.constantFrom(...fields), level(level(level(leaf)))).map((value) => JSON.stringify(value)),
);

describe('what other servers answer of keys', () => {
  let machine: wasm.OlmMachine;

  before(async () => {
    await wasm.initAsync();
    machine = await wasm.OlmMachine.initialize(new wasm.UserId(own), new wasm.DeviceId('A'));
  });
  after(() => {
    machine.close();
  });

  async function query(body: string): Promise<void> {
    const { id } = machine.queryKeysForUsers([new wasm.UserId(user)]);
    await machine.markRequestAsSent(id, wasm.RequestType.KeysQuery, body);
  }
  async function claim(body: string): Promise<void> {
    await machine.markRequestAsSent('claim', wasm.RequestType.KeysClaim, body);
  }

  it('is taken by the engine once it is clean, whatever it was, and stays as it then is', async () => {
    await fc.assert(
      fc.asyncProperty(answer, async (body) => {
        const [queried, claimed] = [cleanQuery(body), cleanKeysClaim(body)];
        if (queried !== undefined) await query(queried);
        if (claimed !== undefined) await claim(claimed);
        if (queried !== undefined) assert.equal(cleanQuery(queried), queried);
        if (claimed !== undefined) assert.equal(cleanKeysClaim(claimed), claimed);
      }),
      { numRuns: 500 },
    );
  });

  it('loses the devices that have not the shape, and no others', async () => {
    for (const bad of [[], 'x', null, 5]) {
      const body = JSON.stringify({ device_keys: { '@bad:z': bad, [user]: { D: device, E: bad } } });
      await assert.rejects(query(body), /deserialization/u);
      const wanted = JSON.stringify({ device_keys: { [user]: [], '@bad:z': [], '@near:x': [], nobody: [] } });
      assert.deepEqual(JSON.parse(cleanQuery(body, wanted) ?? ''), {
        device_keys: { [user]: { D: device }, '@near:x': {} },
        master_keys: {},
        self_signing_keys: {},
        user_signing_keys: {},
        failures: { z: {} },
      });
    }
  });

  it('loses the one-time keys that have not the shape, and no others', async () => {
    const good = { 'signed_curve25519:A': { key: 'K', signatures: { [user]: {} } }, 'curve25519:B': 'K' };
    const bodies = [
      { [user]: { D: { ...good, nocolon: 'K' } } },
      { [user]: { D: { ...good, ':B': 'K' } } },
      { [user]: { D: good, E: [] } },
      { [user]: { D: good }, '@bad:z': [] },
      { [user]: { D: good }, bad: {} },
    ].map((keys) => JSON.stringify({ one_time_keys: keys }));
    for (const body of bodies) {
      await assert.rejects(claim(body), /deserialization/u);
      assert.deepEqual(JSON.parse(cleanKeysClaim(body) ?? ''), {
        one_time_keys: { [user]: { D: good } },
        failures: {},
      });
    }
  });

  it('passes as it is where it has the shape', () => {
    const queried = {
      device_keys: { [user]: { D: { ...device, unsigned: { device_display_name: 'ü' } } }, '@none:z': {} },
      master_keys: { [user]: { keys: { 'ed25519:K': 'K' } } },
      self_signing_keys: { [user]: { more: [1, null, { a: 'b' }] } },
      user_signing_keys: {},
      failures: { 'down.example': { errcode: 'M_UNKNOWN' } },
    };
    assert.equal(cleanQuery(JSON.stringify(queried)), JSON.stringify(queried));
  });

  it('is nothing where it has not even the outer shape', () => {
    const nothing = ['', 'x', 'null', '[]', '{"failures":[]}'];
    for (const body of [...nothing, '{"device_keys":7}', '{"master_keys":null}'])
      assert.equal(cleanQuery(body), undefined, body);
    for (const body of [...nothing, '{}', '{"one_time_keys":[]}'])
      assert.equal(cleanKeysClaim(body), undefined, body);
  });

  it('is bounded in depth', async () => {
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const clean = cleanQuery(`{"device_keys":{"${user}":{"D":${deep}}},"failures":{"y":${deep}}}`);
    assert.ok(clean !== undefined && clean.length < 200);
    await query(clean);
  });
});

describe('an engine that is answered what has not the shape', () => {
  const reader: Device = { userId: '@user:paper', deviceId: 'PHONE' };
  const ghost: Device = { userId: '@ghost:paper', deviceId: 'GHOST' };
  let paper: PaperEngines;

  beforeEach(async () => {
    paper = await PaperEngines.start();
  });
  afterEach(() => paper[Symbol.asyncDispose]());

  /** An engine whose homeserver says this of the users, instead of what is so; nothing where it is undefined. */
  async function toldOf(said: Readonly<Record<string, unknown>>): Promise<OpenedEngine> {
    const engine = await paper.open('bridge', {
      request: async (as, request) => {
        const answer = await paper.server.request(as, request);
        const field = request.path.endsWith('query') ? 'device_keys' : 'one_time_keys';
        if (answer.kind !== 'ok' || !/keys\/(?:query|claim)$/u.test(request.path)) return answer;
        const body = readObject(answer.body) ?? {};
        const told = { ...asObject(body[field]), ...said };
        return { ...answer, body: JSON.stringify({ ...body, [field]: told }) };
      },
    });
    await engine.identify(ghost);
    return engine;
  }

  it('seals for the others, and leaves the server that answered it alone', async () => {
    const people = await paper.open('people');
    await people.identify(reader);
    const engine = await toldOf({ '@evil:elsewhere': [] });
    const room = paperRoom('!mixed:paper', [reader.userId, '@evil:elsewhere']);
    const content = await sealed(engine, ghost, room);
    assert.equal(bodyOf(await people.open(reader, lockedEvent(ghost, room.room, '$1', content))), 'hello');
    paper.server.asked.length = 0;
    await sealed(engine, ghost, room);
    assert.deepEqual(paper.server.asked, []);
  });

  it('asks no more at once for users of whom it is told nothing', async () => {
    const silent = ['@silent:paper', '@silent:elsewhere'];
    const engine = await toldOf(Object.fromEntries(silent.map((name) => [name, undefined])));
    const room = paperRoom('!silent:paper', silent);
    paper.server.asked.length = 0;
    await sealed(engine, ghost, room);
    assert.equal(paper.server.asked.filter((line) => line.endsWith('/keys/query')).length, 1);
    paper.server.asked.length = 0;
    await sealed(engine, ghost, room);
    assert.deepEqual(paper.server.asked, []);
  });

  it('lets no request run on when another has failed', async () => {
    const ended: string[] = [];
    const slow = new Promise<void>((resolve) => {
      setTimeout(() => {
        ended.push('slow');
        resolve();
      }, 20);
    });
    await assert.rejects(
      allDone([slow, Promise.reject(new Error('first')), Promise.reject(new Error('second'))]),
      {
        message: 'first',
      },
    );
    assert.deepEqual(ended, ['slow']);
  });
});
