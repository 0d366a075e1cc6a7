import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { renderEnlistment } from '../../../../src/interop/enlistment/request.ts';
import { newCurveKeyPair } from '../../../../src/interop/noise/curve-key.ts';
import { ChatTester } from '../../../support/chat-tester.ts';
import {
  audience,
  hostScene,
  posted,
  prekeysFrom,
  requestOf,
  testPerson,
  testProvider,
  tokenFor,
  type HostScene,
} from '../../../support/host-scene.ts';
import { pairOf, part } from '../../../support/interop-tokens.ts';

const day = 86_400_000;

async function reason(scene: HostScene, ...of: Parameters<typeof requestOf>): Promise<string> {
  const answer = await scene.enlist(requestOf(...of));
  return answer.kind === 'enlisted' ? 'enlisted' : answer.reason;
}

describe("a host's enlistment", () => {
  it('gives one user one login, and tells whether the keys are the same', async () => {
    await using scene = await hostScene();
    const ann = testPerson('ann@birdy.example');
    const login = await scene.enlisted(ann);
    assert.equal(login.integrator, 12);
    assert.ok(BigInt(login.user) > 0n && Number.isSafeInteger(Number(login.user)));
    assert.deepEqual(await scene.enlisted({ ...ann, identifier: 'ANN@birdy.example' }), login);
    assert.deepEqual(await scene.enlisted({ ...testPerson('ann@birdy.example') }), login);
    assert.deepEqual(scene.listener.told, [
      `new ${login.user}`,
      `same ${login.user}`,
      `changed ${login.user}`,
    ]);
    const found = await scene.host.find(12, 'Ann@Birdy.example');
    assert.ok(!('kind' in found));
    assert.deepEqual([found.login, found.identifier], [login, 'ann@birdy.example']);
    for (const [integrator, who] of [
      [12, 'bob@birdy.example'],
      [12, 'ann'],
      [13, 'ann@birdy.example'],
    ] as const) {
      const none = await scene.host.find(integrator, who);
      assert.ok('kind' in none && none.reason === 'no-such-user');
    }
  });

  it('keeps no identifier in the clear where the database shows it', async () => {
    await using scene = await hostScene();
    await scene.enlisted(testPerson('ann@birdy.example'));
    for (const { of } of scene.records.rows.values())
      assert.ok(!`${of.collection} ${of.owner} ${of.name}`.includes('ann'), of.name);
  });

  it('closes the connection of keys that were replaced, and hands out no prekey of theirs', async () => {
    await using scene = await hostScene();
    const ann = testPerson('ann@birdy.example');
    const login = await scene.enlisted(ann);
    await using client = await ChatTester.in(scene, ann, login);
    const { identity, signed } = ann;
    const prekeys = prekeysFrom(1, 20);
    const upload = {
      kind: 'upload-keys',
      registration: 1,
      identity: identity.publicKey,
      signed,
      prekeys,
    } as const;
    assert.deepEqual(await client.ask(upload), { kind: 'done' });
    const next = testPerson('ann@birdy.example');
    await scene.enlisted(next);
    assert.deepEqual((await client.next('stream-error')).about, { kind: 'conflict', type: 'replaced' });
    await client.over();
    const keys = await scene.host.keysOf(login);
    assert.ok(!('kind' in keys));
    assert.deepEqual([keys.identity, keys.prekey], [next.identity.publicKey, undefined]);
    await using old = await ChatTester.connect(scene, ann, login);
    assert.equal((await old.next('failure')).reason, 401);
    await using now = await ChatTester.in(scene, next, login);
    assert.equal(now.isOver, false);
  });

  it('lets nobody in by a key that is replaced while it is judged', async () => {
    await using scene = await hostScene();
    const ann = testPerson('ann@birdy.example');
    const login = await scene.enlisted(ann);
    const gate = Promise.withResolvers<undefined>();
    const reached = Promise.withResolvers<undefined>();
    scene.opening = () => {
      scene.opening = async () => undefined;
      reached.resolve(undefined);
      return gate.promise;
    };
    await using early = await ChatTester.connect(scene, ann, login);
    await reached.promise;
    await scene.enlisted(testPerson('ann@birdy.example'));
    gate.resolve(undefined);
    assert.deepEqual((await early.next('stream-error')).about, { kind: 'conflict', type: 'replaced' });
    await early.over();
    await using late = await ChatTester.connect(scene, ann, login);
    assert.equal((await late.next('failure')).reason, 401);
  });

  it('takes a new signed prekey over and keeps the one-time ones, where the identity is the same', async () => {
    await using scene = await hostScene();
    const ann = testPerson('ann@birdy.example');
    const login = await scene.enlisted(ann);
    await using client = await ChatTester.in(scene, ann, login);
    const { identity, signed } = ann;
    const prekeys = prekeysFrom(1, 20);
    await client.ask({ kind: 'upload-keys', registration: 1, identity: identity.publicKey, signed, prekeys });
    await scene.enlisted({ ...ann, registration: 77 });
    const keys = await scene.host.keysOf(login);
    assert.ok(!('kind' in keys));
    assert.deepEqual([keys.registration, keys.prekey], [77, prekeys[0]]);
  });

  it('refuses tokens that are not genuine, with a reason, and counts them', async () => {
    await using scene = await hostScene();
    const ann = testPerson('ann@birdy.example');
    const who = 'ann@birdy.example';
    const claims = { iss: 'birdy', aud: audience, sub: who, exp: Math.floor(Date.now() / 1_000) + 60 };
    const publicPem = pairOf('birdy').publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const hmac = (head: object): string => {
      const signed = `${part(head)}.${part(claims)}`;
      return `${signed}.${createHmac('sha256', publicPem).update(signed).digest('base64url')}`;
    };
    const cases: readonly (readonly [string, string])[] = [
      [tokenFor(who, { exp: Math.floor(Date.now() / 1_000) - 120 }), 'bad_token'],
      [tokenFor(who, { aud: 'https://elsewhere.example' }), 'bad_token'],
      [tokenFor(who, { sub: undefined }), 'bad_token'],
      [tokenFor(who, { sub: 'not an address' }), 'bad_token'],
      [tokenFor(who, { identifier_type: 'phone' }), 'bad_token'],
      [tokenFor(who, { exp: Math.floor(Date.now() / 1_000) + 90_000 }), 'bad_token'],
      [tokenFor(who, { iss: 'nobody' }), 'bad_integrator'],
      [tokenFor(who, {}, pairOf('stranger')), 'bad_token'],
      [tokenFor(who, {}, { ...pairOf('stranger'), kid: 'birdy' }), 'bad_token'],
      [hmac({ alg: 'HS256', typ: 'JWT', kid: 'birdy' }), 'bad_token'],
      [hmac({ alg: 'none', typ: 'JWT', kid: 'birdy' }), 'bad_token'],
      [hmac({ alg: 'RS256', typ: 'JWT', kid: 'birdy' }), 'bad_token'],
    ];
    for (const [token, expected] of cases) assert.equal(await reason(scene, ann, token), expected);
    assert.deepEqual(scene.listener.told, []);
    assert.equal(scene.host.counts().get('enlistment-refused-bad_token'), 11);
    assert.equal(scene.host.counts().get('enlistment-refused-bad_integrator'), 1);
    assert.equal(scene.records.rows.size, 1);
  });

  it('refuses keys that are none, before a token is looked at', async () => {
    await using scene = await hostScene();
    const ann = testPerson('ann@birdy.example');
    const bad = { ...ann.signed, signature: new Uint8Array(64).fill(1) };
    assert.equal(await reason(scene, { ...ann, signed: bad }), 'bad_param');
    const weak = { publicKey: new Uint8Array(32), privateKey: new Uint8Array(32) };
    assert.equal(await reason(scene, { ...ann, auth: weak }), 'bad_param');
    assert.equal(await reason(scene, { ...ann, identity: newCurveKeyPair() }), 'bad_param');
    assert.equal(scene.provider.fetches, 0);
    assert.equal(scene.host.counts().get('enlistment-bad-signature'), 2);
    assert.equal(scene.host.counts().get('enlistment-weak-key'), 1);
  });

  it('refuses a provider that is switched off, and lets its users in again later', async () => {
    await using scene = await hostScene();
    const ann = testPerson('ann@birdy.example');
    const login = await scene.enlisted(ann);
    await using client = await ChatTester.in(scene, ann, login);
    scene.isOpen = false;
    scene.host.shutOut(12);
    await client.next('stream-error');
    await client.over();
    assert.equal(await reason(scene, testPerson('bob@birdy.example')), 'blocked');
    await using again = await ChatTester.connect(scene, ann, login);
    assert.equal((await again.next('failure')).reason, 406);
    assert.equal(await scene.host.account(login), undefined);
    const found = await scene.host.find(12, ann.identifier);
    assert.ok('kind' in found && found.reason === 'shut-out');
    scene.isOpen = true;
    await using back = await ChatTester.in(scene, ann, login);
    assert.equal(back.isOver, false);
  });

  it('bounds how often one address and one provider enlist, and how many there may be', async () => {
    const once = { perSecond: 0.01, burst: 2 };
    {
      await using scene = await hostScene({ limits: { enlistmentsOfAddress: once } });
      for (const expected of ['enlisted', 'enlisted', 'too_many'])
        assert.equal(await reason(scene, testPerson('ann@birdy.example')), expected);
    }
    {
      await using scene = await hostScene({ limits: { enlistmentsOfProvider: once } });
      const junk = renderEnlistment(requestOf(testPerson('ann@birdy.example'), tokenFor('x', { exp: 1 })));
      for (let at = 0; at < 5; at++) assert.equal((await posted(scene.url, junk)).kind, 'refused');
      for (const expected of ['enlisted', 'enlisted', 'too_many'])
        assert.equal(await reason(scene, testPerson('ann@birdy.example')), expected);
    }
    await using scene = await hostScene({ limits: { mostAccounts: 1 } });
    assert.equal(await reason(scene, testPerson('ann@birdy.example')), 'enlisted');
    assert.equal(await reason(scene, testPerson('bob@birdy.example')), 'too_many');
    assert.equal(await reason(scene, testPerson('ann@birdy.example')), 'enlisted');
  });

  it('knows who enlists behind a proxy on the same machine', async () => {
    await using scene = await hostScene({ limits: { enlistmentsOfAddress: { perSecond: 0.01, burst: 1 } } });
    const body = renderEnlistment(requestOf(testPerson('ann@birdy.example')));
    const said: string[] = [];
    for (const from of ['198.51.100.1', '198.51.100.2', '203.0.113.9, 198.51.100.1']) {
      const answer = await posted(scene.url, body, { 'x-forwarded-for': from });
      said.push(answer.kind === 'enlisted' ? 'enlisted' : answer.reason);
    }
    assert.deepEqual(said, ['enlisted', 'enlisted', 'too_many']);
  });

  it('lets a provider whose keys are slow hold up so many and no more', async () => {
    await using provider = await testProvider();
    const gate = Promise.withResolvers<undefined>();
    provider.slow = () => gate.promise;
    await using scene = await hostScene({ provider, limits: { enlistmentsAtOnce: 3 } });
    const asked = Array.from({ length: 3 }, (_, at) => reason(scene, testPerson(`p${at}@birdy.example`)));
    while (provider.fetches === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(await reason(scene, testPerson('q@birdy.example')), 'temporarily_unavailable');
    gate.resolve(undefined);
    assert.deepEqual(await Promise.all(asked), ['enlisted', 'enlisted', 'enlisted']);
    assert.equal(provider.fetches, 1);
  });

  it('answers that it is enlisted only once the listener has taken it, and tells it again where it has not', async () => {
    await using scene = await hostScene();
    const ann = testPerson('ann@birdy.example');
    const { enlisted } = scene.listener;
    scene.listener.enlisted = async () => {
      throw new Error('not now');
    };
    assert.equal(await reason(scene, ann), 'temporarily_unavailable');
    scene.listener.enlisted = enlisted;
    const login = await scene.enlisted(ann);
    assert.deepEqual(scene.listener.told, [`new ${login.user}`]);
  });

  it('tells after a restart what was not taken before it', async () => {
    await using scene = await hostScene();
    scene.listener.enlisted = async () => {
      throw new Error('not now');
    };
    await reason(scene, testPerson('ann@birdy.example'));
    await scene.host[Symbol.asyncDispose]();
    await using again = await hostScene({ records: scene.records, provider: scene.provider });
    for (let tries = 0; again.listener.told.length === 0 && tries < 100; tries++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.match(again.listener.told.join(), /^new [0-9]+$/);
  });

  it('takes an account away: by its user, by the bridge, and when it was not seen for 30 days', async () => {
    let offset = 0;
    await using scene = await hostScene({ now: () => Date.now() + offset });
    const people = ['ann', 'bob', 'cat', 'dan'].map((name) => testPerson(`${name}@birdy.example`));
    const logins = await Promise.all(people.map((one) => scene.enlisted(one)));
    const [ann, , , dan] = people;
    const [anns, bobs, cats, dans] = logins;
    assert.ok(ann && dan && anns && bobs && cats && dans);
    scene.listener.told = [];
    await using client = await ChatTester.in(scene, ann, anns);
    assert.deepEqual(await client.ask({ kind: 'delete-account' }), { kind: 'done' });
    const end = await client.next('stream-error');
    assert.deepEqual([end.code, end.about], [401, { kind: 'conflict', type: 'device_removed' }]);
    await client.over();
    await scene.host.remove(bobs);
    assert.deepEqual(scene.listener.told, [`deleted ${anns.user}`, `removed ${bobs.user}`]);
    await using here = await ChatTester.in(scene, dan, dans);
    offset = 29 * day;
    await scene.host.sweep();
    assert.ok(await scene.host.account(cats));
    offset = 30 * day + 60_000;
    await scene.host.sweep();
    assert.deepEqual(scene.listener.told.slice(2), [`unseen ${cats.user}`]);
    assert.ok(await scene.host.account(dans));
    for (const login of [anns, bobs, cats]) assert.equal(await scene.host.account(login), undefined);
    const owners = [...scene.records.rows.values()].map(({ of }) => of.owner);
    assert.deepEqual([...new Set(owners)].toSorted(), ['', dans.user].toSorted());
    assert.equal(here.isOver, false);
  });

  it('gives who comes back after a deletion another login', async () => {
    await using scene = await hostScene();
    const ann = testPerson('ann@birdy.example');
    const login = await scene.enlisted(ann);
    await scene.host.remove(login);
    assert.notDeepEqual(await scene.enlisted(ann), login);
  });

  it('serves nothing before it is started', async () => {
    await using scene = await hostScene({ start: false });
    for (const path of ['/3p/interop_reg', '/.well-known/oauth/openid/jwks', '/v/tx'])
      assert.equal((await fetch(`${scene.url}${path}`)).status, 503);
    await scene.host.start(scene.listener);
    const served = await fetch(`${scene.url}/.well-known/oauth/openid/jwks`);
    assert.match(await served.text(), /"keys":\[\{"kty":"RSA"/);
    assert.equal((await fetch(`${scene.url}/v/tx`)).status, 404);
    assert.equal((await fetch(`${scene.url}/`)).status, 404);
  });
});
