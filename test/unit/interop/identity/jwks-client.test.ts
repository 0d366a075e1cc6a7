import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import express from 'express';
import {
  boundedAsker,
  usualBounds,
  type Answered,
  type NoAnswer,
} from '../../../../src/interop/identity/bounded-request.ts';
import { createJwksClient, usualJwksPolicy } from '../../../../src/interop/identity/jwks-client.ts';
import { jwksRouter } from '../../../../src/interop/identity/jwks-router.ts';
import { openSigningKeys } from '../../../../src/interop/identity/signing-keys.ts';
import { identityProfile } from '../../../../src/interop/profile/identity-profile.ts';
import { listening } from '../../../support/listening.ts';
import { verifyToken, type TokenKeys } from '../../../../src/interop/identity/token.ts';
import { jwkOf, pairOf, setOf } from '../../../support/interop-tokens.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

const [old, fresh] = [pairOf('good'), pairOf('other')];
const url = 'https://provider.example/keys';
const down: NoAnswer = { kind: 'failed', reason: 'unreachable', text: 'down' };

/** A provider whose answer can be changed, and a clock. */
class Scene {
  clock = 1_000_000;
  asked: string[] = [];
  answer: Answered | NoAnswer = answered(old);
  hold: Promise<void> = Promise.resolve();
  readonly log = new RecordingLog();
  readonly client = createJwksClient({
    ask: async (request) => {
      this.asked.push(request.url);
      await this.hold;
      return this.answer;
    },
    log: this.log,
    now: () => this.clock,
  });
  readonly keys: TokenKeys = this.client.keysOf(url);

  async find(kid: string | undefined): Promise<string> {
    const found = await this.keys.find(kid);
    return found.kind === 'keys' ? String(found.keys.length) : found.reason;
  }
}
function answered(...pairs: readonly (typeof old)[]): Answered {
  return { kind: 'answered', status: 200, headers: {}, body: setOf(...pairs.map(jwkOf)) };
}

describe("a provider's keys", () => {
  it('are fetched once and kept for as long as usual', async () => {
    const scene = new Scene();
    for (const kid of ['good', 'good', undefined]) assert.equal(await scene.find(kid), '1');
    scene.clock += usualJwksPolicy.freshMs.usual - 1;
    assert.equal(await scene.find('good'), '1');
    assert.equal(scene.asked.length, 1);
    scene.clock += 1;
    await scene.find('good');
    assert.equal(scene.asked.length, 2);
  });

  it('are kept as their sender says, within bounds', async () => {
    const kept = async (header: string, ms: number): Promise<number> => {
      const scene = new Scene();
      scene.answer = { ...answered(old), headers: { 'cache-control': header } };
      await scene.find('good');
      scene.clock += ms;
      await scene.find('good');
      return scene.asked.length;
    };
    assert.equal(await kept('public, max-age=120', 119_000), 1);
    assert.equal(await kept('public, max-age=120', 120_000), 2);
    assert.equal(await kept('max-age=0', 59_000), 1);
    assert.equal(await kept('no-store', 60_000), 2);
    assert.equal(await kept('max-age=999999999', 3_599_000), 1);
    assert.equal(await kept('max-age=999999999', 3_600_000), 2);
    assert.equal(await kept('s-max-age=9, nonsense', 599_000), 1);
  });

  it('are fetched by one request at a time, for all who wait', async () => {
    const scene = new Scene();
    const gate = Promise.withResolvers<undefined>();
    scene.hold = gate.promise;
    const asking = Array.from({ length: 50 }, () => scene.find('good'));
    const unknown = scene.find('never');
    gate.resolve(undefined);
    assert.deepEqual(new Set(await Promise.all(asking)), new Set(['1']));
    assert.equal(await unknown, 'unknown-key');
    assert.equal(scene.asked.length, 1);
  });

  it('that are new are found by asking again', async () => {
    const scene = new Scene();
    await scene.find('good');
    scene.answer = answered(old, fresh);
    assert.equal(await scene.find('other'), '1');
    assert.equal(scene.asked.length, 2);
  });

  it('that nobody has cause no flood of requests', async () => {
    const scene = new Scene();
    await scene.find('good');
    for (let kid = 0; kid < 1_000; kid++) assert.equal(await scene.find(`random ${kid}`), 'unknown-key');
    assert.equal(scene.asked.length, 1 + usualJwksPolicy.unknown.burst);
    scene.clock += usualJwksPolicy.unknown.everyMs;
    await scene.find('random');
    await scene.find('random');
    assert.equal(scene.asked.length, 2 + usualJwksPolicy.unknown.burst);
    assert.equal(await scene.find('good'), '1');
  });

  it('are used on for a bounded time while the provider is away', async () => {
    const scene = new Scene();
    await scene.find('good');
    scene.answer = down;
    scene.clock += usualJwksPolicy.freshMs.usual;
    assert.equal(await scene.find('good'), '1');
    assert.equal(await scene.find('other'), 'keys-unavailable');
    scene.clock += usualJwksPolicy.staleMs;
    assert.equal(await scene.find('good'), '1');
    scene.clock += 1;
    assert.equal(await scene.find('good'), 'keys-unavailable');
    scene.answer = answered(old);
    scene.clock += usualJwksPolicy.backOffMs.last;
    assert.equal(await scene.find('good'), '1');
  });

  it('keep nobody waiting who can be served, once the provider is known to be away', async () => {
    const scene = new Scene();
    await scene.find('good');
    scene.answer = down;
    scene.clock += usualJwksPolicy.freshMs.usual;
    await scene.find('good');
    scene.clock += usualJwksPolicy.backOffMs.last;
    const gate = Promise.withResolvers<undefined>();
    scene.hold = gate.promise;
    assert.equal(await scene.find('good'), '1');
    assert.equal(scene.asked.length, 3);
    gate.resolve(undefined);
  });

  it('are asked for ever more rarely while that fails', async () => {
    const scene = new Scene();
    scene.answer = down;
    const began = scene.clock;
    for (; scene.clock < began + 3_600_000; scene.clock += 500) await scene.find('good');
    // 1 + 2 + 4 … seconds up to five minutes: nine doublings, and then twelve an hour.
    assert.ok(scene.asked.length > 15 && scene.asked.length < 25, String(scene.asked.length));
  });

  it('that cannot be read are as an absence', async () => {
    const bad: (Answered | NoAnswer)[] = [
      { kind: 'answered', status: 200, headers: {}, body: Buffer.from('<html>') },
      { kind: 'answered', status: 404, headers: {}, body: setOf(jwkOf(old)) },
      { kind: 'failed', reason: 'redirected', text: '' },
    ];
    for (const answer of bad) {
      const scene = new Scene();
      scene.answer = answer;
      assert.equal(await scene.find('good'), 'keys-unavailable');
      assert.equal(scene.log.lines.length, 1);
      assert.ok(!JSON.stringify(scene.log.lines).includes('provider.example'));
    }
  });

  it('that were all taken back are gone at once', async () => {
    const scene = new Scene();
    await scene.find('good');
    scene.answer = answered();
    scene.clock += usualJwksPolicy.freshMs.usual;
    assert.equal(await scene.find('good'), 'unknown-key');
  });

  it('of more providers than are remembered are fetched again', async () => {
    const scene = new Scene();
    for (let at = 0; at <= usualJwksPolicy.maxProviders; at++)
      await scene.client.keysOf(`https://p${at}.example/`).find('good');
    const before = scene.asked.length;
    await scene.client.keysOf('https://p0.example/').find('good');
    await scene.client.keysOf(`https://p${usualJwksPolicy.maxProviders}.example/`).find('good');
    assert.equal(scene.asked.length, before + 1);
  });

  it('are found over HTTP where the other side serves them, through a rotation', async () => {
    const log = new RecordingLog();
    let clock = 1_790_000_000_000;
    const [store, now] = [{ load: async () => [], save: async () => undefined }, (): number => clock];
    const hour = 3_600_000;
    const policy = { rotateAfterMs: 100 * hour, leadMs: 2 * hour, tokenLifeMs: hour, skewMs: 0 };
    const pems = [old.pem, fresh.pem];
    const generate = async (): Promise<string> => pems.shift() ?? old.pem;
    const own = await openSigningKeys(store, { policy, log, now, generate });
    await using at = await listening(express().use(jwksRouter(own)));
    await using asker = boundedAsker({ ...usualBounds, allowHttp: true });
    const keys = createJwksClient({ ask: asker.ask, log, now }).keysOf(
      `${at.url}${identityProfile.jwksPath}`,
    );
    const expected = { keys, issuer: 'p', audience: ['h'], longestLifeMs: hour, skewMs: 0, now };
    for (const hours of [0, 98, 1, 1, 1]) {
      clock += hours * hour;
      const token = await own.sign({ iss: 'p', aud: 'h' }, hour);
      assert.equal((await verifyToken(token, expected)).kind, 'verified');
    }
    assert.equal(pems.length, 0);
  });
});
