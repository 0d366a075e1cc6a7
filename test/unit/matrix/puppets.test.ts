import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matrixUserId, networkId } from '../../../src/core/ids.ts';
import { failedForNow } from '../../../src/core/outcome.ts';
import { alice, asToken, puppetParts, refusal } from '../../support/puppet-parts.ts';

const xmpp = networkId('xmpp');
const byRegistration = {
  userId: alice,
  deviceId: 'CAUSEWAY',
  credential: { kind: 'registration', token: asToken },
} as const;
const whoami = (user: string) => () => ({ kind: 'ok', body: { user_id: user } }) as const;

describe('as whom the bridge may act', () => {
  it('is each user of its own homeserver, where a second registration is there and they do nothing', async () => {
    const { puppets } = puppetParts();
    assert.deepEqual(await puppets.of(alice), byRegistration);
    assert.deepEqual(await puppets.state(alice), {
      kind: 'on',
      by: 'registration',
      encrypted: 'no-encryption',
    });
    const stranger = matrixUserId('@alice:other.test');
    assert.equal(await puppets.of(stranger), undefined);
    assert.deepEqual(await puppets.state(stranger), { kind: 'off', why: 'not-offered' });
    assert.equal(await puppets.take(stranger, 'a token of theirs'), 'not-offered');
  });

  it('is nobody whom that is not offered, and by the registration nobody who is to give a token', async () => {
    const parts = puppetParts();
    parts.level = 'none';
    assert.equal(await parts.puppets.of(alice), undefined);
    parts.level = 'token';
    assert.equal(await parts.puppets.of(alice), undefined);
    assert.deepEqual(await parts.puppets.state(alice), { kind: 'off', why: 'no-token' });
  });

  it('is whoever gave a token that the homeserver says is theirs', async () => {
    const parts = puppetParts(false);
    assert.equal(await parts.puppets.of(alice), undefined);
    parts.answer = whoami('@mallory:hs.test');
    assert.equal(await parts.puppets.take(alice, 'of mallory'), 'another-user');
    parts.answer = () => refusal(401, 'M_UNKNOWN_TOKEN');
    assert.equal(await parts.puppets.take(alice, 'of nobody'), 'no-token');
    parts.answer = () => failedForNow('link-down');
    assert.deepEqual(await parts.puppets.take(alice, 'late'), failedForNow('link-down'));
    assert.equal(await parts.puppets.of(alice), undefined);
    parts.answer = whoami(alice);
    assert.equal(await parts.puppets.take(alice, 'hers'), 'taken');
    const credential = { kind: 'token', token: 'hers' };
    assert.deepEqual(await parts.puppets.of(alice), { userId: alice, deviceId: undefined, credential });
    assert.deepEqual(await parts.puppets.state(alice), {
      kind: 'on',
      by: 'token',
      encrypted: 'no-encryption',
    });
    assert.deepEqual(parts.asked.at(-1)?.as?.credential, credential);
  });

  it('ends when the user says so, and the token is forgotten', async () => {
    const parts = puppetParts();
    parts.answer = whoami(alice);
    await parts.puppets.take(alice, 'hers');
    await parts.puppets.choose(alice, 'off');
    assert.equal(await parts.puppets.of(alice), undefined);
    assert.deepEqual((await parts.stores.puppets.get(alice))?.choice, { kind: 'off' });
    await parts.puppets.choose(alice, 'on');
    assert.deepEqual(await parts.puppets.of(alice), byRegistration);
  });
});

describe('whether what is written on Matrix is shown elsewhere', () => {
  it('is the user’s choice, off at first, and stays through their other choices', async () => {
    const { puppets } = puppetParts();
    assert.equal(await puppets.copies(alice), false);
    await puppets.chooseCopies(alice, true);
    await puppets.choose(alice, 'off');
    assert.equal(await puppets.copies(alice), true);
    await puppets.chooseCopies(alice, false);
    assert.equal(await puppets.copies(alice), false);
    assert.deepEqual(await puppets.state(alice), { kind: 'off', why: 'chosen' });
  });
});

describe('a token that is no longer good', () => {
  it('is told of once, and the registration takes its place where there is one', async () => {
    for (const [registered, then] of [
      [false, undefined],
      [true, byRegistration],
    ] as const) {
      const parts = puppetParts(registered);
      parts.answer = whoami(alice);
      await parts.puppets.take(alice, 'hers');
      const puppet = (await parts.puppets.of(alice)) ?? assert.fail();
      const failed = refusal(401, 'M_UNKNOWN_TOKEN');
      assert.equal(await parts.puppets.isLost(puppet, failedForNow('link-down')), false);
      assert.equal(await parts.puppets.isLost(puppet, refusal(403, 'M_FORBIDDEN')), false);
      parts.tellFails = true;
      assert.equal(await parts.puppets.isLost(puppet, failed), true);
      parts.tellFails = false;
      for (let i = 0; i < 3; i += 1) assert.equal(await parts.puppets.isLost(puppet, failed), true);
      assert.deepEqual(parts.told, ['lost puppet/lost/1000000']);
      assert.deepEqual(await parts.puppets.of(alice), then);
    }
  });

  it('does not take a newer one with it', async () => {
    const parts = puppetParts(false);
    parts.answer = whoami(alice);
    await parts.puppets.take(alice, 'old');
    const old = (await parts.puppets.of(alice)) ?? assert.fail();
    await parts.puppets.take(alice, 'new');
    assert.equal(await parts.puppets.isLost(old, refusal(401, 'M_UNKNOWN_TOKEN')), true);
    assert.equal((await parts.puppets.of(alice))?.credential.token, 'new');
    assert.deepEqual(parts.told, []);
  });

  it('of the registration lets chats go on without it for a minute, and the operator know', async () => {
    const parts = puppetParts();
    const puppet = (await parts.puppets.of(alice)) ?? assert.fail();
    assert.equal(await parts.puppets.isLost(puppet, refusal(401, 'M_UNKNOWN_TOKEN')), true);
    assert.equal(await parts.puppets.of(alice), undefined);
    parts.time += 60_000;
    assert.deepEqual(await parts.puppets.of(alice), byRegistration);
    assert.deepEqual([parts.log.errors().length, parts.told], [1, []]);
    assert.ok(!JSON.stringify(parts.log.lines).includes(asToken));
  });
});

describe('what cannot be shown', () => {
  it('is told once, also where telling failed at first, and never to whom wanted it so', async () => {
    const parts = puppetParts(false);
    parts.tellFails = true;
    await parts.puppets.missed(alice, xmpp);
    parts.tellFails = false;
    for (let i = 0; i < 3; i += 1) await parts.puppets.missed(alice, xmpp);
    assert.equal(parts.told.length, 1);
    await parts.puppets.choose(alice, 'off');
    await parts.puppets.missed(alice, xmpp);
    assert.equal(parts.told.length, 1);
  });
});
