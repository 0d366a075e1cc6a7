import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failedForNow, type Failed } from '../../../../src/core/outcome.ts';
import { deviceRequests } from '../../../../src/matrix/crypto/device-requests.ts';
import {
  CannotSeal,
  guestPrefix,
  Guests,
  type GuestsDeps,
  type Standing,
} from '../../../../src/matrix/crypto/guests.ts';
import type { Credential, MatrixRequest } from '../../../../src/matrix/request.ts';
import { FakeEngine, troubled } from '../../../support/fake-engine.ts';
import { RecordingLog } from '../../../support/recording-log.ts';
import { alice, bot, ghost, isOwn, sealingScene } from '../../../support/sealing-parts.ts';

const registration: Credential = { kind: 'registration', token: 'of the registration' };
const token: Credential = { kind: 'token', token: 'of alice' };
const prefix = guestPrefix('KEYS', 'causeway');
const as = (credential: Credential) => ({ userId: alice, deviceId: 'D', credential });

/** Guests before a homeserver that has devices, and answers tokens with their device. */
function scene(more: Partial<GuestsDeps> = {}) {
  const engine = new FakeEngine();
  const there = new Set<string>(['PHONE']);
  const asked: string[] = [];
  const parts = {
    standing: registration as Standing,
    away: false,
    tokenDevice: 'TOKEN' as string | undefined,
  };
  const request = async ({ method, path, as: by }: MatrixRequest) => {
    asked.push(`${method} ${path} ${by?.credential?.kind ?? ''}`);
    if (parts.away) return failedForNow('link-down');
    const id = decodeURIComponent(path.split('/').at(-1) ?? '');
    if (method === 'PUT') there.add(id);
    if (method === 'DELETE') there.delete(id);
    const devices = [...there].map((one) => ({ device_id: one }));
    const whoami = { user_id: alice, device_id: parts.tokenDevice };
    return { kind: 'ok', body: path.endsWith('/whoami') ? whoami : { devices } } as const;
  };
  const guests = new Guests({
    ...{ engine, client: { request }, prefix, signedOnly: false, log: new RecordingLog() },
    nameFor: async () => 'a session',
    ...more,
  });
  const credential = () => (parts.standing.kind === 'off' ? undefined : parts.standing);
  guests.lend({
    of: async () => {
      const by = credential();
      return by === undefined ? undefined : as(by);
    },
    standing: async () => parts.standing,
    registration,
  });
  return { engine, there, asked, parts, guests, request };
}

async function deviceOf(guests: Guests, credential: Credential): Promise<string> {
  const found = await guests.ensure(as(credential));
  assert.ok(found.kind === 'device', JSON.stringify(found));
  assert.equal(found.device.guest, true);
  return found.device.deviceId;
}

function whyNot(found: { readonly kind: string } | Failed): unknown {
  assert.ok(found.kind === 'failed' && 'cause' in found);
  return found.cause instanceof CannotSeal ? found.cause.why : found;
}

describe("the bridge's device on the account of a user", () => {
  it('is made by the registration when it is needed, once, under a name of this bridge', async () => {
    const { guests, there, engine } = scene();
    const [first, second] = await Promise.all([
      deviceOf(guests, registration),
      deviceOf(guests, registration),
    ]);
    assert.equal(first, `${prefix}_gen`);
    assert.equal(second, first);
    assert.equal(await deviceOf(guests, registration), first);
    assert.deepEqual([...there], ['PHONE', first]);
    assert.equal(engine.of('identify').length, 1);
    assert.notEqual(guestPrefix('KEYS', 'another'), prefix);
  });

  it('is the one of the user’s own token, which nothing else is done to', async () => {
    const { guests, there, asked } = scene();
    assert.equal(await deviceOf(guests, token), 'TOKEN');
    assert.deepEqual([...there], ['PHONE']);
    assert.deepEqual(asked, ['GET /_matrix/client/v3/account/whoami token']);
  });

  it('is not used where it has the keys of a client, and that is asked once', async () => {
    for (const what of ['occupied', 'stale'] as const) {
      const { guests, engine } = scene();
      engine.troubles.set('identify', troubled({ what, retry: 'never' }));
      assert.equal(whyNot(await guests.ensure(as(token))), 'other-keys');
      assert.equal(whyNot(await guests.ensure(as(token))), 'other-keys');
      assert.equal(engine.of('identify').length, 1);
      assert.equal(await guests.hindrance(as(token)), 'other-keys');
      assert.equal(engine.of('forget').length, 1);
    }
    const without = scene();
    without.parts.tokenDevice = undefined;
    assert.equal(whyNot(await without.guests.ensure(as(token))), 'other-keys');
  });

  it('is none where only signed devices count', async () => {
    const { guests, engine } = scene({ signedOnly: true });
    assert.equal(whyNot(await guests.ensure(as(registration))), 'signed-devices');
    assert.equal(await guests.hindrance(as(registration)), 'signed-devices');
    assert.deepEqual(engine.calls, []);
  });

  it('is another one where the homeserver lost it or has other keys for it, and what was before goes', async () => {
    for (const lost of [{ errcode: 'M_UNKNOWN_DEVICE' }, { what: 'occupied' }] as const) {
      const { guests, there, engine } = scene();
      there.add(`${prefix}_old`).add(`${guestPrefix('KEYS', 'another')}_gen`);
      engine.troubles.set('identify', troubled({ retry: 'never', ...lost }));
      const device = await deviceOf(guests, registration);
      assert.match(device, /_gen_[0-9a-f]{8}$/u);
      assert.deepEqual([...there].sort(), ['PHONE', `${guestPrefix('KEYS', 'another')}_gen`, device].sort());
      assert.equal(await deviceOf(guests, registration), device);
    }
  });

  it('is another one in another generation of the store', async () => {
    const { guests, there, engine } = scene();
    await deviceOf(guests, registration);
    engine.name = 'next';
    guests.doubt(alice);
    assert.equal(await deviceOf(guests, registration), `${prefix}_next`);
    assert.deepEqual([...there], ['PHONE', `${prefix}_next`]);
    assert.equal(engine.kept.size, 1);
  });

  it('goes when the bridge no longer acts as the user, at the latest with the sweep', async () => {
    const { guests, there, engine, parts } = scene();
    await deviceOf(guests, registration);
    assert.equal(await guests.settle(alice), undefined);
    assert.equal(there.size, 2);
    parts.standing = { kind: 'off' };
    parts.away = true;
    assert.equal((await guests.settle(alice))?.retry.kind, 'later');
    assert.equal(engine.kept.size, 1);
    parts.away = false;
    assert.equal(await guests.sweep(AbortSignal.timeout(1_000)), undefined);
    assert.deepEqual([...there], ['PHONE']);
    assert.equal(engine.kept.size, 0);
  });

  it('is forgotten with its token, and goes when the user is erased', async () => {
    const { guests, there, engine, parts } = scene();
    await deviceOf(guests, token);
    parts.standing = { kind: 'token', token: token.token };
    await guests.settle(alice);
    assert.equal(engine.kept.size, 1);
    parts.standing = registration;
    await guests.settle(alice);
    assert.equal(engine.kept.size, 0);
    await deviceOf(guests, registration);
    assert.equal(await guests.erase(alice), undefined);
    assert.deepEqual([[...there], engine.kept.size], [['PHONE'], 0]);
  });

  it('is known again by its name, or as it is kept', async () => {
    const { guests } = scene();
    await deviceOf(guests, token);
    assert.equal(await guests.isOurs(alice, 'TOKEN'), true);
    assert.equal(await guests.isOurs(alice, `${prefix}_gone`), true);
    assert.equal(await guests.isOurs(alice, 'PHONE'), false);
  });
});

describe('requests of the engine as a user', () => {
  it('have the credential of the user, and a token never acts for another device', async () => {
    const { guests, parts, request } = scene();
    const by: (string | undefined)[] = [];
    const ask = deviceRequests(
      {
        request: async (one) => {
          by.push(one.as?.credential?.kind);
          return request(one);
        },
      },
      async (user, deviceId) =>
        isOwn(user) ? 'own' : ((await guests.credentialOf(user, deviceId)) ?? 'none'),
    );
    const signal = AbortSignal.timeout(1_000);
    const path = '/_matrix/client/v3/sync';
    const as = async (userId: string, deviceId: string) =>
      (await ask({ userId, deviceId }, { method: 'GET', path }, signal)).kind;
    assert.equal(await as(ghost, 'D'), 'ok');
    assert.equal(await as(bot, 'D'), 'ok');
    assert.equal(await as(alice, `${prefix}_gen`), 'ok');
    parts.standing = token;
    assert.equal(await as(alice, 'TOKEN'), 'ok');
    assert.deepEqual(by, [undefined, undefined, 'registration', 'token']);
    assert.equal(await as(alice, 'ANOTHER'), 'failed');
    parts.standing = { kind: 'off' };
    assert.equal(await as(alice, 'TOKEN'), 'failed');
    assert.equal(by.length, 4);
  });
});

describe('the identities of the bridge', () => {
  it('are never made for users, whatever is kept of them', async () => {
    const { identities, engine } = sealingScene();
    engine.kept.add(JSON.stringify({ userId: alice, deviceId: `${prefix}_old`, guest: true }));
    assert.equal(await identities.renew(AbortSignal.timeout(1_000)), undefined);
    assert.equal((await identities.ensure(alice)).kind, 'failed');
    assert.equal((await identities.reset(alice))?.kind, 'failed');
    assert.equal(await identities.erase(alice), undefined);
    assert.deepEqual(engine.calls, []);
  });
});
